"""Each judge of the web's answers, with what turns it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from blueprint.finding import Finding, Status
from blueprint.outputs import RedirectPromise
from verify.answers.dns import Answer, Outcome, Question
from verify.answers.notified import Notified
from verify.answers.page import Page
from verify.judge.caching import judge_cached, judge_cookie_uncached, judge_cookies_unkept, judge_never_cached
from verify.judge.headers import judge_headers
from verify.judge.hsts import judge_hsts, judge_preload
from verify.judge.http3 import judge_http3
from verify.judge.ipv6 import judge_answers, judge_published
from verify.judge.origin import judge_origin
from verify.judge.redirects import judge_chain, judge_https_redirect, judge_redirect
from verify.judge.securitytxt import judge_security_txt
from verify.judge.uptime import judge_health, judge_notification
from verify.web.redirect_chain import Chain

HOST = "acme.test"
NOW = datetime(2026, 11, 26, tzinfo=UTC)
PROMISE = RedirectPromise(source="www.acme.test", target="https://acme.test", status=301)
DOWN = Page("https://acme.test/", error="connection refused")
PASS, WARN, FAIL, UNKNOWN = Status.PASS, Status.WARN, Status.FAIL, Status.UNKNOWN


def page(status: int = 200, body: str = "", url: str = "https://acme.test/", **headers: str) -> Page:
    return Page(url, status, {name.replace("_", "-"): value for name, value in headers.items()}, body)


def only(findings: list[Finding]) -> Status | None:
    """Return the status of the one finding, None when there is none."""
    assert len(findings) <= 1
    return findings[0].status if findings else None


@pytest.mark.parametrize(
    ("found", "status"),
    [
        (page(301, location="https://www.acme.test/x", url="http://www.acme.test/x"), PASS),
        (page(308, location="https://www.acme.test/x", url="http://www.acme.test/x"), PASS),
        (page(301, location="HTTPS://WWW.acme.test:443/x", url="http://www.acme.test/x"), PASS),  # RFC 3986 section 6.2
        (page(301, location="https://www.acme.test", url="http://www.acme.test/"), PASS),
        (page(301, location="https://www.acme.test/X", url="http://www.acme.test/x"), FAIL),
        (page(301, location="https://www.acme.test:8443/x", url="http://www.acme.test/x"), FAIL),
        (page(301, location="https://www.acme.test:port/x", url="http://www.acme.test/x"), FAIL),
        (page(302, location="https://www.acme.test/x", url="http://www.acme.test/x"), FAIL),
        (page(301, location="https://acme.test/", url="http://www.acme.test/x"), FAIL),
        (page(200, url="http://www.acme.test/x"), FAIL),
        (DOWN, UNKNOWN),
    ],
)
def test_http_has_to_lead_to_the_same_place_by_https(found: Page, status: Status) -> None:
    assert judge_https_redirect("www.acme.test", found).status is status


@pytest.mark.parametrize(
    ("found", "status"),
    [
        (page(301, location="https://acme.test/a?b"), PASS),
        (page(302, location="https://acme.test/a?b"), FAIL),
        (page(301, location="https://acme.test/a"), FAIL),
        (page(301, location="https://acme.test/"), FAIL),
        (DOWN, UNKNOWN),
    ],
)
def test_a_promised_redirect_keeps_status_path_and_query(found: Page, status: Status) -> None:
    assert judge_redirect(PROMISE, "/a?b", found).status is status


def chain(*urls: str, end: str = "", loops: bool = False, error: str = "") -> Chain:
    pages = [Page(url, 301) for url in urls[:-1]] + [Page(urls[-1], 301 if end else 200, error=error)]
    return Chain(tuple(pages), end or urls[-1], loops)


HTTP, HTTPS, WWW = "http://www.acme.test/a?b", "https://www.acme.test/a?b", "https://acme.test/a?b"


@pytest.mark.parametrize(
    ("found", "status"),
    [
        (chain(HTTP, HTTPS), PASS),
        (chain(HTTP, HTTPS, WWW), PASS),
        (chain(HTTP, HTTPS, end=WWW), PASS),
        (chain(HTTP, HTTPS, WWW, "https://app.acme.test/a?b"), FAIL),
        (chain(HTTP, HTTPS, WWW, end="https://other.test/a?b"), FAIL),
        (chain(HTTP, HTTPS, "http://acme.test/a?b"), FAIL),
        (chain(HTTP, HTTPS, end=HTTP, loops=True), FAIL),
        (chain(HTTP, HTTPS, "https://acme.test/"), FAIL),
        (chain(HTTP, HTTPS, "https://acme.test/a"), FAIL),
        (chain(*(f"https://acme.test/{n}" for n in range(10)), end="https://acme.test/11"), FAIL),
        (chain(HTTP, HTTPS, error="timed out"), UNKNOWN),
    ],
)
def test_the_way_from_http_is_short_secure_and_ends(found: Chain, status: Status) -> None:
    assert judge_chain("www.acme.test", found, promised=True).status is status


def test_a_lost_path_is_a_warning_where_nothing_was_promised() -> None:
    assert judge_chain("www.acme.test", chain(HTTP, HTTPS, "https://acme.test/"), promised=False).status is WARN


@pytest.mark.parametrize(
    ("found", "promised", "status"),
    [
        (page(strict_transport_security="max-age=86400; includeSubDomains"), 86_400, PASS),
        (page(301, strict_transport_security="max-age=86400"), 86_400, PASS),
        (page(strict_transport_security='max-age="86400"'), 86_400, PASS),
        (page(strict_transport_security="max-age=300"), 86_400, FAIL),
        (page(strict_transport_security="includeSubDomains"), 86_400, FAIL),
        (page(strict_transport_security="max-age=86400; max-age=86400"), 86_400, FAIL),
        (page(strict_transport_security="max-age=0, max-age=86400"), 86_400, FAIL),
        (page(strict_transport_security="max-age=-1"), 86_400, FAIL),
        (page(), 86_400, FAIL),
        (DOWN, 86_400, UNKNOWN),
        (page(strict_transport_security="max-age=31536000"), None, PASS),
        (page(strict_transport_security="max-age=300"), None, WARN),
        (page(strict_transport_security="max-age=0"), None, FAIL),
        (page(), None, FAIL),
    ],
)
def test_hsts_has_to_be_on_the_first_answer(found: Page, promised: int | None, status: Status) -> None:
    assert judge_hsts(HOST, promised, found).status is status


ELIGIBLE = page(strict_transport_security="max-age=31536000; includeSubDomains; preload")
LED = page(301, url="http://acme.test/", location="https://acme.test/")


@pytest.mark.parametrize(
    ("first", "plain", "others", "status"),
    [
        (ELIGIBLE, LED, [page()], PASS),
        (ELIGIBLE, DOWN, [], PASS),
        (page(strict_transport_security="max-age=31536000; includeSubDomains"), LED, [], None),
        (page(), LED, [], None),
        (DOWN, LED, [], None),
        (page(strict_transport_security="max-age=31535999; includeSubDomains; preload"), LED, [], FAIL),
        (page(strict_transport_security="max-age=31536000; preload"), LED, [], FAIL),
        (ELIGIBLE, page(301, location="https://www.acme.test/"), [], FAIL),
        (ELIGIBLE, page(200), [], FAIL),
        (ELIGIBLE, LED, [DOWN], UNKNOWN),
    ],
)
def test_a_domain_that_asks_for_the_preload_list_has_to_be_eligible(
    first: Page, plain: Page, others: list[Page], status: Status | None
) -> None:
    assert only(judge_preload(HOST, first, plain, others)) is status


@pytest.mark.parametrize(
    ("found", "promised", "status"),
    [
        (page(alt_svc='h3=":443"; ma=86400'), True, PASS),
        (page(alt_svc='h3-29=":443", h3=":443"'), False, PASS),
        (page(alt_svc="clear"), False, WARN),
        (page(alt_svc='h3-29=":443"'), True, WARN),
        (page(), True, WARN),
        (page(), False, None),
        (DOWN, True, UNKNOWN),
    ],
)
def test_http3_is_judged_where_it_is_promised_or_found(found: Page, promised: bool, status: Status | None) -> None:
    assert only(judge_http3(HOST, found, promised)) is status


SAFE = {
    "x_content_type_options": "nosniff",
    "x_frame_options": "SAMEORIGIN",
    "referrer_policy": "strict-origin-when-cross-origin",
    "content_security_policy": "base-uri 'self'",
}


def judged(found: Page) -> dict[str, Status]:
    return {finding.id.removeprefix("web."): finding.status for finding in judge_headers(HOST, found, {})}


GOOD = dict.fromkeys(("headers.nosniff", "headers.framing", "headers.referrer", "headers.csp"), PASS)


def test_safe_headers_pass_and_silence_is_unknown() -> None:
    assert judged(page(**SAFE)) == GOOD
    assert set(judged(DOWN).values()) == {UNKNOWN}


@pytest.mark.parametrize(
    ("name", "value", "turned"),
    [
        ("x_content_type_options", "", {"headers.nosniff": FAIL}),
        ("x_content_type_options", "sniff", {"headers.nosniff": FAIL}),
        ("x_frame_options", "", {"headers.framing": FAIL}),
        ("x_frame_options", "ALLOW-FROM https://other.test", {"headers.framing": FAIL}),
        ("x_frame_options", "DENY, SAMEORIGIN", {"headers.framing": FAIL}),
        ("x_frame_options", "deny", {}),
        ("referrer_policy", "", {"headers.referrer": WARN}),
        ("referrer_policy", "unsafe-url", {"headers.referrer": FAIL}),
        ("referrer_policy", "no-referrer, unsafe-url", {"headers.referrer": FAIL}),
        ("referrer_policy", "unsafe-url, same-origin, some-word-to-come", {}),
        ("content_security_policy", "", {"headers.csp": WARN}),
        ("content_security_policy", "default-src 'self'", {}),
        ("content_security_policy", "default-src *", {"headers.csp": WARN}),
        ("content_security_policy", "script-src 'self' 'unsafe-inline'", {"headers.csp": WARN}),
        ("content_security_policy", "script-src 'unsafe-inline' 'nonce-abc'", {}),
        ("content_security_policy", "script-src 'nonce-abc' 'strict-dynamic' https:", {}),
        ("content_security_policy", "script-src 'unsafe-inline', script-src 'self'", {}),
        ("content_security_policy", "default-src 'self'; script-src data:", {"headers.csp": WARN}),
        ("content_security_policy", "frame-ancestors *", {"headers.framing": FAIL}),
        ("content_security_policy", "frame-ancestors 'none'", {}),
    ],
)
def test_each_header_turns_its_own_finding(name: str, value: str, turned: dict[str, Status]) -> None:
    assert judged(page(**(SAFE | {name: value}))) == GOOD | turned


@pytest.mark.parametrize(
    ("found", "status"),
    [(page(**SAFE), PASS), (page(**(SAFE | {"x_frame_options": "DENY"})), FAIL), (page(), FAIL), (DOWN, UNKNOWN)],
)
def test_promised_headers_are_compared_word_for_word(found: Page, status: Status) -> None:
    first, *_ = judge_headers(HOST, found, {"X-Frame-Options": "SAMEORIGIN", "X-Content-Type-Options": "nosniff"})
    assert (first.id, first.status) == ("web.headers.promised", status)


LONG = "x" * 2_000


@pytest.mark.parametrize(
    ("found", "status"),
    [
        (page(body=LONG, content_type="text/html", content_encoding="br"), PASS),
        (page(body=LONG, content_type="text/html"), WARN),
        (page(body=LONG, content_type="image/png"), None),
        (page(body="short", content_type="text/html"), None),
    ],
)
def test_long_texts_have_to_be_compressed(found: Page, status: Status | None) -> None:
    assert judged(found).get("compression") is status


@pytest.mark.parametrize(
    ("cookie", "status"),
    [
        ("id=1; Secure; HttpOnly; SameSite=Lax", PASS),
        ("__Host-id=1; Path=/; Secure; HttpOnly; SameSite=Strict", PASS),
        ("id=1; Secure; SameSite=Lax", WARN),
        ("id=1; Secure; HttpOnly", WARN),
        ("id=1; HttpOnly; SameSite=Lax", FAIL),
        ("id=1; SameSite=None", FAIL),
        ("__Host-id=1; Path=/; Domain=acme.test; Secure; HttpOnly; SameSite=Lax", FAIL),
        ("", FAIL),
    ],
)
def test_cookies_need_their_flags(cookie: str, status: Status) -> None:
    assert judged(Page("https://acme.test/", 200, cookies=(cookie,)))["cookies.flags"] is status


@pytest.mark.parametrize(
    ("found", "status"),
    [
        ([page(cf_cache_status="MISS"), page(cf_cache_status="HIT")], PASS),
        ([page(cf_cache_status="MISS"), page(cf_cache_status="MISS")], FAIL),
        ([page(404, cf_cache_status="HIT")], FAIL),
        ([page()], FAIL),
        ([], UNKNOWN),
        ([DOWN], UNKNOWN),
    ],
)
def test_an_asset_has_to_become_a_hit(found: list[Page], status: Status) -> None:
    assert judge_cached("https://acme.test/assets/app.js", found).status is status


@pytest.mark.parametrize("judge", [judge_never_cached, judge_cookie_uncached])
@pytest.mark.parametrize(
    ("found", "status"),
    [
        ([page(), page()], PASS),
        ([page(cf_cache_status="DYNAMIC"), page(cf_cache_status="BYPASS")], PASS),
        ([page(cf_cache_status="MISS"), page(cf_cache_status="HIT")], FAIL),
        ([page(cf_cache_status="MISS")], FAIL),
        ([page(), page(age="12")], FAIL),
        ([page(cf_cache_status="NONE"), page(cf_cache_status="UNKNOWN")], PASS),  # the edge's own answers
        ([page(cf_cache_status="STALE")], FAIL),
        ([page(503, cf_cache_status="DYNAMIC")], UNKNOWN),  # a good answer may be kept all the same
        ([page(), DOWN], UNKNOWN),
        ([], UNKNOWN),
    ],
)
def test_the_api_must_not_be_cached(judge: object, found: list[Page], status: Status) -> None:
    assert judge("https://api.acme.test/health", found).status is status  # type: ignore[operator]


@pytest.mark.parametrize(
    ("state", "cookies", "status"),
    [
        ("HIT", ("a=1",), FAIL),
        ("STALE", ("a=1",), FAIL),
        ("REVALIDATED", ("a=1",), FAIL),
        ("DYNAMIC", ("a=1",), PASS),
        ("HIT", (), None),
    ],
)
def test_nobody_gets_anothers_cookie_from_a_cache(state: str, cookies: tuple[str, ...], status: Status | None) -> None:
    found = Page("https://acme.test/", 200, {"cf-cache-status": state}, cookies=cookies)
    assert only(judge_cookies_unkept("https://acme.test/", found)) is status
    assert judge_cookies_unkept("https://acme.test/", DOWN) == []


def test_a_cookie_of_an_answer_with_an_age_came_from_a_cache() -> None:
    found = Page("https://acme.test/", 200, {"age": "30"}, cookies=("a=1",))
    assert only(judge_cookies_unkept("https://acme.test/", found)) is FAIL


@pytest.mark.parametrize(
    ("tries", "status"),
    [
        ({"plain": page(403), "guessed": page(403)}, PASS),
        ({"plain": page(404), "guessed": page(401)}, PASS),
        ({"plain": page(403), "guessed": page(400)}, FAIL),
        ({"plain": page(200)}, FAIL),
        ({"plain": DOWN, "guessed": page(200)}, FAIL),
        ({"plain": page(403), "guessed": DOWN}, UNKNOWN),
        ({"plain": page(503)}, UNKNOWN),
        ({}, UNKNOWN),
    ],
)
def test_the_origin_has_to_refuse_whoever_comes_around_the_edge(tries: dict[str, Page], status: Status) -> None:
    assert judge_origin("203.0.113.7", tries).status is status


def security_txt(*lines: str, kind: str = "text/plain; charset=utf-8", status: int = 200) -> Page:
    return page(status, "\n".join(lines), "https://acme.test/.well-known/security.txt", content_type=kind)


CONTACT = "Contact: mailto:security@acme.test"


def expires(days: int) -> str:
    return f"Expires: {NOW + timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"


@pytest.mark.parametrize(
    ("found", "status"),
    [
        (security_txt(CONTACT, expires(180)), PASS),
        (security_txt("# who to tell", "", CONTACT, expires(180), "Preferred-Languages: en, de"), PASS),
        (security_txt(CONTACT, expires(180), "Canonical: https://acme.test/.well-known/security.txt"), PASS),
        (security_txt(CONTACT, expires(180), "Canonical: https://other.test/.well-known/security.txt"), FAIL),
        (security_txt(CONTACT, expires(-1)), FAIL),
        (security_txt(CONTACT, expires(7)), WARN),
        (security_txt(CONTACT, expires(800)), WARN),
        (security_txt(CONTACT), FAIL),
        (security_txt(expires(180)), FAIL),
        (security_txt(CONTACT, expires(180), expires(180)), FAIL),
        (security_txt("Contact: security@acme.test", expires(180)), FAIL),
        (security_txt("Contact: http://acme.test/report", expires(180)), FAIL),
        (security_txt(CONTACT, "Expires: next year"), FAIL),
        (security_txt(CONTACT, "Expires: 2027-02-31T00:00:00Z"), FAIL),
        (security_txt("<html>", status=200, kind="text/html"), WARN),
        (security_txt("nothing", status=404), WARN),
        (DOWN, UNKNOWN),
    ],
)
def test_security_txt_follows_its_rfc(found: Page, status: Status) -> None:
    assert judge_security_txt(HOST, found, NOW).status is status


@pytest.mark.parametrize(
    ("found", "status"),
    [
        (page(200, '{"status": "ok"}'), PASS),
        (page(503, '{"status": "ok"}'), FAIL),
        (page(200, '{"status": "starting"}'), FAIL),
        (page(200, "<html>"), FAIL),
        (page(200, "[]"), FAIL),
        (DOWN, UNKNOWN),
    ],
)
def test_health_is_what_the_service_says_of_itself(found: Page, status: Status) -> None:
    assert judge_health("https://api.acme.test/health", "192.0.2.1", found).status is status


@pytest.mark.parametrize(
    ("outcome", "data", "status"),
    [(Outcome.ANSWER, ("2001:db8::1",), PASS), (Outcome.NODATA, (), WARN), (Outcome.FAILED, (), UNKNOWN)],
)
def test_a_host_needs_an_ipv6_address(outcome: Outcome, data: tuple[str, ...], status: Status) -> None:
    assert judge_published(HOST, Answer(Question(HOST, "AAAA"), outcome, data)).status is status


@pytest.mark.parametrize(
    ("pages", "status"),
    [({"::1": page(404)}, PASS), ({"::1": page(521)}, FAIL), ({"::1": page(), "::2": DOWN}, UNKNOWN)],
)
def test_every_ipv6_address_has_to_answer(pages: dict[str, Page], status: Status) -> None:
    assert judge_answers(HOST, pages).status is status


ON_CALL = "oncall@acme.test"


@pytest.mark.parametrize(
    ("known", "status"),
    [
        (Notified(arrived=(ON_CALL,)), PASS),
        (Notified(signed="Ada, 2026-11-26T10:00:00+00:00"), PASS),
        (Notified(arrived=("other@acme.test",)), FAIL),
        (Notified(arrived=(ON_CALL,), mute=("The API cannot be reached",)), FAIL),
        (Notified(mute=("The API cannot be reached",)), FAIL),
        (Notified(error="refused"), UNKNOWN),
        (Notified(), UNKNOWN),
    ],
)
def test_a_notification_has_to_have_arrived(known: Notified, status: Status) -> None:
    found = judge_notification(ON_CALL, known)
    assert found.status is status
    assert ("checklist sign" in found.fix) is (known == Notified())
