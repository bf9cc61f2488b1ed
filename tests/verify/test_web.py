from __future__ import annotations

import socket
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme

from blueprint.finding import Status
from blueprint.outputs import RedirectPromise
from verify.assets import first_asset
from verify.judge.web import (
    judge_cached,
    judge_certificate,
    judge_health,
    judge_hsts,
    judge_https_redirect,
    judge_never_cached,
    judge_redirect,
)
from verify.observe.tls import shake_hands
from verify.observe.web import Page, fetch
from verify.reach import ANY, Reach

Serve = Callable[..., tuple[str, int]]
Issue = Callable[..., trustme.LeafCert]
HOST = "acme.test"
NOW = datetime.now(UTC)
PROMISE = RedirectPromise(source="www.acme.test", target="https://acme.test", status=301)
DOWN = Page("https://acme.test/", error="connection refused")


def page(status: int = 200, body: str = "", url: str = "https://acme.test/", **headers: str) -> Page:
    return Page(url, status, {name.replace("_", "-"): value for name, value in headers.items()}, body)


def test_a_page_is_fetched_from_the_named_address_for_its_own_host(
    website: Serve, certificate: Issue, ca_file: Path
) -> None:
    address = website({"acme.test/": (200, {"X-Mark": "1"}, "hello")}, certificate(HOST))
    found = fetch("https://acme.test/", Reach(addresses={(ANY, 443): address}, ca_file=ca_file))
    assert (found.status, found.body, found.headers["x-mark"], found.error) == (200, "hello", "1", "")


def test_a_redirect_is_shown_and_not_followed(website: Serve) -> None:
    address = website({"acme.test/": (301, {"Location": "https://acme.test/"}, "")})
    assert (
        fetch("http://acme.test/", Reach(addresses={(HOST, 80): address})).headers["location"] == "https://acme.test/"
    )


def test_a_page_of_an_untrusted_host_is_an_error_and_no_exception(website: Serve, certificate: Issue) -> None:
    address = website({}, certificate(HOST))
    found = fetch("https://acme.test/", Reach(addresses={(ANY, 443): address}))
    assert found.status == 0
    assert "certificate" in found.error.lower()


def test_a_certificate_with_months_left_passes_and_one_with_ten_days_fails(
    website: Serve, certificate: Issue, ca_file: Path
) -> None:
    for days, status in ((60, Status.PASS), (10, Status.FAIL)):
        reach = Reach(addresses={(ANY, 443): website({}, certificate(HOST, days))}, ca_file=ca_file)
        assert judge_certificate(shake_hands(HOST, reach), NOW).status is status


def test_a_certificate_for_another_name_fails_and_a_closed_port_is_unknown(
    website: Serve, certificate: Issue, ca_file: Path
) -> None:
    reach = Reach(addresses={(ANY, 443): website({}, certificate("other.test"))}, ca_file=ca_file)
    assert judge_certificate(shake_hands(HOST, reach), NOW).status is Status.FAIL
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        reach = Reach(addresses={(ANY, 443): closed.getsockname()}, ca_file=ca_file)
        assert judge_certificate(shake_hands(HOST, reach), NOW).status is Status.UNKNOWN


@pytest.mark.parametrize(
    ("found", "status"),
    [
        (page(301, location="https://www.acme.test/x", url="http://www.acme.test/x"), Status.PASS),
        (page(302, location="https://www.acme.test/x", url="http://www.acme.test/x"), Status.FAIL),
        (page(301, location="https://acme.test/", url="http://www.acme.test/x"), Status.FAIL),
        (page(200, url="http://www.acme.test/x"), Status.FAIL),
        (DOWN, Status.UNKNOWN),
    ],
)
def test_http_has_to_lead_to_the_same_place_by_https(found: Page, status: Status) -> None:
    assert judge_https_redirect("www.acme.test", found).status is status


@pytest.mark.parametrize(
    ("found", "status"),
    [
        (page(301, location="https://acme.test/a?b"), Status.PASS),
        (page(302, location="https://acme.test/a?b"), Status.FAIL),
        (page(301, location="https://acme.test/"), Status.FAIL),
        (DOWN, Status.UNKNOWN),
    ],
)
def test_a_promised_redirect_keeps_status_and_path(found: Page, status: Status) -> None:
    assert judge_redirect(PROMISE, "/a?b", found).status is status


@pytest.mark.parametrize(
    ("found", "status"),
    [
        (page(strict_transport_security="max-age=86400; includeSubDomains"), Status.PASS),
        (page(301, strict_transport_security="max-age=86400"), Status.PASS),
        (page(strict_transport_security="max-age=300"), Status.FAIL),
        (page(strict_transport_security="includeSubDomains"), Status.FAIL),
        (page(), Status.FAIL),
        (DOWN, Status.UNKNOWN),
    ],
)
def test_hsts_has_to_be_on_the_first_answer(found: Page, status: Status) -> None:
    assert judge_hsts(HOST, 86_400, found).status is status


@pytest.mark.parametrize(
    ("found", "status"),
    [
        ([page(cf_cache_status="MISS"), page(cf_cache_status="HIT")], Status.PASS),
        ([page(cf_cache_status="MISS"), page(cf_cache_status="MISS")], Status.FAIL),
        ([page(404, cf_cache_status="HIT")], Status.FAIL),
        ([page()], Status.FAIL),
        ([], Status.UNKNOWN),
        ([DOWN], Status.UNKNOWN),
    ],
)
def test_an_asset_has_to_become_a_hit(found: list[Page], status: Status) -> None:
    assert judge_cached("https://acme.test/assets/app.js", found).status is status


@pytest.mark.parametrize(
    ("found", "status"),
    [(page(), Status.PASS), (page(cf_cache_status="DYNAMIC"), Status.PASS), (page(cf_cache_status="MISS"), Status.FAIL),
     (page(cf_cache_status="HIT"), Status.FAIL), (DOWN, Status.UNKNOWN)],
)  # fmt: skip
def test_the_api_must_not_be_cached(found: Page, status: Status) -> None:
    assert judge_never_cached("https://api.acme.test/health", found).status is status


@pytest.mark.parametrize(
    ("found", "status"),
    [
        (page(200, '{"status": "ok"}'), Status.PASS),
        (page(503, '{"status": "ok"}'), Status.FAIL),
        (page(200, '{"status": "starting"}'), Status.FAIL),
        (page(200, "<html>"), Status.FAIL),
        (page(200, "[]"), Status.FAIL),
        (DOWN, Status.UNKNOWN),
    ],
)
def test_health_is_what_the_service_says_of_itself(found: Page, status: Status) -> None:
    assert judge_health("https://api.acme.test/health", found).status is status


def test_the_first_asset_is_one_of_the_own_host_below_a_prefix() -> None:
    html = '<link href="/style.css"><script src="https://cdn.test/assets/x.js"></script><img src="/assets/a.png">'
    assert first_asset("https://acme.test/", html, ["/assets/"]) == "https://acme.test/assets/a.png"
    assert first_asset("https://acme.test/", "<p>", ["/assets/"]) is None
