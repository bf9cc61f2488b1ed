"""A zone that a founder had at Cloudflare: records that no template foresees, and rules of the dashboard."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from localcloud.base.world import Resource

ZONE = "cloudflare:index/zone:Zone"
RECORD = "cloudflare:index/dnsRecord:DnsRecord"
RULESET = "cloudflare:index/ruleset:Ruleset"
NAMESERVERS = ("ada.ns.cloudflare.com", "bob.ns.cloudflare.com")
MADE = "2024-02-29T12:00:00Z"
PHASES: Mapping[str, str] = {
    "cache": "http_request_cache_settings",
    "headers": "http_response_headers_transform",
    "key": "http_request_late_transform",
    "redirects": "http_request_dynamic_redirect",
}
"""By the name of the program's ruleset: the phase whose entry point it is."""

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


def furnished(domain: str, account: str, adopted: Mapping[str, str]) -> Iterator[Resource]:
    """Yield the adopted zone with its ten records, and a ruleset named `default` for each that is adopted."""
    zone = adopted.get(f"Zone/{domain}", "").rpartition("/")[2]
    if not zone:
        return
    yield _row(ZONE, zone, {"name": domain, "account": {"id": account}, "type": "full"}, _zone())
    for number, record in enumerate(ODD):
        given = {**record, "zoneId": zone, "name": f"{record['name']}.{domain}"}
        yield _row(RECORD, f"{number:032x}", given, {"proxied": False, "createdOn": MADE, "modifiedOn": MADE})
    for name, phase in PHASES.items():
        if id_ := adopted.get(f"Ruleset/{name}", "").rpartition("/")[2]:
            given = {"zoneId": zone, "name": "default", "kind": "zone", "phase": phase, "rules": [], "description": ""}
            yield _row(RULESET, id_, given, {"version": "3", "lastUpdated": MADE})


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
