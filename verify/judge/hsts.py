"""Judges Strict-Transport-Security (RFC 6797), on the first https answer, and what its preload list asks for."""

from __future__ import annotations

from collections.abc import Sequence

from blueprint.finding import Finding
from verify.answers.page import Page
from verify.judge.check import Check
from verify.web.hsts import ONE_YEAR, Hsts, HstsError, parse_hsts

HEADER = "strict-transport-security"


def judge_hsts(host: str, promised: int | None, page: Page) -> Finding:
    """Return whether the first https answer of the host carries HSTS, a redirect too (RFC 6797 section 7.2).

    `promised` is the least max-age in seconds. Where nothing is promised, less than a year is a warning.
    """
    least = ONE_YEAR if promised is None else promised
    check = Check(
        "tls.hsts.first_hop",
        host,
        f"{HEADER} with max-age of at least {least} on the first https answer (RFC 6797)",
        "Run `./launch up --refresh`; the lifetime is cloudflare.hsts_max_age in the stack's config.",
    )
    if page.error:
        return check.unknown(page.error)
    value = page.headers.get(HEADER, "")
    try:
        found = parse_hsts(value)
    except HstsError as error:
        return check.decided(False, f"{error}: {value}" if value else "no such header")
    if promised is None and 0 < found.max_age < least:
        return check.warned(value)
    return check.decided(found.max_age >= least, value)


def judge_preload(domain: str, first: Page, plain: Page, others: Sequence[Page]) -> list[Finding]:
    """Return whether a domain that asks for the preload list would be taken; nothing where it does not ask.

    `first` is the domain's first https answer, `plain` that by http, `others` those of its other hosts by https. The
    rules are those of hstspreload.org, "Submission Requirements".
    """
    check = Check(
        "tls.hsts.preload",
        domain,
        f"max-age of at least {ONE_YEAR}, includeSubDomains and preload on the domain itself, http that leads to https "
        "on the same host, every subdomain by https (hstspreload.org)",
        "Raise cloudflare.hsts_max_age first and make sure that every subdomain serves https; only then ask "
        "for preload, which takes months to undo.",
    )
    try:
        header = parse_hsts(first.headers.get(HEADER, ""))
    except HstsError:
        return []
    if not header.preload:
        return []
    lacks, unseen = _lacks(domain, header, plain), [page.error for page in others if page.error]
    if unseen and not lacks:
        return [check.unknown(unseen[0])]
    return [check.decided(not lacks, "; ".join(lacks) or first.headers[HEADER])]


def _lacks(domain: str, header: Hsts, plain: Page) -> list[str]:
    target = plain.headers.get("location", "")
    # A closed port 80 is allowed, so a page that could not be fetched is not a fault.
    led = plain.error or target.startswith(f"https://{domain}/") or target == f"https://{domain}"
    return [
        *header.lacks_for_preload,
        *([] if led else [f"http://{domain} does not redirect to https on the same host first"]),
    ]
