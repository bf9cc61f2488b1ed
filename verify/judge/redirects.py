"""Judges redirects: from http to https, from old hosts to new ones, and how many there are on the way."""

from __future__ import annotations

from urllib.parse import urlsplit

from blueprint.finding import Finding
from blueprint.outputs import MovedPagePromise, RedirectPromise
from verify.answers.page import Page
from verify.judge.check import Check
from verify.web.redirect_chain import LONGEST, Chain

PORTS = {"http": 80, "https": 443}
PERMANENT = (301, 308)
PAGES = "Run `./launch up --refresh`: the account's list of redirects is written from `moved_pages` in the config."
RULES = "Run `./launch up --refresh`: the zone's redirect ruleset is written from `redirects` in the stack's config."


def judge_https_redirect(host: str, page: Page) -> Finding:
    """Return whether a plain http request is sent to the same place by https, for good (RFC 9110 section 15.4)."""
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
    return check.decided(page.status in PERMANENT and _same(found, wanted), _redirection(page), wanted)


def judge_redirect(promise: RedirectPromise, path: str, page: Page) -> Finding:
    """Return whether the promised redirect goes to its target in one hop and keeps path and query, or to its page."""
    wanted = promise.location(path)
    check = Check("web.redirect.target", promise.source, f"{promise.status} to {wanted}", RULES)
    return _led(check, page, promise.status, wanted)


def judge_moved_page(promise: MovedPagePromise, query: str, page: Page) -> Finding:
    """Return whether a page that has moved leads to where it is now, in one hop, with the query where that is kept."""
    wanted = promise.location(query)
    check = Check("web.redirect.page", promise.source, f"{promise.status} to {wanted}", PAGES)
    return _led(check, page, promise.status, wanted)


def _led(check: Check, page: Page, status: int, wanted: str) -> Finding:
    if page.error:
        return check.unknown(page.error)
    as_promised = page.status == status and _same(page.headers.get("location", ""), wanted)
    return check.decided(as_promised, _redirection(page))


def judge_chain(host: str, chain: Chain, promised: bool, to_one_page: bool = False) -> Finding:
    """Return whether the way from http ends, with at most one hop after https is reached and never back to http.

    Without a promise a site may redirect its own path elsewhere; it is only a warning then, because old links break.
    A host that leads `to_one_page` keeps no path.
    """
    kept = "to its one page" if to_one_page else "with path and query kept"
    check = Check(
        "web.redirect.chain",
        host,
        f"from http to the page: https, then at most one more redirect, {kept}",
        RULES,
    )
    if chain.error:
        return check.unknown(chain.error)
    fault = _fault(chain)
    if fault:
        return check.decided(False, fault, chain.told)
    if not to_one_page and _place(chain.end) != _place(chain.pages[0].url):
        lost = f"path and query are lost: {chain.end}"
        return check.decided(False, lost, chain.told) if promised else check.warned(lost, chain.told)
    return check.decided(True, f"{len(chain.pages)} answers, to {chain.end}", chain.told)


def _fault(chain: Chain) -> str:
    urls = [*(page.url for page in chain.pages[1:]), *([chain.end] if chain.leaves else [])]
    secure = [url.startswith("https://") for url in urls]
    if chain.loops:
        return f"it loops: {chain.told}"
    if len(chain.pages) >= LONGEST:
        return f"it has no end after {LONGEST} redirects"
    if True in secure and not all(secure[secure.index(True) :]):
        return f"it leads back to http: {chain.told}"
    hops = sum(secure) - 1
    return f"{hops} redirects after https is reached: {chain.told}" if hops > 1 else ""


def _place(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.path, parts.query


def _same(one: str, other: str) -> bool:
    """Return whether two addresses are one: scheme and host in any case, the usual port told or not (RFC 3986, 6.2)."""
    return one == other or _normal(one) == _normal(other)


def _normal(url: str) -> tuple[str, str | None, int | None, str, str] | str:
    try:
        parts = urlsplit(url)
        port = parts.port or PORTS.get(parts.scheme)
    except ValueError:
        return url
    return parts.scheme, parts.hostname, port, parts.path or "/", f"{parts.query}#{parts.fragment}"


def _redirection(page: Page) -> str:
    return " ".join([str(page.status), *(["to", page.headers["location"]] if "location" in page.headers else [])])
