"""Mistakes that Cloudflare refuses: in phases that the edge does not play, in records, settings, lists and Workers."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.providers.values import UNKNOWN
from tests.localcloud.providers.planted import Mistake, planted
from tests.localcloud.providers.planted_zones import EVERY, ZONES

WORKER = "export default { async fetch() { return new Response('a') } }"
URI = "rules.0.actionParameters.uri"
LONG = '"' + '" "'.join(["x" * 250] * 20) + '"'
PROXIED = {"proxied": True, "ttl": 1}


def _bound(*bindings: dict[str, Any]) -> dict[str, Any]:
    return {"content": WORKER, "bindings": [{"name": f"B{at}", **each} for at, each in enumerate(bindings)]}


def _moved(*sources: str) -> dict[str, Any]:
    return {
        "items": [{"redirect": {"sourceUrl": source, "targetUrl": "https://acme.test/a?b=c"}} for source in sources]
    }


def _hook(id_: str) -> dict[str, Any]:
    return {"mechanisms": {"webhooks": [{"id": id_}]}}


def _setting(name: str, value: Any) -> dict[str, Any]:
    return {"settingId": name, "value": value}


MISTAKES = [
    # Records and zones
    Mistake("service without underscores", "srv", {"name": "sip.acme.test"}, "code 9150"),
    Mistake("service without a protocol", "srv", {"name": "_sip.acme.test"}, "_SERVICE._PROTOCOL"),
    Mistake("tag with a blank", "txt", {"tags": ["my team:ops"]}, '"my team:ops" is not a tag'),
    Mistake("twenty-one tags", "txt", {"tags": [f"t{at}:a" for at in range(21)]}, "at most 20"),
    Mistake("flattened twice", "cname", {**PROXIED, "settings": {"flattenCname": True}}, "flattened already"),
    Mistake("text of 5000", "txt", {"content": LONG}, "at most 4096"),
    Mistake("secondary on the free plan", "zone", {"type": "secondary"}, "take the Enterprise plan"),
    Mistake("half a zone on the free plan", "zone", {"type": "partial"}, "take the Business plan"),
    Mistake("own name servers", "zone", {"vanityNameServers": ["ns1.acme.test"]}, "take the Business plan"),
    Mistake("bots of the largest plan", "bots", {"zoneId": UNKNOWN, "autoUpdateModel": True}, "Enterprise plan"),
    # Settings
    Mistake("streams without end", "setting", _setting("origin_h2_max_streams", 1_000), "1 to 200"),
    Mistake("read for hours", "setting", _setting("proxy_read_timeout", 7_200), "1 to 6000"),
    Mistake(
        "read for longer on the free plan",
        "setting",
        {"zoneId": UNKNOWN, **_setting("proxy_read_timeout", 300)},
        "Enterprise plan",
    ),
    Mistake("errors as a switch", "setting", _setting("nel", "on"), "nel is a map"),
    Mistake("wordpress as a switch", "setting", _setting("automatic_platform_optimization", "on"), "is a map"),
    # Rules
    Mistake("blocked at the origin", "origin", {"rules.0.action": "block"}, "only route"),
    Mistake("blocked while rewriting", "rewrite", {"rules.0.action": "block"}, "only rewrite"),
    Mistake("redirect as a setting", "config", {"rules.0.action": "redirect"}, "only set_config"),
    Mistake("served while compressing", "compress", {"rules.0.action": "serve_error"}, "only compress_response"),
    Mistake("no setting set", "config", {"rules.0.actionParameters": {}}, "code 20106"),
    Mistake("nothing of a cache", "cache", {"rules.0.actionParameters": {}}, "code 20106"),
    Mistake("field misspelled", "config", {"rules.0.expression": "http.hots eq 1"}, "did you mean http.host?"),
    Mistake("path by two ways", "rewrite", {f"{URI}.path.expression": "http.request.uri.path"}, "Keep one of them"),
    Mistake("path of a number", "rewrite", {URI: {"path": {"expression": "len(http.host)"}}}, "not to String"),
    Mistake("address of 999", "waf", {"rules.0.expression": "ip.src in {999.1.1.1}"}, "999.1.1.1 is not an address,"),
    # Workers, lists, notices
    Mistake("flag misspelled", "worker", {"compatibilityFlags": ["node_js_compat"]}, "Did you mean nodejs_compat?"),
    Mistake("ten minutes of CPU", "worker", {"limits": {"cpuMs": 600_000}}, "1 to 300000"),
    Mistake("object without its class", "worker", _bound({"type": "durable_object_namespace"}), "no className"),
    Mistake("database without its id", "worker", _bound({"type": "d1"}), "no databaseId"),
    Mistake("json without any", "worker", _bound({"type": "json"}), "has no json"),
    Mistake("vectors of no index", "worker", _bound({"type": "vectorize"}), "no indexName"),
    Mistake("hyperdrive without its id", "worker", _bound({"type": "hyperdrive"}), "has no id"),
    Mistake("flow without its name", "worker", _bound({"type": "workflow"}), "no workflowName"),
    Mistake("worker for all hosts", "domain", {"hostname": "*.acme.test"}, "use a WorkersRoute"),
    Mistake("worker by an address", "domain", {"hostname": "https://api.acme.test"}, "is not one host"),
    Mistake("half of the internet", "list", {"items": [{"ip": "128.0.0.0/4"}]}, "Use /8 or more"),
    Mistake("half of the new internet", "list", {"items": [{"ip": "2000::/4"}]}, "Use /12 or more"),
    Mistake("network below none", "list", {"kind": "asn", "items": [{"asn": -1}]}, "4294967295"),
    Mistake(
        "host with its scheme",
        "list",
        {"kind": "hostname", "items": [{"hostname": {"urlHostname": "https://acme.test"}}]},
        "is not a host",
    ),
    Mistake("source with a query", "moved", _moved("old.acme.test/a?b=c"), "more than a host and a path"),
    Mistake("source with a port", "moved", _moved("old.acme.test:8443/a"), "more than a host and a path"),
    Mistake("source twice", "moved", _moved("old.acme.test/a", "old.acme.test/a"), "listed twice"),
    Mistake("hook by its name", "notice", _hook("hook"), "is not an id"),
]
RIGHT = [
    ("srv", {"name": "_minecraft._tcp.play.acme.test"}),
    ("txt", {"content": LONG[: 10 * 253 - 1]}),
    ("txt", {"tags": ["team:ops", "cost-center_1:a b c", "important"]}),
    ("cname", {"settings": {"flattenCname": True}}),
    ("a", {**PROXIED, "settings": {"ipv4Only": True, "ipv6Only": True}}),
    ("setting", _setting("nel", {"enabled": True})),
    ("setting", _setting("h2_prioritization", "custom")),
    ("setting", _setting("proxy_read_timeout", 300)),
    ("setting", _setting("origin_h2_max_streams", 200)),
    ("setting", _setting("automatic_platform_optimization", {"enabled": True, "cf": True, "wordpress": True})),
    ("bots", {"zoneId": UNKNOWN, "enableJs": True, "aiBotsProtection": "block"}),
    ("bots", {"autoUpdateModel": True}),
    ("rewrite", {URI: {"path": {"expression": 'concat("/a", http.request.uri.path)'}}}),
    ("rewrite", {URI: {"query": {"value": ""}}}),
    ("config", {"rules.0.expression": "cf.bot_management.score lt 30"}),
    ("compress", {"rules.0.expression": 'http.response.content_type.media_type eq "text/html"'}),
    ("worker", {"content": WORKER, "limits": {"cpuMs": 300_000}, "compatibilityFlags": ["nodejs_compat", "of_2030"]}),
    ("worker", _bound({"type": "d1", "databaseId": "x"}, {"type": "d1", "id": "x"})),
    ("worker", _bound({"type": "durable_object_namespace", "className": "C"}, {"type": "flagship", "appId": "x"})),
    ("domain", {"hostname": "acme.test"}),
    ("route", {"pattern": "https://api.acme.test/*"}),
    ("list", {"items": [{"ip": "2001:db8::/64"}, {"ip": "2001:db8::1"}, {"ip": "192.0.0.0/8"}]}),
    ("list", {"kind": "hostname", "items": [{"hostname": {"urlHostname": "*.acme.test"}}]}),
    ("list", {"kind": "asn", "items": [{"asn": 13_335}]}),
    ("moved", _moved("https://old.acme.test/a/b", "old.acme.test")),
    ("notice", _hook("f174e90a-fafe-4643-bbbc-4a0ed4fc8415")),
    ("notice", _hook("f174e90afafe4643bbbc4a0ed4fc8415")),
]


@pytest.mark.parametrize("name", ZONES)
def test_what_is_right_passes_the_preview(check: Any, name: str) -> None:
    assert check(*ZONES[name]) == ""


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_a_mistake_at_cloudflare_is_refused_in_the_preview(check: Any, mistake: Mistake) -> None:
    assert mistake.words in check(*planted(mistake.good, mistake.change, EVERY))


@pytest.mark.parametrize(("good", "change"), RIGHT)
def test_what_cloudflare_takes_passes(check: Any, good: str, change: dict[str, Any]) -> None:
    assert check(*planted(good, change, EVERY)) == ""
