"""Judges BIMI, the logo beside a domain's mail: draft-brand-indicators-for-message-identification."""

from __future__ import annotations

import re

from blueprint.finding import Finding
from verify.answers.dns import Answer, Outcome
from verify.answers.page import Page
from verify.judge.check import Check
from verify.mail.bimi_record import BimiError, BimiRecord, is_bimi, parse
from verify.mail.dmarc_record import Policy
from verify.mail.dmarc_walk import Walk
from verify.mail.nearly import nearly, told

LARGEST = 32 * 1_024  # bytes; draft-svg-tiny-ps-abrotman section 3
FIX = "Set mail.bimi in the stack's config and run `./launch up --refresh`."
_TINY = re.compile(r"<svg\b[^>]*\bbaseProfile\s*=\s*[\"']tiny-ps[\"']", re.DOTALL)


def judge_bimi(name: str, answer: Answer) -> tuple[Finding, BimiRecord | None]:
    """Return whether there is one BIMI record of the right form, and the record."""
    check = Check("mail.bimi.record", name, "one record v=BIMI1 with the https address of a logo", FIX)
    if answer.outcome is Outcome.FAILED:
        return check.unknown(answer.detail), None
    found = [text for text in answer.data if is_bimi(text)]
    if len(found) != 1:
        almost = told(nearly("BIMI", answer.data, is_bimi), "v=BIMI1;")
        return check.decided(False, f"{len(found)} records{almost}", "\n".join(answer.data)), None
    try:
        record = parse(found[0])
    except BimiError as error:
        return check.decided(False, str(error), found[0]), None
    return check.decided(True, found[0]), record


def judge_enforced(domain: str, walk: Walk) -> Finding:
    """Return whether DMARC is strict enough for a logo: quarantine or reject, for all mail and all subdomains."""
    check = Check(
        "mail.bimi.dmarc",
        domain,
        "DMARC with quarantine or reject in force, for subdomains too: without it no logo is shown",
        "Raise mail.dmarc.policy when the reports are clean.",
    )
    if walk.applicable is None:
        return check.unknown(walk.failures[0]) if walk.failures else check.decided(False, "no DMARC record")
    record = walk.applicable[1]
    weak = [each for each in (record.own, record.subdomains) if record.applied(each) is Policy.NONE]
    strict = not weak and record.percent == 100
    return check.decided(strict, f"domain {record.own}, subdomains {record.subdomains}", record.text)


def judge_logo(url: str, page: Page) -> Finding:
    """Return whether the logo is served as the SVG profile that mailbox providers take."""
    check = Check(
        "mail.bimi.logo",
        url,
        f"200, image/svg+xml of the profile tiny-ps, at most {LARGEST} bytes",
        "Export the logo as SVG Tiny PS (baseProfile tiny-ps) and serve it at this address.",
    )
    if page.error:
        return check.unknown(page.error)
    kind = page.headers.get("content-type", "").partition(";")[0].strip().lower()
    observed = f"{page.status} {kind}, {len(page.body.encode())} bytes"
    if not _TINY.search(page.body):
        observed += ", not of the profile tiny-ps"
    fits = len(page.body.encode()) <= LARGEST and _TINY.search(page.body)
    return check.decided(bool(page.status == 200 and kind == "image/svg+xml" and fits), observed)
