"""The page of tests and proofs has a row for every acceptance criterion."""

from __future__ import annotations

import re
from pathlib import Path

from flows.accept.runner import CRITERIA, PREFIX

PAGE = (Path(__file__).parents[2] / "docs" / "testing.md").read_text()


def test_every_criterion_has_a_row_and_no_other_has() -> None:
    table = PAGE.split("## The acceptance criteria")[1].split("\n## ")[0]
    rows = set(re.findall(r"^\| `([a-z_.]+)` \|", table, re.MULTILINE))
    assert rows == {id_.removeprefix(PREFIX) for id_ in CRITERIA}
