"""What may be kept, decided without a network."""

from __future__ import annotations

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.edge.cache_store import CAPACITY, OBJECT_LIMIT, Store, Stored
from localcloud.edge.caching import CacheSettings, Verdict, directives, is_eligible, judge, key, settings
from localcloud.edge.http_message import Chunks, Headers, Request, Response
from localcloud.edge.rules import Rule

LATER = "Mon, 23 Nov 2026 11:00:00 GMT"
NOW = "Mon, 23 Nov 2026 10:00:00 GMT"


def request(target: str = "/a.js", method: str = "GET", headers: Headers = ()) -> Request:
    return Request(method, "https", "acme.test", target, headers, ip_address("192.0.2.1"), 0.0, "ray")


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ((), 7200),
        ((("cache-control", "max-age=60"),), 60),
        ((("cache-control", "max-age=60, s-maxage=90"),), 90),
        ((("cache-control", 'Max-Age="60"'),), 60),
        ((("cache-control", "max-age=0"),), 0),
        ((("cache-control", "max-age=x"),), 7200),
        ((("cache-control", "public, no-cache"),), 0),
        ((("cache-control", "max-age=60"), ("cdn-cache-control", "max-age=5")), 5),
        ((("date", NOW), ("expires", LATER)), 3600),
        ((("date", NOW), ("expires", LATER), ("cache-control", "max-age=9")), 9),
        ((("date", LATER), ("expires", NOW)), 0),
        ((("expires", "0"),), 0),
    ],
)
def test_the_origin_says_how_long(headers: Headers, seconds: int) -> None:
    assert judge(request(), CacheSettings(), Response(200, headers)).seconds == seconds


@pytest.mark.parametrize(("status", "seconds"), [(200, 7200), (301, 7200), (302, 1200), (404, 180), (500, 0), (201, 0)])
def test_each_status_has_a_default(status: int, seconds: int) -> None:
    assert judge(request(), CacheSettings(), Response(status)).seconds == seconds


def test_without_a_word_of_the_origin_a_rule_may_want_nothing_kept() -> None:
    wanted = CacheSettings(cache=True, edge_mode="bypass_by_default")
    assert judge(request(), wanted, Response(200)) == Verdict(0, "BYPASS")
    assert judge(request(), wanted, Response(200, (("cache-control", "max-age=5"),))) == Verdict(5, "MISS")


@pytest.mark.parametrize("control", ["public, max-age=60", "s-maxage=60", "must-revalidate, max-age=60"])
def test_what_was_asked_for_with_credentials_is_kept_when_the_origin_shares_it(control: str) -> None:
    personal = request(headers=(("authorization", "Bearer x"),))
    assert judge(personal, CacheSettings(), Response(200, (("cache-control", control),))).seconds == 60
    assert judge(personal, CacheSettings(), Response(200, (("cache-control", "max-age=60"),))).seconds == 0


def test_status_code_ttls_decide_before_all() -> None:
    ttls = [
        {"statusCode": 404.0, "value": 10.0},
        {"statusCodeRange": {"from": 500.0}, "value": -1.0},
        {"statusCodeRange": {"to": 299.0}, "value": 20.0},
    ]
    parameters = {"cache": True, "edgeTtl": {"mode": "override_origin", "default": 7200.0, "statusCodeTtls": ttls}}
    found = settings([Rule("r", "true", "set_cache_settings", parameters)], request())
    kept = [judge(request(), found, Response(status)).seconds for status in (404, 503, 204, 301)]
    assert kept == [10, 0, 20, 7200]


@pytest.mark.parametrize(
    ("target", "method", "eligible"),
    [
        ("/a.js", "GET", True),
        ("/a.JS?x", "HEAD", True),
        ("/a.js", "POST", False),
        ("/", "GET", False),
        ("/index.html", "GET", False),
        ("/data.json", "GET", False),
        ("/.js", "GET", False),
        ("/robots.txt", "GET", True),
        ("/a.js/b", "GET", False),
    ],
)
def test_only_assets_are_eligible_by_default(target: str, method: str, eligible: bool) -> None:
    assert is_eligible(request(target, method), CacheSettings()) is eligible


def test_the_key_holds_the_origin_header() -> None:
    assert key(request()) != key(request(headers=(("origin", "https://app.acme.test"),)))


@given(st.text())
def test_any_cache_control_is_read(control: str) -> None:
    assert all(name == name.lower() for name in directives(control))
    judge(request(), CacheSettings(), Response(200, (("cache-control", control), ("expires", control))))


def test_the_store_drops_what_was_used_least_recently() -> None:
    store, body = Store(), b"x" * OBJECT_LIMIT
    for name in "abcd":
        store.keep(name, Stored(Response(200), body, 0.0, 1.0))
    store.find("a")
    store.keep("e", Stored(Response(200), b"y", 0.0, 1.0))
    assert CAPACITY == 4 * OBJECT_LIMIT
    assert [name for name in "abcde" if store.find(name)] == ["a", "c", "d", "e"]


async def _chunks(count: int, size: int) -> Chunks:
    for _ in range(count):
        yield b"x" * size


async def _drained(chunks: Chunks, most: int) -> None:
    taken = 0
    async for _ in chunks:
        taken += 1
        if taken == most:
            break
    await chunks.aclose()


@pytest.mark.parametrize(("count", "most", "kept"), [(3, 9, True), (3, 2, False), (33, 99, False)])
@pytest.mark.anyio
async def test_only_whole_bodies_of_a_fair_size_are_stored(count: int, most: int, kept: bool) -> None:
    store = Store()
    body = _chunks(count, 1024 * 1024)
    await _drained(store.keeping("key", Response(200), body, 0.0, 60), most)
    assert (store.find("key") is not None) is kept


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
