"""Judges certificates, redirects, HSTS, caching and health."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from blueprint.finding import Finding
from blueprint.outputs import RedirectPromise
from verify.judge.check import Check
from verify.observe.tls import Handshake
from verify.observe.web import Page

CERTIFICATE_MARGIN = timedelta(days=14)
PERMANENT = (301, 308)
_MAX_AGE = re.compile(r'max-age="?(\d+)', re.IGNORECASE)  # RFC 6797 section 6.1.1


def judge_certificate(handshake: Handshake, now: datetime) -> Finding:
    """Return whether the host shows a trusted certificate for its name that lasts for two more weeks."""
    check = Check(
        "web.tls.certificate",
        handshake.host,
        f"a trusted certificate for this name, valid for {CERTIFICATE_MARGIN.days} more days",
        "In Cloudflare, look at SSL/TLS → Edge Certificates: Universal SSL has to be on and the name proxied.",
    )
    if handshake.refused:
        return check.decided(False, handshake.error)
    if handshake.not_after is None:
        return check.unknown(handshake.error)
    left = handshake.not_after - now
    return check.decided(left >= CERTIFICATE_MARGIN, f"{left.days} days left, {handshake.version}", handshake.issuer)


def judge_https_redirect(host: str, page: Page) -> Finding:
    """Return whether a plain http request is sent to the same place by https, for good."""
    check = Check(
        "web.redirect.https",
        host,
        f"{page.url} answers 301 or 308 to https",
        "Switch 'Always Use HTTPS' on: run `./launch up --refresh`, the zone settings of the stack do it.",
    )
    if page.error:
        return check.unknown(page.error)
    wanted = page.url.replace("http://", "https://", 1)
    found = page.headers.get("location", "")
    return check.decided(page.status in PERMANENT and found == wanted, _redirection(page), wanted)


def judge_redirect(promise: RedirectPromise, path: str, page: Page) -> Finding:
    """Return whether the promised redirect goes to its target in one hop and keeps the path."""
    check = Check(
        "web.redirect.target",
        promise.source,
        f"{promise.status} to {promise.target}{path}",
        "Run `./launch up --refresh`: the zone's redirect ruleset is written from `redirects` in the stack's config.",
    )
    if page.error:
        return check.unknown(page.error)
    as_promised = page.status == promise.status and page.headers.get("location") == f"{promise.target}{path}"
    return check.decided(as_promised, _redirection(page))


def _redirection(page: Page) -> str:
    return " ".join([str(page.status), *(["to", page.headers["location"]] if "location" in page.headers else [])])


def judge_hsts(host: str, max_age: int, page: Page) -> Finding:
    """Return whether the first https answer of the host carries the promised HSTS (RFC 6797); `max_age` in seconds."""
    check = Check(
        "web.hsts.first_hop",
        host,
        f"strict-transport-security with max-age of at least {max_age} on the first https answer",
        "Run `./launch up --refresh`; the lifetime is cloudflare.hsts_max_age in the stack's config.",
    )
    if page.error:
        return check.unknown(page.error)
    value = page.headers.get("strict-transport-security", "")
    found = _MAX_AGE.search(value)
    return check.decided(bool(found and int(found[1]) >= max_age), value or "no such header")


def judge_cached(url: str, pages: Sequence[Page]) -> Finding:
    """Return whether an asset, fetched several times, comes from the edge's cache at last."""
    check = Check(
        "web.cache.hit",
        url,
        "CF-Cache-Status: HIT when it is fetched again",
        "See that the web host sends no Set-Cookie and no Cache-Control: no-store with its assets, then `./launch up`.",
    )
    failed = [page.error for page in pages if page.error]
    if failed or not pages:
        return check.unknown(failed[0] if failed else "no asset was found on the page")
    states = [page.headers.get("cf-cache-status", "no such header") for page in pages]
    return check.decided(states[-1] == "HIT" and pages[-1].status == 200, " → ".join(states))


def judge_never_cached(url: str, page: Page) -> Finding:
    """Return whether an answer of the API is kept out of the edge's cache."""
    check = Check(
        "web.cache.never",
        url,
        "an answer that no cache keeps",
        "Run `./launch up --refresh`: the cache ruleset bypasses the API's host.",
    )
    if page.error:
        return check.unknown(page.error)
    state = page.headers.get("cf-cache-status", "absent")
    return check.decided(state in ("DYNAMIC", "BYPASS", "absent"), f"CF-Cache-Status: {state}")


def judge_health(url: str, page: Page) -> Finding:
    """Return whether the handlers say that they are well, by the way that webhooks come in."""
    check = Check(
        "web.health.ok",
        url,
        '200 and {"status": "ok"}',
        "`./launch logs intake` shows why the service does not answer.",
    )
    if page.error:
        return check.unknown(page.error)
    try:
        said = json.loads(page.body)
    except ValueError:
        said = None
    healthy = page.status == 200 and isinstance(said, dict) and said.get("status") == "ok"
    return check.decided(healthy, f"{page.status} {page.body[:200]}".strip())
