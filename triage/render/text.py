"""A report as plain lines, ordered by the first hour's steps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from blueprint.finding import Status
from triage.model import STEP_TITLES, Cause, Found, Report, Step

SIGNS = {Status.FAIL: "✗", Status.WARN: "!", Status.UNKNOWN: "?", Status.PASS: "✓"}
EACH = 5  # findings of one check that are shown in full


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


def lines(report: Report) -> Iterator[str]:
    """Yield the report line by line."""
    made = counts(report)
    told = f"{made[Status.FAIL]} to fix now, {made[Status.WARN]} to fix soon, {made[Status.UNKNOWN]} unclear"
    yield f"{told}, in {report.files} files ({report.seconds:.1f} s)"
    yield ""
    yield "The worst:"
    for found in worst(report):
        yield f"  {SIGNS[found.finding.status]} {where(found)}  {found.check.title}"
    yield from ("", "Root causes:")
    for cause, count in by_cause(report).items():
        yield f"  {count:4}  {cause}"
    for step in Step:
        yield from _step(report, step)
    for found, exemption in report.exempted:
        yield f"accepted until {exemption.until}: {where(found)}  {found.check.title} ({exemption.reason})"


def _step(report: Report, step: Step) -> Iterator[str]:
    found = [one for one in report.found if one.check.step is step]
    yield from ("", f"{int(step)}. {STEP_TITLES[step]}: {len(found) or 'no'} finding{'' if len(found) == 1 else 's'}")
    shown = Counter[str]()
    for one in found:
        shown[one.check.id] += 1
        if shown[one.check.id] <= EACH:
            yield from _finding(one)
    for name, count in shown.items():
        if count > EACH:
            yield f"  … and {count - EACH} more of {name} (--json lists all)"
    yield f"  checked: {', '.join(report.checked.get(step, ())) or 'nothing, there was nothing to look at'}"
    for missing in report.unchecked:
        if missing.step is step:
            yield f"  not checked: {missing.what} ({missing.why})"


def _finding(one: Found) -> Iterator[str]:
    yield f"  {SIGNS[one.finding.status]} {where(one)}  {one.check.title} [{one.check.id}, {one.sure}]"
    yield f"      {one.finding.observed}"
    yield f"      why: {one.check.why}"
    yield f"      do: {one.finding.fix}  (ends it: {one.check.part})"
