"""Further records of a launch spec, against those that the launch publishes itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from blueprint.part import Problem
from blueprint.records import DnsRecord, api_record, further_record, static_records

if TYPE_CHECKING:
    from blueprint.record_spec import Record
    from blueprint.spec import Spec

ADDRESSES = frozenset({"A", "AAAA", "CNAME"})


def problems(spec: Spec) -> Iterator[Problem]:
    """Tell of records that stand against the launch's own or against each other."""
    own = [*static_records(spec.model_copy(update={"records": ()})), api_record(spec, "192.0.2.1")]
    before: list[DnsRecord] = []
    for at, record in enumerate(spec.records):
        made = further_record(record, spec.domain)
        reason = _of_the_zone(record, spec) or _against_own(made, own, spec.domain) or _against_others(made, before)
        before.append(made)
        if reason:
            yield Problem(f"records.{at}", reason)


def _of_the_zone(record: Record, spec: Spec) -> str | None:
    host = record.host(spec.domain)
    if record.type == "NS" and host == spec.domain:
        return f"Cloudflare answers for the name servers of {host} itself; drop it"
    if record.type == "CAA" and host == spec.domain and "iodef" not in record.content:
        return f"the launch says who may issue for {host}; name the issuer under certificate_authorities instead"
    if record.type == "TXT" and host == spec.domain and record.content.strip('"').lower().startswith("v=spf1"):
        return f"{host} has one SPF record, which mail makes; name the sender under mail.spf_includes instead"
    return None


def _against_own(made: DnsRecord, own: list[DnsRecord], domain: str) -> str | None:
    for other in (other for other in own if other.name == made.name):
        if made.type == "TXT" == other.type and made.name != domain:
            return f"the launch publishes a text at {made.name} itself; drop it"
        if made.type == "MX" == other.type:
            return f"the launch publishes where mail to {made.name} goes, by mail; drop it"
        if _clash(made, other, domain):
            return f"the launch publishes a {other.type} record at {made.name} itself; drop it, or give it another name"
    return None


def _against_others(made: DnsRecord, before: list[DnsRecord]) -> str | None:
    for other in (other for other in before if other.name == made.name):
        if (made.type, made.content) == (other.type, other.content):
            return f"{made.name} has this {made.type} record twice; drop one"
        if _clash(made, other, "") and "CNAME" in (made.type, other.type):
            return f"a CNAME record stands alone, and {made.name} has a {other.type} record too; drop one of them"
    return None


def _clash(one: DnsRecord, other: DnsRecord, domain: str) -> bool:
    """Tell whether two records of one name exclude each other (RFC 1034 section 3.6.2; Cloudflare flattens some)."""
    kinds = {one.type, other.type}
    if kinds <= ADDRESSES:
        return domain != "" or "CNAME" in kinds
    alias = next((each for each in (one, other) if each.type == "CNAME"), None)
    return alias is not None and not alias.proxied and alias.name != domain
