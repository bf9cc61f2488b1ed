"""Domains: the zone's records, where each host leads, and what the registrar has to hold."""

from __future__ import annotations

from collections.abc import Sequence

from blueprint.records import DnsRecord
from checklists.handover import Handover
from checklists.pages.blocks import Drawing, Page, Row, Table, Text
from checklists.pictures.hosts import Way, hosts

LONGEST, KEY = 130, 60  # letters of a record's content, and of a DKIM key, which nobody reads on paper
MOST = 24  # records on the page; the proofs name all of them


def page(handover: Handover) -> Page:
    """Return the page of domains, DNS and redirects."""
    outputs = handover.outputs
    ways = _ways(handover)
    further = tuple((one.domain, ", ".join(one.nameservers), f"`{one.dnssec_ds}`") for one in outputs.other_domains)
    zones = ((outputs.domain, ", ".join(outputs.nameservers), f"`{outputs.dnssec_ds}`"), *further)
    rows = _rows(outputs.records)
    more = f", the first {MOST} of {len(rows)}" if len(rows) > MOST else ""
    return Page(
        "domains",
        "Domains: DNS, redirects and subdomains",
        f"{outputs.domain} has {len(outputs.records)} DNS records. {len(ways)} names show a site, the API, or lead "
        "elsewhere. Records are changed in the program, never in the dashboard.",
        (
            Drawing(hosts(ways)),
            *_holding(handover),
            Table("At the registrar", ("domain", "name servers", "DS record (DNSSEC)"), zones),
            Table(
                "Redirects and subdomains", ("host", "how", "leads to"), tuple((w.host, w.how, w.target) for w in ways)
            ),
            Table(f"DNS records{more}", ("name", "type", "content", "through Cloudflare"), rows[:MOST]),
        ),
        ("DNS", "redirects", "subdomains", "domains"),
    )


def _holding(handover: Handover) -> tuple[Text, ...]:
    """Return what keeps the registrar from being told, as long as something does."""
    held = (line for line in handover.lines if line.held)
    told = (finding for line in held for finding in line.findings)
    return tuple(Text(f"**Not yet.** {one.subject}: {one.observed}. {one.fix}") for one in told)


def _ways(handover: Handover) -> tuple[Way, ...]:
    outputs = handover.outputs
    by_name = {record.name: record for record in outputs.records if record.type in ("A", "AAAA", "CNAME")}
    served = [
        Way(host, "served by", by_name[host].content if host in by_name else "the web app")
        for host in outputs.web_hosts
    ]
    api = f"load balancer {outputs.gateway_address}" if outputs.gateway_address else "the Worker"
    moved = handover.spec.moved_pages if handover.spec else ()
    return (
        *served,
        Way(outputs.api_host, "served by", api),
        *(Way(one.source, f"redirect {one.status}", one.target) for one in outputs.redirects),
        *(Way(one.source, f"redirect {one.status}", one.target) for one in moved),
    )


def _rows(records: Sequence[DnsRecord]) -> tuple[Row, ...]:
    """Return one row for each name and type, as resolvers answer them."""
    sets: dict[tuple[str, str, bool], list[str]] = {}
    for record in records:
        sets.setdefault((record.name, record.type, record.proxied), []).append(_content(record))
    return tuple((name, type_, ", ".join(texts), "yes" if on else "no") for (name, type_, on), texts in sets.items())


def _content(record: DnsRecord) -> str:
    most = KEY if "._domainkey." in record.name else LONGEST
    content = record.content if len(record.content) <= most else f"{record.content[: most - 1]}…"
    priority = f"{record.priority} " if record.priority is not None else ""
    return f"`{priority}{content}`"
