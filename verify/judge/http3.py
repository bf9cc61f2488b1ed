"""Judges the announcement of HTTP/3 (RFC 9114 section 3.1.1, Alt-Svc of RFC 7838)."""

from __future__ import annotations

import re

from blueprint.finding import Finding
from verify.answers.page import Page
from verify.judge.check import Check

HEADER = "alt-svc"
_H3 = re.compile(r'(?:^|,)\s*h3="[^"]*:\d{1,5}"')


def judge_http3(host: str, page: Page, promised: bool) -> list[Finding]:
    """Return whether browsers are told that HTTP/3 is spoken; nothing where it is neither promised nor found."""
    check = Check(
        "tls.http3.announced",
        host,
        'alt-svc with h3=":443" (RFC 9114 section 3.1.1)',
        "Run `./launch up --refresh`: the zone's setting http3 is on. Without it pages load more slowly "
        "on poor connections.",
    )
    value = page.headers.get(HEADER, "")
    if not promised and not value:
        return []
    if page.error:
        return [check.unknown(page.error)]
    return [check.decided(True, value) if _H3.search(value) else check.warned(value or "no such header")]
