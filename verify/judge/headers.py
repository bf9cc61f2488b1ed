"""Judges the headers by which a page protects its visitors, and the flags of its cookies."""

from __future__ import annotations

from collections.abc import Mapping

from blueprint.finding import Finding
from verify.answers.page import Page
from verify.judge.check import Check
from verify.web.cookies import parse_cookie
from verify.web.csp import framed_by_anyone, parse_policies, script_holes

RULE = "Run `./launch up --refresh`: the edge's response header rule sets it on every answer."
SAFE_REFERRERS = (
    "no-referrer",
    "same-origin",
    "strict-origin",
    "strict-origin-when-cross-origin",
)
LEAKY_REFERRERS = ("unsafe-url", "no-referrer-when-downgrade", "origin-when-cross-origin", "origin")
FRAMED_BY_NOBODY = ("deny", "sameorigin")
WORTH_COMPRESSING = 1_400  # bytes: what is smaller fits into one packet anyway
COMPRESSED = ("br", "gzip", "zstd", "deflate")
TEXTS = ("text/", "application/javascript", "application/json", "application/wasm", "image/svg+xml")


def judge_headers(host: str, page: Page, promised: Mapping[str, str]) -> list[Finding]:
    """Return the findings on one page's headers; those `promised` have to be there word for word."""
    return [
        *_promised(host, page, promised),
        _nosniff(host, page),
        _framing(host, page),
        _referrer(host, page),
        _scripts(host, page),
        *_compression(host, page),
        *_cookies(host, page),
    ]


def _promised(host: str, page: Page, promised: Mapping[str, str]) -> list[Finding]:
    if not promised:
        return []
    check = Check("web.headers.promised", host, ", ".join(promised), f"{RULE} Add others under web.headers.")
    if page.error:
        return [check.unknown(page.error)]
    found = {name: page.headers.get(name.lower(), "missing") for name in promised}
    wrong = [f"{name}: {value}" for name, value in found.items() if value != promised[name]]
    return [check.decided(not wrong, "; ".join(wrong) or "all as promised")]


def _nosniff(host: str, page: Page) -> Finding:
    check = Check(
        "web.headers.nosniff",
        host,
        "X-Content-Type-Options: nosniff, so that no upload runs as a script (Fetch standard, section 3.6)",
        RULE,
    )
    value = page.headers.get("x-content-type-options", "")
    first = value.partition(",")[0].strip().lower()
    return check.unknown(page.error) if page.error else check.decided(first == "nosniff", value or "no such header")


def _framing(host: str, page: Page) -> Finding:
    check = Check(
        "web.headers.framing",
        host,
        "Content-Security-Policy with frame-ancestors, or X-Frame-Options DENY or SAMEORIGIN, so that no other site "
        "can lay itself over the page (CSP Level 3, section 6.4.2; RFC 7034)",
        RULE,
    )
    if page.error:
        return check.unknown(page.error)
    said = [framed_by_anyone(policy) for policy in parse_policies(page.headers.get("content-security-policy", ""))]
    options = page.headers.get("x-frame-options", "")
    if any(one is not None for one in said):  # frame-ancestors takes the place of the older header
        return check.decided(False in said, page.headers["content-security-policy"])
    same = {value.strip().lower() for value in options.split(",")}
    return check.decided(len(same) == 1 and same <= set(FRAMED_BY_NOBODY), options or "no such header")


def _referrer(host: str, page: Page) -> Finding:
    check = Check(
        "web.headers.referrer",
        host,
        "a Referrer-Policy that tells other sites no paths (W3C Referrer Policy, section 3)",
        RULE,
    )
    if page.error:
        return check.unknown(page.error)
    value = page.headers.get("referrer-policy", "")
    known = [one for one in value.lower().replace(" ", "").split(",") if one in (*SAFE_REFERRERS, *LEAKY_REFERRERS)]
    if not known:  # browsers then do what strict-origin-when-cross-origin says
        return check.warned(value or "no such header")
    return check.decided(known[-1] in SAFE_REFERRERS, value)


def _scripts(host: str, page: Page) -> Finding:
    check = Check(
        "web.headers.csp",
        host,
        "a Content-Security-Policy that injected scripts cannot bypass (CSP Level 3, section 8.2)",
        f"{RULE} The web host has to add what the app itself loads.",
    )
    if page.error:
        return check.unknown(page.error)
    value = page.headers.get("content-security-policy", "")
    policies = parse_policies(value)
    if not policies:
        return check.warned("no such header")
    holes = [script_holes(policy) for policy in policies]
    if all(holes):  # a script has to pass every policy, so one without holes is enough
        return check.warned(f"scripts from {', '.join(dict.fromkeys(hole for part in holes for hole in part))}", value)
    return check.decided(True, value)


def _compression(host: str, page: Page) -> list[Finding]:
    """Judge only an answer that is worth it: text of some length."""
    if page.error or len(page.body) < WORTH_COMPRESSING or not page.headers.get("content-type", "").startswith(TEXTS):
        return []
    check = Check(
        "web.compression",
        host,
        f"text of more than {WORTH_COMPRESSING} bytes comes compressed (RFC 9110 section 8.4)",
        "Make sure that the web host sends no `Cache-Control: no-transform`; Cloudflare compresses text.",
    )
    used = page.headers.get("content-encoding", "")
    observed = used or f"{len(page.body)} bytes as they are"
    return [check.decided(True, observed) if used in COMPRESSED else check.warned(observed)]


def _cookies(host: str, page: Page) -> list[Finding]:
    """Judge each cookie that the page sets; most set none."""
    return [_cookie(host, header) for header in page.cookies]


def _cookie(host: str, header: str) -> Finding:
    cookie = parse_cookie(header)
    check = Check(
        "web.cookies.flags",
        f"{host} {cookie.name}",
        "Secure, HttpOnly and SameSite (RFC 6265bis section 4.1.2)",
        "Set the flags where the cookie is made, at the web host.",
    )
    evidence = "; ".join([cookie.name, *(f"{name}={value}" for name, value in cookie.attributes.items())])
    if cookie.broken:
        return check.decided(False, "; ".join(cookie.broken), evidence)
    return check.warned("; ".join(cookie.weak), evidence) if cookie.weak else check.decided(True, "all set", evidence)
