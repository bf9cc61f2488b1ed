"""Addresses of a launch spec, against the mail servers that the same spec publishes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from blueprint.mail_providers import NOBODY
from blueprint.part import Problem
from blueprint.records import further_record, static_records

if TYPE_CHECKING:
    from blueprint.spec import Spec

TAKING = ("MX", "A", "AAAA", "CNAME", "NS")
"""Records by which a name may take mail: without an MX, its address is asked (RFC 5321 section 5.1)."""


def senders(spec: Spec) -> Iterator[Problem]:
    """Tell of a sender whose domain sends no mail, or is not of this launch, though that one does."""
    sender = spec.support.sender
    host = sender.rpartition("@")[2]
    inside = host == spec.domain or host.endswith(f".{spec.domain}")
    if not inside and spec.mail.is_used:
        yield Problem(
            "support.sender",
            f"{sender} lies outside of {spec.domain}, so nothing that this launch publishes signs its mail, and "
            f"receivers refuse it. Did you mean {sender.rpartition('@')[0]}@{spec.domain}?",
        )
    elif inside and not spec.mail.is_used:
        yield Problem("", f"support.sender {sender} cannot send: mail.provider says that nobody does")


def unverified(spec: Spec) -> str | None:
    """Return the name of the key without which Resend refuses the support mail, None where that is published.

    It takes mail of a domain that it verified by such a key alone, and of no other one, a subdomain's neither:
    https://resend.com/docs/knowledge-base/403-error-domain-mismatch. A key may be published elsewhere, so this refuses
    no spec.
    """
    key = f"resend._domainkey.{spec.support.sender.rpartition('@')[2]}"
    known = any(record.name == key for record in static_records(spec))
    return None if known or spec.support.mailer != "resend" else key


def receivers(spec: Spec) -> Iterator[Problem]:
    """Tell of addresses that nothing reaches, since the spec itself says that their domain takes no mail."""
    listed = {
        "contact.email": spec.contact.email,
        "alerts.email": spec.alerts.email,
        "support.receiver": spec.support.receiver,
        "mail.dmarc.report": spec.mail.dmarc.report,
        "mail.tls_rpt": spec.mail.tls_rpt,
    }
    for place, address in listed.items():
        reason = _refused(spec, address.rpartition("@")[2]) if address else None
        if reason:
            yield Problem(place, f"nothing reaches {address}: {reason}; name a mailbox that somebody reads")


def _refused(spec: Spec, host: str) -> str | None:
    parked = next((zone for zone in spec.other_domains if host == zone or host.endswith(f".{zone}")), None)
    if parked:
        return f"{parked} is one of other_domains, which refuse all mail"
    if host == spec.domain:
        return None if spec.mail.is_used else f"mail.provider {NOBODY} says that {host} takes no mail"
    if not host.endswith(f".{spec.domain}"):
        return None
    at_host = [further_record(record, spec.domain) for record in spec.records if record.host(spec.domain) == host]
    if any(record.type == "MX" and record.content == "." for record in at_host):
        return f"its MX record says that {host} takes no mail (RFC 7505)"
    if any(record.type in TAKING and not record.proxied for record in at_host):
        return None
    return f"{host} has no mail servers, only {spec.domain} has" if spec.mail.is_used else f"{host} has no mail servers"
