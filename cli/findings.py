"""How findings are shown: a line or a table row each, the worst first; as JSON lines; as JUnit XML for a CI."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from junitparser import Error, Failure, JUnitXml, TestCase, TestSuite
from rich.table import Table
from rich.text import Text

from blueprint.finding import Finding, Status, verdict
from cli.terminal import Terminal
from engine.errors import FAILED, UNREACHABLE
from verify.run import Report

STYLES = {Status.PASS: "green", Status.WARN: "yellow", Status.FAIL: "bold red", Status.UNKNOWN: "magenta"}
SIGNS = {Status.PASS: "✓", Status.WARN: "!", Status.FAIL: "✗", Status.UNKNOWN: "?"}
CODES = {Status.PASS: 0, Status.WARN: 0, Status.FAIL: FAILED, Status.UNKNOWN: UNREACHABLE}
WORDS = {
    Status.FAIL: "failed",
    Status.UNKNOWN: "could not be checked",
    Status.WARN: "to be fixed",
    Status.PASS: "passed",
}
WORST_FIRST = tuple(WORDS)


def tell(finding: Finding, show: Terminal, *, only_bad: bool) -> None:
    """Show one finding as a result; with `only_bad` only a person is spared those that passed."""
    if finding.status is Status.PASS and only_bad and not show.json:
        return
    lines = [f"{SIGNS[finding.status]} {finding.id:24} {finding.subject}: {finding.observed}"]
    if finding.status is not Status.PASS:
        lines += [f"    expected: {finding.expected}", f"    do: {finding.fix}"]
    if show.json:
        show.raw(finding.to_json())
    else:
        show.result("\n".join(lines), STYLES[finding.status])


def tell_report(report: Report, show: Terminal) -> None:
    """Show a verification group by group, the worst first: tables on a terminal, lines elsewhere."""
    told = [(group, found) for group, found in report.items() if found]
    for group, found in sorted(told, key=lambda item: _rank(verdict(item[1]))):
        ordered = sorted(found, key=lambda finding: _rank(finding.status))
        if show.json:
            for finding in ordered:
                tell(finding, show, only_bad=False)
        elif show.results.is_terminal:
            show.results.print(_table(f"{group.title}: {in_words(found)}", ordered))
        else:
            show.result(f"{group.title}: {in_words(found)}")
            for finding in ordered:
                tell(finding, show, only_bad=False)


def in_words(findings: Iterable[Finding]) -> str:
    """Return how many findings came out how."""
    counts = Counter(finding.status for finding in findings)
    told = [f"{counts[status]} {words}" for status, words in WORDS.items() if counts[status]]
    return ", ".join(told) or "nothing to check"


def _rank(status: Status) -> int:
    return WORST_FIRST.index(status)


def _table(title: str, findings: Iterable[Finding]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, show_header=False, expand=True)
    for ratio in (None, 3, 3, 7):  # sign, check, subject, what was seen
        table.add_column(ratio=ratio, overflow="fold")
    for finding in findings:
        seen = finding.observed
        if finding.status is not Status.PASS:
            seen += f"\nexpected: {finding.expected}\ndo: {finding.fix}"
        style = STYLES[finding.status]
        cells = (SIGNS[finding.status], finding.id, finding.subject, seen)
        table.add_row(*(Text(cell, style=style) for cell in cells))
    return table


def junit(report: Report) -> str:
    """Return a verification as JUnit XML: a suite a group, failures for what failed, errors for what is unknown."""
    xml = JUnitXml()
    for group, found in report.items():
        suite = TestSuite(group.title)
        suite.add_testcases([_case(group.name, finding) for finding in found])
        xml.add_testsuite(suite)
    return str(xml.tostring().decode())  # type: ignore[no-untyped-call]  # it comes half typed


def _case(group: str, finding: Finding) -> TestCase:
    case = TestCase(f"{finding.id} {finding.subject}", classname=f"verify.{group}")
    words = f"expected: {finding.expected}\nseen: {finding.observed}\ndo: {finding.fix}"
    kinds = {Status.FAIL: Failure, Status.UNKNOWN: Error}
    if finding.status in kinds:
        problem = kinds[finding.status](finding.observed, type_=str(finding.status))
        problem.text = words
        case.result = [problem]
    elif finding.status is Status.WARN:
        case.system_out = words
    return case
