"""The mail part of the launch spec: who holds the mailboxes, who else sends, and how strictly receivers shall look."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from blueprint.field_types import DkimKey, Email, Host, HttpsUrl, Label, TargetHost
from blueprint.mail_providers import NOBODY, PROVIDERS, MailProvider
from blueprint.part import Part

SPF_LOOKUPS = 10  # RFC 7208 section 4.6.4


class Dmarc(Part):
    """DMARC (RFC 9989): the policy for mail that fails, and where receivers send their reports."""

    policy: Literal["none", "quarantine", "reject"] = "none"
    report: Email


class Mail(Part):
    """Mailbox provider, further services that send as the domain, and what their consoles show to be published.

    `dkim` holds each provider's key by selector, or the host name that a CNAME has to lead to. `bounces` are the
    subdomains that a sender wants led to itself, `spf_includes` senders beyond the known ones, `mx` the mailbox
    provider's mail server where it is another one for each customer. The last three are extras: MTA-STS (RFC 8461)
    by its mode, TLS reports (RFC 8460) by their receiver, BIMI by the address of the logo.
    """

    provider: str
    senders: tuple[str, ...] = Field(default=(), strict=False)
    dkim: dict[Label, DkimKey] = Field(default_factory=dict)
    dmarc: Dmarc
    mx: Host | None = None
    bounces: dict[Label, TargetHost] = Field(default_factory=dict)
    spf_includes: tuple[Host, ...] = Field(default=(), strict=False)
    mta_sts: Literal["none", "testing", "enforce"] = "none"
    tls_rpt: Email | None = None
    bimi: HttpsUrl | None = None

    @property
    def providers(self) -> tuple[str, ...]:
        """Mailbox provider first, then the senders."""
        return (self.provider, *self.senders)

    @property
    def known(self) -> tuple[MailProvider, ...]:
        """What is known of the providers, in the same order."""
        return tuple(PROVIDERS[name] for name in self.providers)

    @property
    def is_used(self) -> bool:
        """Whether the domain receives and sends any mail at all."""
        return self.provider != NOBODY

    @model_validator(mode="after")
    def _is_known_and_signed(self) -> Self:
        unknown = [name for name in self.providers if name not in PROVIDERS]
        if unknown:
            raise ValueError(f"{', '.join(unknown)}: unknown provider; choose from {', '.join(sorted(PROVIDERS))}")
        if not PROVIDERS[self.provider].mx:
            mailboxes = ", ".join(sorted(name for name, known in PROVIDERS.items() if known.mx))
            raise ValueError(f"provider {self.provider} only sends mail; list it under senders and choose {mailboxes}")
        wanted = {selector for known in self.known for selector in known.selectors}
        missing = sorted(wanted - set(self.dkim))
        if missing:
            raise ValueError(f"dkim has no key for selector {', '.join(missing)}; copy it from the provider's console")
        return self

    @model_validator(mode="after")
    def _is_refused_whole_where_it_is_not_used(self) -> Self:
        if NOBODY in self.senders or (not self.is_used and (self.senders or self.dkim or self.spf_includes)):
            raise ValueError(f"provider {NOBODY} says that nobody sends mail; drop senders, dkim and spf_includes")
        if not self.is_used and self.dmarc.policy != "reject":
            raise ValueError(f"provider {NOBODY} says that nobody sends mail; set dmarc.policy to reject")
        if not self.is_used and (self.mta_sts != "none" or self.tls_rpt or self.bimi):
            raise ValueError(f"provider {NOBODY} says that there is no mail; drop mta_sts, tls_rpt and bimi")
        return self

    @model_validator(mode="after")
    def _names_where_bounces_go(self) -> Self:
        for name, provider in zip(self.providers, self.known, strict=True):
            if provider.bounces and not any(target.endswith(provider.bounces) for target in self.bounces.values()):
                raise ValueError(
                    f"bounces has no subdomain that leads to {name} (…{provider.bounces}); copy it from its console, "
                    f"such as `em1234: u1234.wl1{provider.bounces}`"
                )
        return self

    @model_validator(mode="after")
    def _can_be_looked_up(self) -> Self:
        lookups = sum(known.spf_lookups for known in self.known) + len(self.spf_includes)
        if lookups > SPF_LOOKUPS:
            raise ValueError(
                f"the SPF record would cost receivers {lookups} lookups, and they stop at {SPF_LOOKUPS} and reject the "
                "mail (RFC 7208 section 4.6.4); drop senders or spf_includes, or let some send from a subdomain"
            )
        return self

    @model_validator(mode="after")
    def _shows_its_logo_only_when_it_is_guarded(self) -> Self:
        if self.bimi and self.dmarc.policy == "none":
            raise ValueError(
                "bimi needs dmarc.policy quarantine or reject: mailbox providers show no logo of a domain that anybody "
                "may forge"
            )
        return self
