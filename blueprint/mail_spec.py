"""The mail part of the launch spec: who holds the mailboxes, who else sends, and how strictly receivers shall look."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from blueprint.field_types import DkimKey, Email, HttpsUrl, Label, MailServer, Selector, SpfInclude, TargetHost
from blueprint.mail_providers import ALSO_CALLED, MAILBOXES, NOBODY, OTHER, PROVIDERS, MailProvider, selectors_of
from blueprint.part import Part, Problem, raise_all
from blueprint.suggestion import closest, did_you_mean, joined, shown

SPF_LOOKUPS = 10  # RFC 7208 section 4.6.4
FIRST = 10  # the priority of a mail server that comes without one


class Dmarc(Part):
    """DMARC (RFC 9989): the policy for mail that fails, and where receivers send their reports."""

    policy: Literal["none", "quarantine", "reject"] = "none"
    report: Email


def _as_lines(given: Any) -> Any:
    if given is None:
        return ()
    lines = tuple(given) if isinstance(given, list | tuple) else (given,)
    if all(isinstance(line, str) for line in lines):
        return lines
    raise ValueError("each mail server is a text of its priority and its host, such as `10 mx1.example.com`")


class Mail(Part):
    """Mailbox provider, further services that send as the domain, and what their consoles show to be published.

    `dkim` holds each provider's key by selector, or the host name that a CNAME has to lead to. `bounces` are the
    subdomains that a sender wants led to itself, `spf_includes` senders beyond the known ones, `mx` the mail servers
    of a mailbox provider that is not listed (`10 mx1.example.com`), or the one of a listed provider where each customer
    has another. `unsigned` says that such a provider shows no DKIM key, as one that only forwards.
    `resend_region` is the one that was chosen with the domain at Resend
    (https://resend.com/docs/dashboard/domains/regions). The last three are extras: MTA-STS (RFC 8461) by its mode, TLS
    reports (RFC 8460) by their receiver, BIMI by the address of the logo.
    """

    provider: str
    senders: tuple[str, ...] = Field(default=(), strict=False)
    dkim: dict[Selector, DkimKey] = Field(default_factory=dict)
    dmarc: Dmarc
    mx: Annotated[tuple[MailServer, ...], BeforeValidator(_as_lines)] = ()
    bounces: dict[Label, TargetHost] = Field(default_factory=dict)
    spf_includes: tuple[SpfInclude, ...] = Field(default=(), strict=False)
    unsigned: bool = False
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
    def servers(self) -> tuple[tuple[int, str], ...]:
        """Priority and host of each mail server of the domain: what `mx` names, or the mailbox provider's own."""
        usual = self.known[0].mx
        first = usual[0][0] if usual else FIRST
        lines = [line.rpartition(" ") for line in self.mx]
        return tuple((int(priority or first), host) for priority, _, host in lines) or usual

    @property
    def is_used(self) -> bool:
        """Whether the domain receives and sends any mail at all."""
        return self.provider != NOBODY

    @model_validator(mode="after")
    def _works(self) -> Self:
        raise_all(_unknown(self))
        raise_all(
            Problem("", text)
            for check in (_signed, _described, _served, _refused_where_unused, _led_back, _looked_up, _guarded_logo)
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
        if place != "provider" and called == OTHER:
            called = None
        meant = [called] if called else closest(plain, PROVIDERS)
        known: Sequence[str] = MAILBOXES
        other = ", which is any with its servers under mx, its SPF record under spf_includes and its keys under dkim"
        if place != "provider":
            known = sorted(PROVIDERS.keys() - {OTHER})
            other = ", or leave it out, name it under spf_includes and its key under dkim"
        yield Problem(
            place,
            f"{shown(name)} is an unknown provider; choose from {', '.join(known)}{other}{did_you_mean(*meant)}",
        )


def _signed(mail: Mail) -> Iterator[str]:
    if mail.provider not in MAILBOXES:
        yield f"provider {mail.provider} only sends mail; list it under senders and choose {', '.join(MAILBOXES)}"
    twice = sorted({name for name in mail.providers if mail.providers.count(name) > 1})
    if twice:
        yield f"{', '.join(twice)} is named twice by provider and senders; name each once"
    missing = sorted({selector for known in mail.known for selector in known.lacks(mail.dkim)})
    if missing:
        example = any(known.selector_form for known in mail.known if known.lacks(mail.dkim))
        such = ", where the digits are your own" if example else ""
        yield f"dkim has no key for selector {', '.join(missing)}{such}; copy it from the provider's console"


def _described(mail: Mail) -> Iterator[str]:
    """Tell what is missing of a mailbox provider that nothing is known of."""
    if OTHER in mail.senders:
        yield f"senders: {OTHER} is a mailbox provider; name a sender under spf_includes and its key under dkim instead"
    if mail.provider != OTHER:
        if mail.unsigned:
            yield f"unsigned is for provider {OTHER} alone; {PROVIDERS[mail.provider].title} has no use for it, drop it"
        return
    if not mail.mx:
        yield (
            f"mx names no server of the mailbox provider, which provider {OTHER} needs; copy each with its priority "
            "from the provider's console, such as `10 mx1.example.com`"
        )
    if not mail.spf_includes:
        yield (
            "spf_includes names nothing of the mailbox provider, so receivers would refuse what the mailboxes send; "
            "name what stands behind include: in the SPF record that its console shows"
        )
    if not mail.unsigned and not selectors_of(mail.providers, mail.dkim)[OTHER]:
        yield (
            "dkim has no key of the mailbox provider; copy its selectors and keys from the provider's console, or set "
            "unsigned to true where that shows none, as of a provider that only forwards"
        )


def _served(mail: Mail) -> Iterator[str]:
    """Tell what keeps the mail servers that are named from being published."""
    hosts = [host for _, host in mail.servers]
    for host in sorted({host for host in hosts if hosts.count(host) > 1}):
        yield f"mx names {host} twice; keep the line with the priority that the provider's console shows"
    if len(mail.mx) > 1 and mail.provider not in (OTHER, NOBODY):
        yield (
            f"mx names {len(mail.mx)} servers, and {PROVIDERS[mail.provider].title} has one; name that one alone, drop "
            f"mx, or set provider to {OTHER}"
        )
    bare = [line for line in mail.mx if " " not in line]
    if bare and len(mail.mx) > 1:
        yield (
            f"mx: {joined(bare)} {'has' if len(bare) == 1 else 'have'} no priority, by which senders choose among "
            f"several; write it in front as the provider's console shows it, such as `10 {bare[0]}`"
        )


def _refused_where_unused(mail: Mail) -> Iterator[str]:
    if NOBODY in mail.senders or (not mail.is_used and (mail.senders or mail.dkim or mail.spf_includes)):
        yield f"provider {NOBODY} says that nobody sends mail; drop senders, dkim and spf_includes"
    if not mail.is_used and mail.mx:
        yield f"provider {NOBODY} says that nobody takes mail; drop mx"
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
    costs = {provider.spf_include: provider.spf_lookups for provider in PROVIDERS.values()}
    lookups = sum(known.spf_lookups for known in mail.known) + sum(costs.get(name, 1) for name in mail.spf_includes)
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
