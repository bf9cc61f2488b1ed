"""Judges what the edge's cache keeps: assets always, the API and what belongs to one visitor never."""

from __future__ import annotations

from collections.abc import Sequence

from blueprint.finding import Finding
from verify.answers.page import Page
from verify.judge.check import Check

STATE = "cf-cache-status"
# Cloudflare, "Cloudflare cache responses": NONE and UNKNOWN are answers that the edge itself made
NOT_KEPT = ("DYNAMIC", "BYPASS", "NONE", "NONE/UNKNOWN", "UNKNOWN", "absent")
FROM_CACHE = ("HIT", "REVALIDATED", "STALE", "UPDATING")
TROUBLED = range(500, 600)  # says nothing of what becomes of a good answer
RULES = "Run `./launch up --refresh`: the cache ruleset bypasses the API's host."


def judge_cached(url: str, pages: Sequence[Page]) -> Finding:
    """Return whether an asset, fetched several times, comes from the edge's cache at last."""
    check = Check(
        "web.cache.hit",
        url,
        "CF-Cache-Status: HIT when it is fetched again",
        "Make sure that the web host sends no Set-Cookie and no Cache-Control: no-store with its assets, "
        "then run `./launch up`.",
    )
    failed = [page.error for page in pages if page.error]
    if failed or not pages:
        return check.unknown(failed[0] if failed else "no asset was found on the page")
    states = [page.headers.get(STATE, "no such header") for page in pages]
    return check.decided(states[-1] == "HIT" and pages[-1].status == 200, " → ".join(states))


def judge_never_cached(url: str, pages: Sequence[Page]) -> Finding:
    """Return whether an answer of the API is kept out of the edge's cache, however often it is asked for."""
    return _never(Check("web.cache.never", url, "an answer of the API that no cache keeps", RULES), pages)


def judge_cookie_uncached(url: str, pages: Sequence[Page]) -> Finding:
    """Return whether a visitor who sends a cookie gets their own answer, and never one from the cache."""
    expected = "no answer from a cache to a request with a cookie: it may be somebody else's (RFC 9111 section 7.3)"
    return _never(Check("web.cache.cookie", url, expected, RULES), pages)


def judge_cookies_unkept(url: str, page: Page) -> list[Finding]:
    """Return whether a page that sets a cookie came from a cache, which would give one visitor's to all."""
    if page.error or not page.cookies:
        return []
    check = Check(
        "web.cache.set_cookie",
        url,
        "no Set-Cookie on an answer from a cache (RFC 9111 section 7.3)",
        "Set no cookie on pages that are cached, or mark them `Cache-Control: private` at the web host.",
    )
    state, aged = page.headers.get(STATE, "absent"), _is_aged(page)
    told = f"CF-Cache-Status: {state}{', and Age says that a cache kept it' if aged else ''}"
    return [check.decided(state not in FROM_CACHE and not aged, told)]


def _never(check: Check, pages: Sequence[Page]) -> Finding:
    failed = [page.error for page in pages if page.error]
    if failed or not pages:
        return check.unknown(failed[0] if failed else "nothing was asked")
    troubled = [page.status for page in pages if page.status in TROUBLED]
    if troubled:
        return check.unknown(f"it answers {troubled[0]}, which is not kept in any case")
    states = [page.headers.get(STATE, "absent") for page in pages]
    aged = any(_is_aged(page) for page in pages)
    return check.decided(
        all(state in NOT_KEPT for state in states) and not aged, f"CF-Cache-Status: {' → '.join(states)}"
    )


def _is_aged(page: Page) -> bool:
    """Return whether the answer spent time in some cache (RFC 9111 section 5.1)."""
    return page.headers.get("age", "0").strip() not in ("", "0")
