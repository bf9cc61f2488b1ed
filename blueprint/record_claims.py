"""Further records of a launch spec, against those that the launch publishes itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from blueprint import delegations
from blueprint.mail_authentication import txt_text
from blueprint.mail_providers import OTHER
from blueprint.part import Problem
from blueprint.record_spec import split
from blueprint.records import ANYWHERE, DnsRecord, api_record, further_record, static_records

if TYPE_CHECKING:
    from blueprint.record_spec import Record
    from blueprint.spec import Spec

ADDRESSES = frozenset({"A", "AAAA", "CNAME"})
SHORTEST_TTL = 60  # seconds, Cloudflare's API, `ttl` of DNS records
ISSUES = re.compile(r"\s*\d+\s+issue(wild)?\s", re.IGNORECASE)
POLICIES = ("v=spf1", "v=DMARC1", "v=STSv1", "v=TLSRPTv1")


def problems(spec: Spec) -> Iterator[Problem]:
    """Tell of records that stand against the launch's own or against each other."""
    own = [*static_records(spec.model_copy(update={"records": ()})), api_record(spec, ANYWHERE)]
    made = [further_record(record, spec.domain) for record in spec.records]
    for at, (record, one) in enumerate(zip(spec.records, made, strict=True)):
        reason = (
            _of_the_zone(record, spec)
            or _against_own(one, own, spec.domain)
            or _against_others(one, made[:at])
            or delegations.broken(one, [*own, *made[:at]], made)
        )
        if reason:
            yield Problem(f"records.{at}", reason)


def _of_the_zone(record: Record, spec: Spec) -> str | None:
    host = record.host(spec.domain)
    other = next((zone for zone in spec.other_domains if f".{record.name}".endswith(f".{zone}")), None)
    if other:
        return (
            f"{record.name} lies in {other}, one of other_domains, which only leads here and takes no records; drop it"
        )
    if 1 < record.ttl < SHORTEST_TTL and spec.cloudflare.plan != "enterprise":
        return f"ttl is {record.ttl}, and below the Enterprise plan Cloudflare takes {SHORTEST_TTL} or more, or 1"
    if record.proxied and "." in host.removesuffix(f".{spec.domain}") and host != spec.domain:
        return (
            f"{host} is proxied and lies more than one level below {spec.domain}, which is as far as Cloudflare's "
            "certificate reaches: browsers would refuse it; drop proxied, or choose a name of one level"
        )
    if record.type == "NS" and host == spec.domain:
        return f"Cloudflare answers for the name servers of {host} itself; drop it"
    if record.type == "CAA" and host == spec.domain and ISSUES.match(record.content):
        return f"the launch says who may issue for {host}; name the issuer under certificate_authorities instead"
    if record.type == "TXT" and host == spec.domain and record.content.strip('"').lower().startswith("v=spf1"):
        return f"{host} has one SPF record, which mail makes; name the sender under mail.spf_includes instead"
    return None


def _against_own(made: DnsRecord, own: list[DnsRecord], domain: str) -> str | None:
    for other in (other for other in own if other.name == made.name):
        if made.type == "TXT" == other.type and made.name != domain:
            return f"the launch publishes a text at {made.name} itself; drop it"
        if made.type == "MX" == other.type and made.name == domain:
            return (
                f"mail says where mail to {domain} goes; name this server under mail.mx, with mail.provider {OTHER}, "
                "or drop it"
            )
        if made.type == "MX" == other.type:
            return f"the launch publishes where mail to {made.name} goes, by mail; drop it"
        if clash(made, other, domain):
            return f"the launch publishes a {other.type} record at {made.name} itself; drop it, or give it another name"
    return None


def _against_others(made: DnsRecord, before: list[DnsRecord]) -> str | None:
    for other in (other for other in before if other.name == made.name):
        if made.type == other.type and _substance(made) == _substance(other):
            return f"{made.name} has this {made.type} record twice; drop one"
        if made.type == "TXT" == other.type and _policy(made) and _policy(made) == _policy(other):
            return f"{made.name} has two texts that begin with {_policy(made)}, and receivers heed neither; drop one"
        if made.type == "MX" == other.type and "." in (made.content, other.content):
            return f"{made.name} says that it takes no mail, and names a mail server too (RFC 7505 section 3); drop one"
        if clash(made, other) and "CNAME" in (made.type, other.type):
            return f"a CNAME record stands alone, and {made.name} has a {other.type} record too; drop one of them"
    return None


def clash(one: DnsRecord, other: DnsRecord, domain: str = "") -> bool:
    """Tell whether two records of one name exclude each other (RFC 1034 section 3.6.2; Cloudflare flattens some).

    With a `domain`, two addresses do so too, and an alias of the domain itself excludes nothing but addresses.
    """
    kinds = {one.type, other.type}
    if kinds <= ADDRESSES:
        return domain != "" or "CNAME" in kinds
    alias = next((each for each in (one, other) if each.type == "CNAME"), None)
    return alias is not None and not alias.proxied and alias.name != domain


def _substance(record: DnsRecord) -> Mapping[str, str | float] | str:
    """Return what a record says, however it is quoted."""
    return split(record.type, record.content) or record.content


def _policy(record: DnsRecord) -> str:
    """Return which policy a text is, of which a name has one (RFC 7208 section 4.5, RFC 9989, RFC 8460, RFC 8461)."""
    return next((each for each in POLICIES if txt_text(record.content).lower().startswith(each.lower())), "")
