"""The page of tests and proofs has a row for every acceptance criterion."""

from __future__ import annotations

import re
from pathlib import Path

from flows.accept.runner import CRITERIA, PREFIX

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "testing.md").read_text()


def test_every_criterion_has_a_row_and_no_other_has() -> None:
    table = PAGE.split("## The acceptance criteria")[1].split("\n## ")[0]
    rows = set(re.findall(r"^\| `([a-z_.]+)` \|", table, re.MULTILINE))
    assert rows == {id_.removeprefix(PREFIX) for id_ in CRITERIA}


def test_what_a_client_does_by_itself_is_shown_for_that_version() -> None:
    rows = re.findall(r"^\| (\S+) \| (\S+) \| .* \| `(findings/\w+\.sh)` \|$", PAGE, re.MULTILINE)
    assert rows
    assert [row for row in rows if f" {row[0]}=={row[1]} " not in (ROOT / row[2]).read_text()] == []


def test_the_findings_are_on_the_page_or_among_the_traps() -> None:
    told = PAGE + (ROOT / "docs" / "traps.md").read_text()
    scripts = [script.name for script in (ROOT / "findings").iterdir()]
    assert [name for name in scripts if f"findings/{name}" not in told] == []
