"""Judges security.txt (RFC 9116)."""

from __future__ import annotations

from datetime import datetime, timedelta

from blueprint.finding import Finding
from verify.answers.page import Page
from verify.judge.check import Check
from verify.web.securitytxt import PATH, SecurityTxt, SecurityTxtError, parse_security_txt

SOON = timedelta(days=14)
LONGEST = timedelta(days=366)  # section 2.5.5 recommends less than a year


def judge_security_txt(domain: str, page: Page, now: datetime) -> Finding:
    """Return whether people who find a weakness can see where to report it."""
    check = Check(
        "web.security_txt",
        domain,
        f"{PATH} as text/plain, with a Contact and an Expires to come (RFC 9116)",
        f"Put the file at {PATH} of your web app (in Flutter: web{PATH}), and renew its Expires once a year.",
    )
    if page.error:
        return check.unknown(page.error)
    if page.status != 200 or not page.headers.get("content-type", "").startswith("text/plain"):
        return check.warned(f"{page.status} {page.headers.get('content-type', '')}".strip())
    try:
        found = parse_security_txt(page.body)
    except SecurityTxtError as error:
        return check.decided(False, str(error))
    return _dated(check, found, page.url, now)


def _dated(check: Check, found: SecurityTxt, url: str, now: datetime) -> Finding:
    told = f"expires {found.expires:%Y-%m-%d}, contact {', '.join(found.contacts)}"
    if found.expires <= now or (found.canonical and url not in found.canonical):
        return check.decided(False, told if found.expires <= now else f"it says it is for {', '.join(found.canonical)}")
    far_or_near = not SOON <= found.expires - now <= LONGEST
    return check.warned(told) if far_or_near else check.decided(True, told)
