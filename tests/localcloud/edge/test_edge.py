from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

Visit = Callable[..., httpx.Response]
Put = Callable[..., None]


def rule(expression: str, action: str, **parameters: object) -> dict[str, object]:
    return {"expression": expression, "action": action, "actionParameters": parameters, "enabled": True}


def test_a_proxied_name_shows_its_origin_under_its_own_name(visit: Visit) -> None:
    answer = visit("https://acme.test/page?x=1")
    assert (answer.status_code, answer.text) == (200, "acme.test /page 127.0.0.1")
    assert answer.headers["server"] == "cloudflare"
    assert answer.headers["cf-cache-status"] == "DYNAMIC"


@pytest.mark.parametrize("host", ["grey.acme.test", "stranger.example"])
def test_a_name_that_is_not_proxied_gets_no_certificate(visit: Visit, host: str) -> None:
    with pytest.raises(httpx.ConnectError):
        visit(f"https://{host}/")


def test_an_unknown_host_is_refused_by_http_too(visit: Visit) -> None:
    assert visit("http://stranger.example/").status_code == 409


def test_an_origin_that_the_rehearsal_does_not_know_is_523(visit: Visit) -> None:
    answer = visit("https://nowhere.acme.test/")
    assert answer.status_code == 523
    assert "no way to elsewhere.example" in answer.text


def test_an_origin_that_is_down_is_521(visit: Visit, put: Put) -> None:
    put("DnsRecord", "acme.test", name="acme.test", type="CNAME", content="acme.zendesk.com", proxied=True)
    assert visit("https://acme.test/").status_code == 521


def test_http_leads_to_https_only_when_the_zone_says_so(visit: Visit, put: Put) -> None:
    assert visit("http://acme.test/page?x=1").status_code == 200
    put("ZoneSetting", "https", settingId="always_use_https", value="on")
    answer = visit("http://acme.test/page?x=1")
    assert (answer.status_code, answer.headers["location"]) == (301, "https://acme.test/page?x=1")


def test_a_redirect_rule_keeps_path_and_query(visit: Visit, put: Put) -> None:
    target = {
        "statusCode": 308,
        "targetUrl": {"expression": 'concat("https://acme.test", http.request.uri.path)'},
        "preserveQueryString": True,
    }
    redirect = rule('http.host eq "www.acme.test"', "redirect", fromValue=target)
    put("Ruleset", "redirects", phase="http_request_dynamic_redirect", rules=[redirect])
    answer = visit("https://www.acme.test/a/b?c=d")
    assert (answer.status_code, answer.headers["location"]) == (308, "https://acme.test/a/b?c=d")


def test_hsts_goes_out_by_https_only(visit: Visit, put: Put) -> None:
    hsts = {"enabled": True, "max_age": 300.0, "include_subdomains": True, "preload": False}
    put("ZoneSetting", "hsts", settingId="security_header", value={"strict_transport_security": hsts})
    assert visit("https://acme.test/").headers["strict-transport-security"] == "max-age=300; includeSubDomains"
    assert "strict-transport-security" not in visit("http://acme.test/").headers


def test_response_headers_are_set_and_removed(visit: Visit, put: Put) -> None:
    headers = {
        "X-Frame-Options": {"operation": "set", "value": "DENY"},
        "Content-Type": {"operation": "remove"},
        "X-Path": {"operation": "set", "expression": "lower(http.request.uri.path)"},
    }
    put("Ruleset", "headers", phase="http_response_headers_transform", rules=[rule("true", "rewrite", headers=headers)])
    answer = visit("https://acme.test/ABC")
    assert (answer.headers["x-frame-options"], answer.headers["x-path"]) == ("DENY", "/abc")
    assert "content-type" not in answer.headers


def test_a_firewall_rule_blocks(visit: Visit, put: Put) -> None:
    block = rule('starts_with(http.request.uri.path, "/admin")', "block")
    put("Ruleset", "firewall", phase="http_request_firewall_custom", rules=[block])
    assert visit("https://acme.test/admin").status_code == 403
    assert visit("https://acme.test/").status_code == 200


def cached(visit: Visit, path: str, **headers: str) -> list[str]:
    return [visit(f"https://acme.test{path}", **headers).headers["cf-cache-status"] for _ in range(2)]


def test_assets_are_kept_and_what_is_personal_is_not(visit: Visit) -> None:
    assert cached(visit, "/app.js") == ["MISS", "HIT"]
    assert cached(visit, "/app.js?v=2") == ["MISS", "HIT"]
    assert cached(visit, "/page") == ["DYNAMIC", "DYNAMIC"]
    assert cached(visit, "/cookie.js") == ["BYPASS", "BYPASS"]
    assert cached(visit, "/app.js", Authorization="Bearer x") == ["BYPASS", "BYPASS"]


def test_the_last_cache_rule_that_matches_decides(visit: Visit, put: Put) -> None:
    keep = rule("true", "set_cache_settings", cache=True, edgeTtl={"mode": "override_origin", "default": 60.0})
    never = rule('starts_with(http.request.uri.path, "/api")', "set_cache_settings", cache=False)
    put("Ruleset", "cache", phase="http_request_cache_settings", rules=[keep, never])
    assert cached(visit, "/page") == ["MISS", "HIT"]
    assert cached(visit, "/api/x.js") == ["BYPASS", "BYPASS"]
