"""Zones that a founder had at Cloudflare: records that no template foresees, and rules of the dashboard."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from blueprint.record_spec import split
from blueprint.records import DnsRecord
from localcloud.base.world import Resource

ZONE = "cloudflare:index/zone:Zone"
RECORD = "cloudflare:index/dnsRecord:DnsRecord"
RULESET = "cloudflare:index/ruleset:Ruleset"
NAMESERVERS = ("ada.ns.cloudflare.com", "bob.ns.cloudflare.com")
MADE = "2024-02-29T12:00:00Z"
TTL = 600  # seconds, which a record had before and the launch changes
PHASES: Mapping[str, str] = {
    "cache": "http_request_cache_settings",
    "ddos": "ddos_l7",
    "firewall": "http_request_firewall_custom",
    "headers": "http_response_headers_transform",
    "key": "http_request_late_transform",
    "managed": "http_request_firewall_managed",
    "moved": "http_request_redirect",
    "rate-limits": "http_ratelimit",
    "redirects": "http_request_dynamic_redirect",
}
"""By the name of the program's ruleset: the phase whose entry point it is. `redirects-DOMAIN` is a further domain's."""

ODD: tuple[Mapping[str, Any], ...] = (
    {"name": "shop2", "type": "CNAME", "content": "shops.example.net", "ttl": 600},
    {"name": "*.preview", "type": "A", "content": "203.0.113.81", "ttl": 120},
    {"name": "legacy2", "type": "A", "content": "203.0.113.82", "ttl": 1, "proxied": True},
    {"name": "legacy2", "type": "AAAA", "content": "2001:db8::82", "ttl": 1, "proxied": True},
    {"name": "lab2", "type": "NS", "content": "ns1.example.net", "ttl": 86_400},
    {"name": "_github-challenge", "type": "TXT", "content": '"5f0e"', "ttl": 1, "comment": "by hand, do not touch"},
    {"name": "long", "type": "TXT", "content": f'"{"x" * 255}" "{"y" * 40}"', "ttl": 1},
    {
        "name": "_xmpp._tcp",
        "type": "SRV",
        "priority": 5,
        "content": "0 5269 xmpp.example.net",
        "data": {"priority": 5, "weight": 0, "port": 5269, "target": "xmpp.example.net"},
        "ttl": 1,
    },
    {"name": "lists2", "type": "MX", "priority": 20, "content": "lists.example.net", "ttl": 1},
    {"name": "key1._domainkey.news", "type": "CNAME", "content": "dkim.example.net", "ttl": 1, "tags": ["team:news"]},
)
"""Ten records, by the label below the zone."""


def furnished(
    domains: Iterable[str], account: str, adopted: Mapping[str, str], published: Iterable[DnsRecord] = ()
) -> Iterator[Resource]:
    """Yield what is adopted: zones (the first of the `domains` with its ten records), rulesets, and records.

    A ruleset was named `default`. A record of those that the launch has `published` said the same, for other seconds.
    """
    for at, domain in enumerate(domains):
        zone = adopted.get(f"Zone/{domain}", "").rpartition("/")[2]
        if zone:
            yield _row(ZONE, zone, {"name": domain, "account": {"id": account}, "type": "full"}, _zone())
        for number, record in enumerate(ODD if zone and not at else ()):
            given = {**record, "zoneId": zone, "name": f"{record['name']}.{domain}"}
            yield _row(RECORD, f"{number:032x}", given, {"proxied": False, "createdOn": MADE, "modifiedOn": MADE})
    yield from _rulesets(adopted)
    for published_record in published:
        if id_ := adopted.get(f"DnsRecord/{published_record.key}"):
            yield _record(published_record, id_)


def _rulesets(adopted: Mapping[str, str]) -> Iterator[Resource]:
    for key, id_ in adopted.items():
        type_, _, name = key.partition("/")
        phase = PHASES.get("redirects" if name.startswith("redirects-") else name)
        if type_ == "Ruleset" and phase:
            whose, _, owner = id_.rpartition("/")[0].rpartition("/")
            of = {"accountId": owner, "kind": "root"} if whose == "accounts" else {"zoneId": owner, "kind": "zone"}
            given = {**of, "name": "default", "phase": phase, "rules": [], "description": ""}
            yield _row(RULESET, id_.rpartition("/")[2], given, {"version": "3", "lastUpdated": MADE})


def _record(record: DnsRecord, id_: str) -> Resource:
    zone, _, number = id_.rpartition("/")
    parts = {_camel(name): value for name, value in split(record.type, record.content).items()}
    given = {"zoneId": zone, "name": record.name, "type": record.type, "ttl": TTL, "comment": "by hand, do not touch"}
    more = {"priority": record.priority, "content": record.content, "data": parts or None}
    told = {"proxied": False, "createdOn": MADE, "modifiedOn": MADE}
    return _row(RECORD, number, {**given, **{name: value for name, value in more.items() if value is not None}}, told)


def _camel(name: str) -> str:
    return re.sub("_([a-z])", lambda found: found[1].upper(), name)


def _zone() -> Mapping[str, Any]:
    return {
        "paused": False,
        "status": "active",
        "nameServers": list(NAMESERVERS),
        "originalNameServers": ["ns1.example.net"],
        "createdOn": MADE,
        "activatedOn": MADE,
        "modifiedOn": MADE,
        "plan": {"id": "free", "legacyId": "free", "name": "Free Website"},
    }


def _row(type_: str, id_: str, given: Mapping[str, Any], told: Mapping[str, Any]) -> Resource:
    return Resource(type_, id_, "", dict(given), {**told, **given})
