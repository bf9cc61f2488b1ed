from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from blueprint.spec import Redirect
from infra.edge import Edge, EdgeConfig, cache_rules, key_rule, redirect_rule, settings
from infra.edgekey import EdgeKey
from infra.sdk import gcp

WWW = Redirect(source="www.acme.test", target="https://acme.test")
CONFIG = EdgeConfig("free", ("acme.test", "app.acme.test"), "api.acme.test", (WWW,), hsts_max_age=86_400)


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
    assert [name for name, value in settings(CONFIG).items() if isinstance(value, bool)] == []


def test_hsts_spares_other_subdomains_and_lasts_as_long_as_the_spec_says(made: Any) -> None:
    header = made.one("ZoneSetting", "security_header").inputs["value"]["strict_transport_security"]
    assert (header["enabled"], header["max_age"]) == (True, 86_400)
    assert header["include_subdomains"] is header["preload"] is False


def test_each_phase_has_one_ruleset_of_the_zone(made: Any) -> None:
    phases = [one.inputs["phase"] for one in made.of("ruleset:Ruleset")]
    assert sorted(phases) == [
        "http_request_cache_settings",
        "http_request_dynamic_redirect",
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


def test_a_redirect_keeps_path_and_query() -> None:
    rule = redirect_rule(WWW)
    assert rule["expression"] == '(http.host eq "www.acme.test")'
    assert rule["action_parameters"]["from_value"] == {
        "status_code": 301,
        "target_url": {"expression": 'concat("https://acme.test", http.request.uri.path)'},
        "preserve_query_string": True,
    }


def test_assets_are_kept_but_their_lists_and_the_api_never() -> None:
    kept, lists, api = cache_rules(CONFIG)
    assert 'http.host in {"acme.test" "app.acme.test"}' in kept["expression"]
    assert kept["action_parameters"]["cache"] is True
    assert "/assets/AssetManifest" in lists["expression"]
    assert api["expression"] == '(http.host eq "api.acme.test")'
    assert lists["action_parameters"] == api["action_parameters"] == {"cache": False}


def test_the_edge_keeps_things_no_shorter_than_the_free_plan_allows() -> None:
    assert cache_rules(CONFIG)[0]["action_parameters"]["edge_ttl"] == {"mode": "override_origin", "default": 7_200}


def test_a_zone_without_redirects_has_no_empty_ruleset(provision: Any) -> None:
    made = provision(lambda: edge(replace(CONFIG, redirects=())))
    assert "redirects" not in {one.name for one in made.of("ruleset:Ruleset")}


def test_more_redirects_than_the_plan_allows_are_refused() -> None:
    many = tuple(Redirect(source=f"r{n}.acme.test", target="https://acme.test") for n in range(11))
    with pytest.raises(ValueError, match="11 redirects, but Cloudflare's free plan allows 10"):
        replace(CONFIG, redirects=many)
    assert replace(CONFIG, redirects=many, plan="pro").redirects == many
