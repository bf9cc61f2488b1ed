"""Comments that accept a finding for a while: `triage: ignore CHECK until YYYY-MM-DD because REASON`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date

from blueprint.finding import Finding, Status
from triage.model import Exemption, FileFacts, Found, Hit

COMMENT = re.compile(
    r"triage:\s*ignore\s+(?P<check>[a-z][a-z0-9.*-]*)(?:\s+until\s+(?P<until>\d{4}-\d{2}-\d{2}))?(?:\s+because\s+(?P<reason>[^\n]*?))?\s*(?:\*/|-->)?\s*$",
    re.MULTILINE,
)


def written(data: bytes) -> tuple[tuple[int, str, str, str], ...]:
    """Return the exemptions in a file as (line, check, until, reason); what is missing is empty."""
    if b"triage:" not in data:
        return ()
    text = data.decode("utf-8", "replace")
    return tuple(
        (text.count("\n", 0, found.start()) + 1, found["check"], found["until"] or "", (found["reason"] or "").strip())
        for found in COMMENT.finditer(text)
    )


def of(path: str, facts: FileFacts) -> list[Exemption]:
    """Return the exemptions of a file."""
    return [Exemption(path, line, check, until, reason) for line, check, until, reason in facts.exempt]


def holds(exemption: Exemption, found: Found, today: date) -> bool:
    """Return whether an exemption takes a finding: same check, on its line or the next, not ended, with a reason."""
    line = found.finding.line or 0
    named = exemption.check == found.check.id or (
        exemption.check.endswith("*") and found.check.id.startswith(exemption.check[:-1])
    )
    here = exemption.path == found.finding.path and exemption.line <= line <= exemption.line + 1
    return named and here and not ended(exemption, today)


def ended(exemption: Exemption, today: date) -> bool:
    """Return whether an exemption holds no more: no reason, no day, a day that is none, or one that is past."""
    try:
        return not exemption.reason or date.fromisoformat(exemption.until) < today
    except ValueError:
        return True


def ended_hits(exemptions: Iterable[Exemption], today: date) -> Iterator[tuple[str, Hit]]:
    """Yield the exemptions that hold no more."""
    for one in exemptions:
        if ended(one, today):
            lack = "has ended" if one.until and one.reason else "names no end" if not one.until else "names no reason"
            yield (
                one.path,
                Hit("exemption.ended", one.line, one.check, f"The exemption from {one.check} {lack}.", one.reason),
            )


def as_findings(exemptions: Iterable[Exemption], today: date) -> list[Finding]:
    """Return each exemption as a finding, for the handover: what is accepted, until when, by which reason, and where.

    One that holds is a warning, because somebody took the risk on; one that holds no more fails.
    """
    made = []
    for one in sorted(exemptions, key=lambda one: (one.until, one.path, one.line)):
        over = ended(one, today)
        until = one.until or "no day that is named"
        words = f"accepted until {until} at {one.path}:{one.line}: {one.reason or 'without a reason'}"
        made.append(
            Finding(
                "exemption.ended" if over else "exemption.accepted",
                one.check,
                Status.FAIL if over else Status.WARN,
                "What is accepted for a while has a reason and a last day that is ahead",
                words,
                fix="Repair it and delete the comment." if over else f"Repair it by {one.until}.",
                path=one.path,
                line=one.line,
            )
        )
    return made
