"""What the API, or the rehearsal, refuses about a ruleset before it is created."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.edge.rules import problems

TARGET = {"value": "https://acme.test/"}
LIMIT = {"characteristics": ["cf.colo.id", "ip.src"], "period": 10, "requestsPerPeriod": 5, "mitigationTimeout": 10}
REDIRECT, CACHE = "http_request_dynamic_redirect", "http_request_cache_settings"
LATE, HEADERS = "http_request_late_transform", "http_response_headers_transform"
FIREWALL, RATE = "http_request_firewall_custom", "http_ratelimit"


def ruleset(phase: str, action: str, expression: str = "true", **rule: Any) -> dict[str, Any]:
    return {"phase": phase, "kind": "zone", "rules": [{"ref": "r", "action": action, "expression": expression} | rule]}


def redirect(**value: Any) -> dict[str, Any]:
    return ruleset(REDIRECT, "redirect", actionParameters={"fromValue": {"targetUrl": TARGET} | value})


def cache(**parameters: Any) -> dict[str, Any]:
    return ruleset(CACHE, "set_cache_settings", actionParameters={"cache": True} | parameters)


def header(phase: str, name: str, **change: Any) -> dict[str, Any]:
    return ruleset(phase, "rewrite", actionParameters={"headers": {name: change}})


def rate(action: str = "block", **limit: Any) -> dict[str, Any]:
    return ruleset(RATE, action, ratelimit=LIMIT | limit)


@pytest.mark.parametrize(
    "inputs",
    [
        redirect(),
        redirect(statusCode=308.0, targetUrl={"expression": "http.request.full_uri"}),
        cache(edgeTtl={"mode": "override_origin", "default": 7200.0}, browserTtl={"mode": "respect_origin"}),
        header(LATE, "X-A", operation="set", value="1"),
        header(HEADERS, "X-A", operation="add", expression="http.host"),
        header(LATE, "CF-Connecting-IP", operation="remove"),
        header(LATE, "Cookie", operation="remove"),
        header(HEADERS, "X-Forwarded-For", operation="set", value="none"),
        ruleset(FIREWALL, "skip", actionParameters={"phases": ["http_ratelimit"]}),
        ruleset(FIREWALL, "block"),
        rate(),
        rate("managed_challenge", mitigationTimeout=0),
    ],
)
def test_sound_rules_are_taken_on_the_smallest_plan(inputs: dict[str, Any]) -> None:
    assert problems(inputs, "free") == []


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        (ruleset("http_request_origin", "route"), "does not play the phase http_request_origin"),
        (ruleset(REDIRECT, "block"), "the action block does not exist in the phase"),
        (ruleset(FIREWALL, "block", 'http.hots eq "a"'), "r: http.hots is not a field"),
        (redirect(statusCode=200), "200 is not a redirect status"),
        (redirect(targetUrl={}), "targetUrl needs either a value or an expression"),
        (redirect(targetUrl={"expression": "ssl"}), "ssl evaluates to Boolean, not to String"),
        (cache(cacheKey={}), "does not know the cache setting cacheKey"),
        (cache(edgeTtl={"mode": "override_origin"}), "needs a default"),
        (cache(edgeTtl={"mode": "override"}), "edgeTtl.mode is override"),
        (cache(edgeTtl={"mode": "override_origin", "default": 60}), "keeps at the edge for at least 7200 seconds"),
        (header(LATE, "X-A", operation="add", value="1"), "add is not an operation on X-A"),
        (header(HEADERS, "CF-Ray", operation="remove"), "cannot be changed"),
        (header(HEADERS, "X A", operation="remove"), "is not a header name"),
        (header(LATE, "CF-Connecting-IP", operation="set", value="192.0.2.1"), "it can be removed, not set"),
        (header(LATE, "x-forwarded-for", operation="set", value="192.0.2.1"), "it can be removed, not set"),
        (header(LATE, "Cookie", operation="set", value="a=b"), "it can be removed, not set"),
        (header(HEADERS, "CF-Connecting-IP", operation="remove"), "cannot be changed"),
        (header(HEADERS, "X-A", operation="set", value="a\nb"), "other characters than printable ASCII"),
        (header(HEADERS, "X-A", operation="set", value="x" * 4_097), "or more than 4096"),
        (header(HEADERS, "X-A", operation="set"), "either a value or an expression"),
        (ruleset(LATE, "rewrite", actionParameters={"uri": {}}), "change headers, and nothing else"),
        (ruleset(FIREWALL, "skip"), "skip needs to know what"),
        (rate(characteristics=["ip.src"]), "the characteristics need cf.colo.id"),
        (rate(characteristics=["cf.colo.id", "http.host"]), "counts by ip.src only"),
        (rate(period=60), "a period of 60 seconds is not one"),
        (rate(mitigationTimeout=60), "longer than the Free plan allows"),
        (rate(requestsPerPeriod=None), "requestsPerPeriod"),
        (rate("managed_challenge"), "mitigationTimeout has to be 0"),
        (rate(countingExpression="http.response.code eq 401"), "counts requests, not responses"),
        (rate(requestsToOrigin=True), "counts requests, not responses"),
    ],
)
def test_what_is_wrong_is_named(inputs: dict[str, Any], words: str) -> None:
    found = problems(inputs, "free")
    assert any(words in problem for problem in found), found


def test_larger_plans_allow_more() -> None:
    assert problems(cache(edgeTtl={"mode": "override_origin", "default": 1}), "business") == []
    assert problems(rate(period=600, mitigationTimeout=86_400), "business") == []
    assert problems(rate(characteristics=["cf.colo.id", "http.host"], mitigationTimeout=0), "enterprise") == []
