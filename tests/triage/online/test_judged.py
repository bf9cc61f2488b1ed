from __future__ import annotations

import json
from pathlib import Path

import pytest
from planted import ALSO, FAULTS, HANDLED, NOW, Rows, good, with_fault, write

from triage.catalogue import CHECKS
from triage.model import Step
from triage.online.answers import collect
from triage.online.judged import judged
from triage.online.questions import QUESTIONS
from triage.online.recorded import Recorded
from triage.scan import Options, scan

ONLINE = sorted(name for name in CHECKS if name.startswith("online."))


def found(folder: Path, rows: Rows) -> set[str]:
    answers = collect(Recorded(write(folder, rows)))
    assert not answers.missing
    return {hit.check for hit in judged(answers, HANDLED, "1.2.0", NOW)}


def test_a_project_where_all_is_well_has_no_finding(tmp_path: Path) -> None:
    assert found(tmp_path, good()) == set()


def test_each_check_of_accounts_has_a_planted_fault_and_each_question_an_answer() -> None:
    assert sorted(FAULTS) == ONLINE
    assert {question.id for question in QUESTIONS} == set(good())


@pytest.mark.parametrize("name", ONLINE)
def test_a_planted_fault_is_found_and_nothing_else(name: str, tmp_path: Path) -> None:
    assert found(tmp_path, with_fault(name)) == {name} | ALSO.get(name, frozenset())


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.id)
def test_an_answer_that_is_missing_is_told_and_never_a_finding(question, tmp_path: Path) -> None:
    rows = {name: answer for name, answer in good().items() if name != question.id}
    answers = collect(Recorded(write(tmp_path, rows)))
    assert [(one.step, one.what) for one in answers.missing] == [(question.step, question.what)]
    assert list(judged(answers, HANDLED, "1.2.0", NOW)) == []


@pytest.mark.parametrize("text", ["", "[]", "3", '{"rows": 3}', '{"rows": [3]}', "{" * 3000, '{"refused": "HTTP 403"}'])
def test_a_recorded_answer_that_is_wrong_is_told_and_ends_nothing(text: str, tmp_path: Path) -> None:
    (write(tmp_path, good()) / "stripe/events.json").write_text(text)
    answers = collect(Recorded(tmp_path))
    assert [one.what for one in answers.missing] == ["Stripe events and their delivery"]


@pytest.mark.parametrize("value", [None, 3, "x", [], {}, [None], [[1]], {"x": None}])
def test_rows_of_any_shape_end_nothing(value: object, tmp_path: Path) -> None:
    rows = good()
    for found_rows in rows.values():
        for row in found_rows:
            for key in list(row):
                if key not in {"collection", "id"}:
                    row[key] = value
    answers = collect(Recorded(write(tmp_path, rows)))
    list(judged(answers, HANDLED, "1.2.0", NOW))


def test_a_scan_reports_accounts_beside_the_code(tmp_path: Path) -> None:
    root = tmp_path / "app"
    root.mkdir()
    (root / "pubspec.yaml").write_text("name: acme\nversion: 1.2.0+43\nenvironment:\n  sdk: ^3.0.0\nflutter:\n")
    recorded = write(tmp_path / "recorded", with_fault("online.log.refused"))
    options = Options(NOW, history=False, use_git=False, source=lambda _app: Recorded(recorded))
    report = scan(root, options).report
    assert [(one.check.id, one.finding.path, one.finding.subject) for one in report.found] == [
        ("online.log.refused", None, "webhook")
    ]
    assert CHECKS["online.iam.broad"].title in report.checked[Step.SECRETS]
    assert [one.what for one in report.unchecked if one.step is Step.MONITORING] == []
    assert json.loads(report.found[0].finding.to_json())["status"] == "fail"
