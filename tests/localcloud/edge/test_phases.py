"""What the rulesets do to requests and answers, played by a running edge."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

Visit = Callable[..., httpx.Response]
Set = Callable[[str, Any], None]
Rules = Callable[..., None]

REDIRECT = "http_request_dynamic_redirect"
FIREWALL = "http_request_firewall_custom"
LATE = "http_request_late_transform"
HEADERS = "http_response_headers_transform"


def to(status: int | None = None, keep: bool = False, **target: str) -> dict[str, Any]:
    value = {"targetUrl": target, "preserveQueryString": keep} | ({"statusCode": float(status)} if status else {})
    return {"fromValue": value}


def test_a_redirect_rule_keeps_path_and_query_and_names_no_port(visit: Visit, ruleset: Rules) -> None:
    target = to(308, keep=True, expression='concat("https://acme.test", http.request.uri.path)')
    ruleset(REDIRECT, ('http.host eq "www.acme.test"', "redirect", target))
    answer = visit("https://www.acme.test/a%20b?c=d")
    assert (answer.status_code, answer.headers["location"]) == (308, "https://acme.test/a%20b?c=d")
    assert visit("https://acme.test/a").status_code == 200


def test_a_redirect_keeps_the_fragment_of_its_target(visit: Visit, ruleset: Rules) -> None:
    host = 'http.host eq "www.acme.test"'
    ruleset(REDIRECT, (host, "redirect", to(301, value="https://acme.test/#/join")))
    assert visit("https://www.acme.test/a?b=c").headers["location"] == "https://acme.test/#/join"
    ruleset(REDIRECT, (host, "redirect", to(301, keep=True, value="https://acme.test/#/join")))
    assert visit("https://www.acme.test/a?b=c").headers["location"] == "https://acme.test/?b=c#/join"


def test_a_decoded_line_break_does_not_make_a_header(visit: Visit, ruleset: Rules) -> None:
    ruleset(
        REDIRECT, ("true", "redirect", to(expression='concat("https://a.example", url_decode(http.request.uri.path))'))
    )
    answer = visit("https://acme.test/x%0d%0aSet-Cookie:%20a=b")
    assert answer.headers["location"] == "https://a.example/xSet-Cookie: a=b"
    assert "set-cookie" not in answer.headers


def test_a_list_of_the_account_redirects_hosts_and_pages(visit: Visit, put: Any) -> None:
    whole = {"subpathMatching": True, "preservePathSuffix": True, "preserveQueryString": True}
    items = [
        {"sourceUrl": "www.acme.test/", "targetUrl": "https://acme.test", "statusCode": 308.0, **whole},
        {"sourceUrl": "acme.test/old", "targetUrl": "https://acme.test/new"},
        {"sourceUrl": "acme.test/join", "targetUrl": "https://acme.test/#/join"},
    ]
    put("Zone", "z" * 32, name="acme.test", account={"id": "account"})
    put("List", "list", accountId="account", name="moved", items=[{"redirect": item} for item in items])
    from_list = {"fromList": {"name": "moved", "key": "http.request.full_uri"}}
    plays = {"expression": "http.request.full_uri in $moved", "action": "redirect", "actionParameters": from_list}
    put("Ruleset", "bulk", zoneId=None, accountId="account", kind="root", phase="http_request_redirect", rules=[plays])
    answer = visit("https://www.acme.test/a/b?c=d")
    assert (answer.status_code, answer.headers["location"]) == (308, "https://acme.test/a/b?c=d")
    assert visit("https://www.acme.test/").headers["location"] == "https://acme.test"
    assert visit("https://acme.test/old?c=d").headers["location"] == "https://acme.test/new"
    assert visit("https://acme.test/join?c=d").headers["location"] == "https://acme.test/#/join"
    assert visit("https://acme.test/old/below").status_code == visit("https://acme.test/older").status_code == 200


def test_the_first_redirect_that_matches_wins_and_drops_the_query_by_default(visit: Visit, ruleset: Rules) -> None:
    ruleset(
        REDIRECT, ("true", "redirect", to(value="https://one.example/")), ("true", "redirect", to(302, value="/two"))
    )
    answer = visit("https://acme.test/a?b=c")
    assert (answer.status_code, answer.headers["location"]) == (301, "https://one.example/")


def test_http_becomes_https_before_any_redirect_rule(visit: Visit, ruleset: Rules, setting: Set) -> None:
    setting("always_use_https", "on")
    ruleset(REDIRECT, ('http.host eq "www.acme.test"', "redirect", to(value="https://acme.test/")))
    assert visit("http://www.acme.test/x").headers["location"] == "https://www.acme.test/x"
    assert visit("https://www.acme.test/x").headers["location"] == "https://acme.test/"


def test_a_redirect_carries_hsts_and_the_response_headers(visit: Visit, ruleset: Rules, setting: Set) -> None:
    setting("security_header", {"strict_transport_security": {"enabled": True, "max_age": 60}})
    ruleset(REDIRECT, ("true", "redirect", to(value="https://one.example/")))
    ruleset(HEADERS, ("true", "rewrite", {"headers": {"X-Mark": {"operation": "set", "value": "yes"}}}))
    answer = visit("https://acme.test/")
    assert (answer.headers["strict-transport-security"], answer.headers["x-mark"]) == ("max-age=60", "yes")


def test_disabled_and_unsound_rules_do_nothing(visit: Visit, ruleset: Rules, caplog: pytest.LogCaptureFixture) -> None:
    off = to(value="https://one.example/") | {"rule": {"enabled": False}}
    ruleset(REDIRECT, ("true", "redirect", off), ('http.hots eq "a"', "redirect", to(value="https://two.example/")))
    assert visit("https://acme.test/").status_code == 200
    assert "left out rule 2 of http_request_dynamic_redirect: http.hots is not a field" in caplog.text


def test_response_headers_are_set_added_and_removed(visit: Visit, ruleset: Rules, site: Any) -> None:
    site.pages["/ABC"] = (200, {"content-type": "text/plain", "x-old": "1", "x-both": "origin", "x-empty": "1"}, b"")
    headers = {
        "X-Frame-Options": {"operation": "set", "value": "DENY"},
        "X-Old": {"operation": "remove"},
        "X-Both": {"operation": "add", "value": "edge"},
        "X-Empty": {"operation": "set", "expression": "http.request.uri.query"},
        "X-Path": {"operation": "set", "expression": "lower(http.request.uri.path)"},
    }
    once = (
        'http.response.code eq 200 and any(http.response.headers["x-old"][*] eq "1")',
        "rewrite",
        {"headers": headers},
    )
    ruleset(HEADERS, once)
    answer = visit("https://acme.test/ABC")
    assert (answer.headers["x-frame-options"], answer.headers["x-path"]) == ("DENY", "/abc")
    assert answer.headers.get_list("x-both") == ["origin", "edge"]
    assert "x-old" not in answer.headers
    assert "x-empty" not in answer.headers


def test_request_headers_reach_the_origin_as_the_rules_say(visit: Visit, ruleset: Rules, site: Any) -> None:
    headers = {"X-Door": {"operation": "set", "value": "secret"}, "X-Private": {"operation": "remove"}}
    ruleset(LATE, ('http.request.uri.path eq "/api"', "rewrite", {"headers": headers}))
    visit("https://acme.test/api", headers={"X-Private": "1", "X-Door": "forged"})
    visit("https://acme.test/other", headers={"X-Private": "1"})
    asked = [headers for _, _, headers, _ in site.seen]
    assert (asked[0]["x-door"], "x-private" in asked[0]) == ("secret", False)
    assert ("x-door" in asked[1], asked[1]["x-private"]) == (False, "1")


def test_the_firewall_blocks_challenges_and_skips(visit: Visit, ruleset: Rules, site: Any) -> None:
    own = {"statusCode": 418.0, "contentType": "application/json", "content": '{"no": true}'}
    ruleset(
        FIREWALL,
        ('http.request.uri.path eq "/hook"', "skip", {"ruleset": "current"}),
        ('http.request.uri.path eq "/logged"', "log", {}),
        ('http.request.uri.path eq "/robot"', "managed_challenge", {}),
        ('http.request.uri.path eq "/own"', "block", {"response": own}),
        ('starts_with(http.request.uri.path, "/hook") or http.request.uri.path eq "/admin"', "block", {}),
    )
    assert [visit(f"https://acme.test{path}").status_code for path in ("/hook", "/logged", "/hook2")] == [200, 200, 403]
    challenge = visit("https://acme.test/robot")
    assert (challenge.status_code, challenge.headers["cf-mitigated"]) == (403, "challenge")
    custom = visit("https://acme.test/own")
    assert (custom.status_code, custom.json(), custom.headers["content-type"]) == (
        418,
        {"no": True},
        "application/json",
    )
    assert "cf-cache-status" not in visit("https://acme.test/admin").headers
    assert len(site.seen) == 2


def limited(action: str = "block", **limit: Any) -> dict[str, Any]:
    given = {"characteristics": ["cf.colo.id", "ip.src"], "period": 10.0, "requestsPerPeriod": 2.0} | limit
    return {"rule": {"ratelimit": given}}


def test_too_many_requests_are_refused_with_the_time_to_wait(visit: Visit, ruleset: Rules) -> None:
    rule = ('http.request.uri.path eq "/api"', "block", limited(mitigationTimeout=10.0))
    ruleset("http_ratelimit", rule)
    answers = [visit("https://acme.test/api") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
    assert 1 <= int(answers[3].headers["retry-after"]) <= 10
    assert visit("https://acme.test/other").status_code == 200


def test_a_skip_rule_spares_the_rate_limit(visit: Visit, ruleset: Rules) -> None:
    ruleset("http_ratelimit", ("true", "block", limited(mitigationTimeout=10.0)))
    ruleset(FIREWALL, ('http.request.uri.path eq "/hook"', "skip", {"phases": ["http_ratelimit"]}))
    assert [visit("https://acme.test/hook").status_code for _ in range(4)] == [200] * 4


def test_limits_count_by_their_characteristics(visit: Visit, ruleset: Rules) -> None:
    by_key = limited(characteristics=["cf.colo.id", 'http.request.headers["x-key"][0]'], mitigationTimeout=10.0)
    ruleset("http_ratelimit", ("true", "block", by_key))
    keys = ["a", "a", "b", "a", "b"]
    statuses = [visit("https://acme.test/", headers={"X-Key": key}).status_code for key in keys]
    assert statuses == [200, 200, 200, 429, 200]
