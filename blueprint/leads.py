"""Where names lead: to a host that answers, never back to themselves, and mail to a server and not to the edge."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from blueprint.part import Problem
from blueprint.records import ANYWHERE, DnsRecord, apex_and_www, api_record, further_record, static_records

if TYPE_CHECKING:
    from blueprint.spec import Spec

AT_THE_EDGE = "where Cloudflare's edge answers, and that takes no mail"


def problems(spec: Spec) -> Iterator[Problem]:
    """Tell of a web host that is this launch itself, of aliases in a circle, and of mail that goes to the edge."""
    served = _served(spec)
    published = [*static_records(spec), api_record(spec, ANYWHERE)]
    if spec.web.host in served:
        yield Problem(
            "web.host",
            f"{spec.web.host} is a host of this launch itself, so the app would be looked for where it is not; name "
            "where the app lies, such as acme.web.app",
        )
    else:
        yield from _circles(published, _places(spec))
    for place, record in _mail_servers(spec):
        reason = _unreachable(record.content, spec.domain, published)
        if record.content in served or reason == AT_THE_EDGE:
            yield Problem(
                place,
                f"mail to {record.name} would go to {record.content}, {AT_THE_EDGE}; name the mail server's own host",
            )
        elif reason:
            yield Problem(
                place,
                f"mail to {record.name} would go to {record.content}, {reason}; add its A or AAAA record under records",
            )
    if spec.domain in spec.mail.spf_includes:
        yield Problem(
            "mail.spf_includes",
            f"{spec.domain} would include its own SPF record, and receivers give up (RFC 7208 section 4.6.4); drop it",
        )


def _unreachable(host: str, domain: str, published: list[DnsRecord]) -> str | None:
    """Return why no mail arrives at a host of the zone, None when some may, and for hosts elsewhere."""
    if not host.endswith(f".{domain}"):
        return None
    if any(each.type == "NS" and f".{host}".endswith(f".{each.name}") for each in published):
        return None  # other name servers answer for it
    found = [each for each in published if each.type in ("A", "AAAA", "CNAME") and _answers(each.name, host)]
    if not found:
        return "which has no address"
    return AT_THE_EDGE if all(each.proxied for each in found) else None


def _answers(name: str, host: str) -> bool:
    return name == host or (name.startswith("*.") and host.endswith(name[1:]))


def _served(spec: Spec) -> frozenset[str]:
    """Return the hosts that the edge answers for."""
    policy = [] if spec.mail.mta_sts == "none" else [f"mta-sts.{spec.domain}"]
    parked = [host for domain in spec.other_domains for host in apex_and_www(domain)]
    return frozenset((*spec.web_hosts, spec.api_host, *(each.source for each in spec.redirects), *policy, *parked))


def _places(spec: Spec) -> Mapping[str, str]:
    """Return where the spec leads a name elsewhere: name → place."""
    keys = {f"{selector}._domainkey.{spec.domain}": f"mail.dkim.{selector}" for selector in spec.mail.dkim}
    bounces = {f"{label}.{spec.domain}": f"mail.bounces.{label}" for label in spec.mail.bounces}
    further = {record.host(spec.domain): f"records.{at}" for at, record in enumerate(spec.records)}
    return {**further, **keys, **bounces}


def _circles(records: list[DnsRecord], places: Mapping[str, str]) -> Iterator[Problem]:
    led = {each.name: each.content for each in records if each.type == "CNAME"}
    told: set[str] = set()
    for name in led:
        circle = _circle(led, name)
        if circle and told.isdisjoint(circle):
            told.update(circle)
            way = " to ".join([*circle, circle[0]])
            cure = "lead one of them to a host that answers"
            if len(circle) == 1:
                cure = "that is the record's own name; write the value or target that the console shows"
            yield Problem(places.get(circle[0], ""), f"aliases lead in a circle, from {way}; {cure}")


def _circle(led: Mapping[str, str], start: str) -> list[str]:
    way = [start]
    while (following := led.get(way[-1])) is not None:
        if following in way:
            return way[way.index(following) :]
        way.append(following)
    return []


def _mail_servers(spec: Spec) -> Iterator[tuple[str, DnsRecord]]:
    """Yield each MX record with its place in the spec."""
    own = static_records(spec.model_copy(update={"records": ()}))
    yield from (("mail.mx", record) for record in own if record.type == "MX")
    for at, record in enumerate(spec.records):
        if record.type == "MX":
            yield f"records.{at}", further_record(record, spec.domain)
