"""The mail part of the launch spec: who holds the mailboxes, who else sends, and how strictly receivers shall look."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, Self

from pydantic import Field, model_validator

from blueprint.field_types import DkimKey, Email, Host, HttpsUrl, Label, Selector, SpfInclude, TargetHost
from blueprint.mail_providers import ALSO_CALLED, NOBODY, PROVIDERS, MailProvider
from blueprint.part import Part, Problem, raise_all
from blueprint.suggestion import closest, did_you_mean, shown

SPF_LOOKUPS = 10  # RFC 7208 section 4.6.4


class Dmarc(Part):
    """DMARC (RFC 9989): the policy for mail that fails, and where receivers send their reports."""

    policy: Literal["none", "quarantine", "reject"] = "none"
    report: Email


class Mail(Part):
    """Mailbox provider, further services that send as the domain, and what their consoles show to be published.

    `dkim` holds each provider's key by selector, or the host name that a CNAME has to lead to. `bounces` are the
    subdomains that a sender wants led to itself, `spf_includes` senders beyond the known ones, `mx` the mailbox
    provider's mail server where it is another one for each customer. `resend_region` is the one that was chosen with
    the domain at Resend (https://resend.com/docs/dashboard/domains/regions). The last three are extras: MTA-STS
    (RFC 8461) by its mode, TLS reports (RFC 8460) by their receiver, BIMI by the address of the logo.
    """

    provider: str
    senders: tuple[str, ...] = Field(default=(), strict=False)
    dkim: dict[Selector, DkimKey] = Field(default_factory=dict)
    dmarc: Dmarc
    mx: Host | None = None
    bounces: dict[Label, TargetHost] = Field(default_factory=dict)
    spf_includes: tuple[SpfInclude, ...] = Field(default=(), strict=False)
    resend_region: Literal["us-east-1", "eu-west-1", "sa-east-1", "ap-northeast-1"] = "eu-west-1"
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
    def _works(self) -> Self:
        raise_all(_unknown(self))
        raise_all(
            Problem("", text)
            for check in (_signed, _refused_where_unused, _led_back, _looked_up, _guarded_logo)
            for text in check(self)
        )
        return self


def _unknown(mail: Mail) -> Iterator[Problem]:
    places = ["provider", *(f"senders.{at}" for at in range(len(mail.senders)))]
    for place, name in zip(places, mail.providers, strict=True):
        if name in PROVIDERS:
            continue
        plain = name.strip().lower()
        called = ALSO_CALLED.get(re.sub(r"[^a-z0-9]", "", plain))
        meant = [called] if called else closest(plain, PROVIDERS)
        other = ""
        if place != "provider":
            other = ", or leave it out, name it under spf_includes and its key under dkim"
        yield Problem(
            place,
            f"{shown(name)} is an unknown provider; choose from {', '.join(sorted(PROVIDERS))}{other}"
            f"{did_you_mean(*meant)}",
        )


def _signed(mail: Mail) -> Iterator[str]:
    if not PROVIDERS[mail.provider].mx:
        mailboxes = ", ".join(sorted(name for name, known in PROVIDERS.items() if known.mx))
        yield f"provider {mail.provider} only sends mail; list it under senders and choose {mailboxes}"
    twice = sorted({name for name in mail.providers if mail.providers.count(name) > 1})
    if twice:
        yield f"{', '.join(twice)} is named twice by provider and senders; name each once"
    missing = sorted({selector for known in mail.known for selector in known.lacks(mail.dkim)})
    if missing:
        example = any(known.selector_form for known in mail.known if known.lacks(mail.dkim))
        such = ", where the digits are your own" if example else ""
        yield f"dkim has no key for selector {', '.join(missing)}{such}; copy it from the provider's console"


def _refused_where_unused(mail: Mail) -> Iterator[str]:
    if NOBODY in mail.senders or (not mail.is_used and (mail.senders or mail.dkim or mail.spf_includes)):
        yield f"provider {NOBODY} says that nobody sends mail; drop senders, dkim and spf_includes"
    if not mail.is_used and mail.dmarc.policy != "reject":
        yield f"provider {NOBODY} says that nobody sends mail; set dmarc.policy to reject"
    if not mail.is_used and (mail.mta_sts != "none" or mail.tls_rpt or mail.bimi):
        yield f"provider {NOBODY} says that there is no mail; drop mta_sts, tls_rpt and bimi"


def _led_back(mail: Mail) -> Iterator[str]:
    for name, provider in zip(mail.providers, mail.known, strict=True):
        if provider.bounces and not any(target.endswith(provider.bounces) for target in mail.bounces.values()):
            yield (
                f"bounces has no subdomain that leads to {name} (…{provider.bounces}); copy it from its console, "
                f"such as `em1234: u1234.wl1{provider.bounces}`"
            )


def _looked_up(mail: Mail) -> Iterator[str]:
    lookups = sum(known.spf_lookups for known in mail.known) + len(mail.spf_includes)
    if lookups > SPF_LOOKUPS:
        yield (
            f"the SPF record would cost receivers {lookups} lookups, and they stop at {SPF_LOOKUPS} and reject the "
            "mail (RFC 7208 section 4.6.4); drop senders or spf_includes, or let some send from a subdomain"
        )
    known = {provider.spf_include for provider in mail.known}
    for name in sorted({each for each in mail.spf_includes if each in known or mail.spf_includes.count(each) > 1}):
        yield f"spf_includes: {name} is in the SPF record already; drop it"


def _guarded_logo(mail: Mail) -> Iterator[str]:
    if mail.bimi and mail.dmarc.policy == "none":
        yield (
            "bimi needs dmarc.policy quarantine or reject: mailbox providers show no logo of a domain that anybody "
            "may forge"
        )
