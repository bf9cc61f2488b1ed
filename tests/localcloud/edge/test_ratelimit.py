"""Counting with a clock of the test's own."""

from __future__ import annotations

from ipaddress import ip_address

from localcloud.edge.http_message import Request
from localcloud.edge.ratelimit import RateLimits
from localcloud.edge.rules import Rule

LIMIT = {"characteristics": ["ip.src", "cf.colo.id"], "period": 10, "requestsPerPeriod": 3}


def statuses(rule: Rule, times: list[float], address: str = "192.0.2.1") -> list[int]:
    limits = RateLimits()
    found = []
    for at in times:
        request = Request("GET", "https", "acme.test", "/", (), ip_address(address), at, "ray")
        refusal = limits.refusal([rule], request)
        found.append(refusal.head.status if refusal else 200)
    return found


def test_the_window_slides() -> None:
    rule = Rule("r", "true", "block", limit=LIMIT)
    assert statuses(rule, [0, 4, 8, 9, 10.5, 11, 14.5]) == [200, 200, 200, 429, 200, 429, 200]


def test_the_mitigation_lasts_as_long_as_it_says() -> None:
    rule = Rule("r", "true", "block", limit=LIMIT | {"mitigationTimeout": 60})
    assert statuses(rule, [0, 0, 0, 0, 59, 60.5]) == [200, 200, 200, 429, 429, 200]


def test_a_challenge_ends_with_the_excess() -> None:
    rule = Rule("r", "true", "managed_challenge", limit=LIMIT)
    assert statuses(rule, [0, 0, 0, 0, 10.5]) == [200, 200, 200, 403, 200]


def test_what_is_logged_passes() -> None:
    assert statuses(Rule("r", "true", "log", limit=LIMIT), [0] * 5) == [200] * 5


def test_only_what_the_counting_expression_holds_for_is_counted() -> None:
    rule = Rule("r", "true", "block", limit=LIMIT | {"countingExpression": 'http.request.method eq "POST"'})
    assert statuses(rule, [0] * 6) == [200] * 6
