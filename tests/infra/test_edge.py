from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address
from typing import Any

import pytest

from infra.edge import PRELOADED, Edge, EdgeConfig, Hsts, cache_rules, headers_rules, key_rule, settings
from infra.edge_key import EdgeKey
from infra.loading.sdk import gcp
from localcloud.edge.checking import check
from localcloud.edge.expressions import holds
from localcloud.edge.http_message import Request

CONFIG = EdgeConfig(("acme.test", "app.acme.test"), "api.acme.test", Hsts(86_400))


def edge(config: EdgeConfig) -> Edge:
    secret = gcp.secretmanager.Secret("edge-key", secret_id="edge-key", replication={"auto": {}})
    return Edge("edge", config, "zone-1", EdgeKey("edge-key", 1, secret))


@pytest.fixture
def made(provision: Any) -> Any:
    return provision(lambda: edge(CONFIG))


def test_the_zone_speaks_modern_tls_and_nothing_else(made: Any) -> None:
    values = {one.inputs["settingId"]: one.inputs["value"] for one in made.of("ZoneSetting")}
    assert values["ssl"] == "strict"
    assert values["min_tls_version"] == "1.2"
    assert {values[name] for name in ("tls_1_3", "always_use_https", "automatic_https_rewrites", "http3")} == {"on"}


def test_no_setting_is_a_boolean_for_those_come_back_as_changes() -> None:
    assert [name for name, value in settings(CONFIG.hsts).items() if isinstance(value, bool)] == []


def test_hsts_spares_other_subdomains_and_lasts_as_long_as_the_spec_says(made: Any) -> None:
    header = made.one("ZoneSetting", "security_header").inputs["value"]["strict_transport_security"]
    assert (header["enabled"], header["max_age"]) == (True, 86_400)
    assert header["include_subdomains"] is header["preload"] is False


def test_each_phase_has_one_ruleset_of_the_zone(made: Any) -> None:
    phases = [one.inputs["phase"] for one in made.of("ruleset:Ruleset")]
    assert sorted(phases) == [
        "http_request_cache_settings",
        "http_request_late_transform",
        "http_response_headers_transform",
    ]
    assert {one.inputs["kind"] for one in made.of("ruleset:Ruleset")} == {"zone"}


def test_every_rule_has_a_ref_so_that_cloudflare_does_not_make_one_up(made: Any) -> None:
    rules = [rule for one in made.of("ruleset:Ruleset") for rule in one.inputs["rules"]]
    assert all(rule["ref"] and rule["enabled"] is True for rule in rules)
    assert len({rule["ref"] for rule in rules}) == len(rules)


def test_the_key_goes_to_the_api_alone_and_overwrites_what_a_visitor_sent() -> None:
    rule = key_rule(CONFIG, "value")
    assert rule["expression"] == '(http.host eq "api.acme.test")'
    assert rule["action_parameters"]["headers"] == {"X-Edge-Key": {"operation": "set", "value": "value"}}


def test_assets_are_kept_but_their_lists_and_the_api_never() -> None:
    kept, entries, lists, api = cache_rules(CONFIG)
    assert 'http.host in {"acme.test" "app.acme.test"}' in kept["expression"]
    assert kept["action_parameters"]["cache"] is True
    assert "/assets/AssetManifest" in lists["expression"]
    assert api["expression"] == '(http.host eq "api.acme.test")'
    assert lists["action_parameters"] == entries["action_parameters"] == api["action_parameters"] == {"cache": False}


KEPT = ("/assets/logo.png", "/assets/fonts/a.otf", "/canvaskit/canvaskit.wasm", "/icons/Icon-192.png")
FRESH = (
    *("/", "/index.html", "/orders/7", "/main.dart.js", "/main.dart.mjs", "/main.dart.wasm", "/flutter.js"),
    *(
        "/main.dart.js_1.part.js",
        "/main.dart.js_27.part.js",
        "/sub/main.dart.js_2.part.js",
        "/assets/x.dart.js_3.part.js",
    ),
    *("/flutter_service_worker.js", "/firebase-messaging-sw.js", "/OneSignalSDKWorker.js", "/sw.js"),
    *("/assets/packages/push/OneSignalSDKWorker.js", "/assets/PushSW.js", "/icons/MANIFEST.json"),
    *("/assets/packages/push/push_service_worker.js", "/manifest.json", "/version.json", "/workbox-1a2b.js"),
    *("/assets/AssetManifest.bin.json", "/assets/FontManifest.json"),
)


def asked(path: str) -> Request:
    return Request("GET", "https", "app.acme.test", path, (), ip_address("192.0.2.7"), 0.0, "ray")


@pytest.mark.parametrize(("path", "is_kept"), [*((path, True) for path in KEPT), *((path, False) for path in FRESH)])
def test_names_that_stay_from_build_to_build_are_fresh_by_their_pattern(path: str, is_kept: bool) -> None:
    deciding = [each for each in cache_rules(CONFIG) if holds(each["expression"], asked(path))][-1]
    assert deciding["action_parameters"]["cache"] is is_kept
    assert holds(headers_rules(CONFIG)[1]["expression"], asked(path)) is not is_kept


@pytest.mark.parametrize("each", [*cache_rules(CONFIG), *headers_rules(CONFIG)], ids=lambda each: str(each["ref"]))
def test_every_rule_is_one_that_the_free_plan_takes(each: Any) -> None:
    assert check(each["expression"], "free") == []


def test_the_edge_keeps_things_no_shorter_than_the_free_plan_allows() -> None:
    assert cache_rules(CONFIG)[0]["action_parameters"]["edge_ttl"] == {"mode": "override_origin", "default": 7_200}


def test_browsers_ask_anew_for_all_but_the_assets() -> None:
    rule = headers_rules(CONFIG)[1]
    assert rule["expression"].startswith('(http.host in {"acme.test" "app.acme.test"} and ')
    assert rule["action_parameters"]["headers"] == {"Cache-Control": {"operation": "set", "value": "no-cache"}}


def test_a_header_of_the_founders_joins_or_replaces_ours() -> None:
    config = replace(CONFIG, headers={"X-Frame-Options": "DENY", "Content-Security-Policy": "default-src 'self'"})
    headers = headers_rules(config)[0]["action_parameters"]["headers"]
    assert headers["X-Frame-Options"]["value"] == "DENY"
    assert headers["Content-Security-Policy"]["value"] == "default-src 'self'"
    assert headers["X-Content-Type-Options"]["value"] == "nosniff"


def test_hsts_reaches_its_last_stage_only_by_the_ones_before() -> None:
    last = Hsts(PRELOADED, subdomains=True, preload=True)
    header = settings(last)["security_header"]["strict_transport_security"]
    assert header["include_subdomains"] is header["preload"] is True
    for early in ((PRELOADED, False), (PRELOADED - 1, True)):
        with pytest.raises(ValueError, match="hsts_preload needs"):
            Hsts(*early, preload=True)
