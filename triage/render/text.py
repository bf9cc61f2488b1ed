"""A report as plain lines, ordered by the first hour's steps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from blueprint.finding import Status
from triage.model import STEP_TITLES, Cause, Found, Report, Step

SIGNS = {Status.FAIL: "✗", Status.WARN: "!", Status.UNKNOWN: "?", Status.PASS: "✓"}
EACH = 5  # places of one check that are shown
NEXT = (
    ("--html report.html", "the same as one page, with a picture of where data flows and leaks"),
    ("--fix-plan", "what to repair first, with the settings that each repair needs"),
)


def worst(report: Report, count: int = 5) -> list[Found]:
    """Return the worst findings, one a check and file first."""
    ordered = sorted(
        report.found,
        key=lambda one: (-one.check.weight, one.sure != "certain", one.finding.path or "", one.finding.line or 0),
    )
    chosen: dict[str, Found] = {}
    for found in ordered:
        chosen.setdefault(found.check.id, found)
    rest = [found for found in ordered if found not in chosen.values()]
    return [*chosen.values(), *rest][:count]


def counts(report: Report) -> dict[Status, int]:
    """Return how many findings came out how."""
    made = Counter(found.finding.status for found in report.found)
    return {status: made[status] for status in (Status.FAIL, Status.WARN, Status.UNKNOWN)}


def by_cause(report: Report) -> dict[Cause, int]:
    """Return how many findings each root cause has, in the order of the causes."""
    made = Counter(found.check.cause for found in report.found if found.check.cause)
    return {cause: made[cause] for cause in Cause}


def where(found: Found) -> str:
    """Return a finding's place: file and line, or what was looked at in an account."""
    if not found.finding.path:
        return found.finding.subject
    line = f":{found.finding.line}" if found.finding.line else ""
    return f"{found.finding.path}{line}"


def said(found: Found) -> str:
    """Return the first sentence of what was seen."""
    return found.finding.observed.partition(". ")[0].rstrip(".") + "."


def lines(report: Report) -> Iterator[str]:
    """Yield the report line by line."""
    made = counts(report)
    told = f"{made[Status.FAIL]} to fix now, {made[Status.WARN]} to fix soon, {made[Status.UNKNOWN]} unclear"
    yield f"{told}, in {report.files} files ({report.seconds:.1f} s)"
    yield ""
    yield "The worst:"
    for found in worst(report):
        yield f"  {SIGNS[found.finding.status]} {found.check.title}"
        yield f"      {where(found)}  {said(found)}"
    yield from ("", "Root causes:")
    for cause, count in by_cause(report).items():
        yield f"  {count:4}  {cause}"
    for step in Step:
        yield from _step(report, step)
    for found, exemption in report.exempted:
        yield f"accepted until {exemption.until}: {where(found)}  {found.check.title} ({exemption.reason})"
    yield from _next(report)


def _step(report: Report, step: Step) -> Iterator[str]:
    found = [one for one in report.found if one.check.step is step]
    yield from ("", f"{int(step)}. {STEP_TITLES[step]}: {len(found) or 'no'} finding{'' if len(found) == 1 else 's'}")
    kinds: dict[tuple[str, Status, str], list[Found]] = {}
    for one in found:
        kinds.setdefault((one.check.id, one.finding.status, one.finding.fix), []).append(one)
    for alike in kinds.values():
        yield from _kind(alike)
    yield f"  checked: {', '.join(report.checked.get(step, ())) or 'nothing, there was nothing to look at'}"
    for missing in report.unchecked:
        if missing.step is step:
            yield f"  not checked: {missing.what} ({missing.why})"


def _kind(alike: list[Found]) -> Iterator[str]:
    """Yield the findings of one check: what they mean once, then the places."""
    first = alike[0]
    yield f"  {SIGNS[first.finding.status]} {first.check.title} [{first.check.id}]"
    yield f"      why: {first.check.why}"
    yield f"      do: {first.finding.fix}  (ends it: {first.check.part})"
    for one in alike[:EACH]:
        yield f"      {where(one)}  {one.finding.observed}{'' if one.sure == 'certain' else f' ({one.sure})'}"
    if len(alike) > EACH:
        yield f"      … and {len(alike) - EACH} more place{'' if len(alike) == EACH + 1 else 's'} (--json lists all)"


def _next(report: Report) -> Iterator[str]:
    """Yield what to do with a report that says something."""
    if report.found:
        yield from ("", "Next:")
        yield from (f"  {option:<20}{gives}" for option, gives in NEXT)
    if report.found and report.unchecked:
        open_ = f"{len(report.unchecked)} check{'' if len(report.unchecked) == 1 else 's'}"
        yield f"  {'--online':<20}asks your accounts too, reading only: {open_} could not be made without them"
