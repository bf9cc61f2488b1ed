"""The labelled corpus: recall and precision by category, each at least 0.95."""

from __future__ import annotations

import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cases import Case, cases

from triage.scan import Options, scan

ALL = list(cases())
TODAY = datetime(2026, 11, 29, tzinfo=UTC)
ENOUGH = 0.95


def found(case: Case, folder: Path) -> set[tuple[str, str, int]]:
    for path, text in case.files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    report = scan(folder, Options(TODAY, history=False, use_git=False)).report
    return {(one.check.id, one.finding.path or "", one.finding.line or 0) for one in report.found}


def test_the_corpus_is_large_and_has_hard_negatives() -> None:
    assert len(ALL) >= 120
    assert sum(not case.expected for case in ALL) >= 40
    assert len({case.name for case in ALL}) == len(ALL)


@pytest.mark.parametrize("case", ALL, ids=lambda case: f"{case.category}: {case.name}")
def test_a_case_gives_what_it_is_labelled_with(case: Case, tmp_path: Path) -> None:
    assert found(case, tmp_path) == set(case.expected)


def test_recall_and_precision_are_high_in_each_category(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    right, missed, wrong = Counter[str](), Counter[str](), Counter[str]()
    for number, case in enumerate(ALL):
        seen = found(case, tmp_path / str(number))
        for counter, places in (
            (right, seen & case.expected),
            (missed, case.expected - seen),
            (wrong, seen - case.expected),
        ):
            counter.update(check.split(".")[0] for check, _, _ in places)
    with capsys.disabled():
        for name in sorted({*right, *missed, *wrong}):
            recall, precision = (
                right[name] / max(right[name] + missed[name], 1),
                right[name] / max(right[name] + wrong[name], 1),
            )
            sys.stdout.write(f"\n{name:10} {right[name]:3} right, recall {recall:.3f}, precision {precision:.3f}")
            assert recall >= ENOUGH, f"{name}: {missed[name]} missed"
            assert precision >= ENOUGH, f"{name}: {wrong[name]} wrong"
