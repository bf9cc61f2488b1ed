from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from monitors.alerts import Alert
from monitors.cases.case import RATES, Case
from monitors.cases.catalogue import CASES, watched
from monitors.cases.mutants import mutants
from monitors.cases.promtool import files
from monitors.promql.parsing import parse
from monitors.promql.samples import Dialect
from monitors.promql.syntax import depth

ALERTS = watched()
SELDOM = {"GOGC": "400"}  # Go's collector runs when the heap is five times as large: a fifth less work, 230 MB


def cases_of(alert: Alert) -> list[Case]:
    return [case for case in CASES if case.alert == alert.id]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_an_alert_is_open_just_when_its_case_says(case: Case) -> None:
    assert case.seen(ALERTS[case.alert]) == case.open


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_it_is_within_a_minute_for_each_window_where_windows_are_left_open(case: Case) -> None:
    alert = ALERTS[case.alert]
    slack = max(depth(parse(alert.promql)), case.step)
    seen = case.seen(alert, Dialect.LEFT_OPEN)
    assert case.holds(seen, slack), f"{seen} instead of {case.open}"


@pytest.mark.parametrize("alert", ALERTS.values(), ids=lambda alert: alert.id)
def test_every_alert_has_cases_that_fire_stay_silent_and_recover_at_each_traffic(alert: Alert) -> None:
    of_level = {level: [case for case in cases_of(alert) if case.level == level] for level in RATES}
    for level, cases in of_level.items():
        assert any(case.open for case in cases), level
        assert any(not case.open for case in cases), level
        assert any(end < case.grid[-1] // 60 for case in cases for _, end in case.open), level


@pytest.mark.parametrize("alert", ALERTS.values(), ids=lambda alert: alert.id)
def test_no_mistake_in_a_threshold_a_label_or_a_window_goes_unnoticed(alert: Alert) -> None:
    played = [(case, case.evaluation()) for case in cases_of(alert)]
    found = list(mutants(parse(alert.promql), alert.sustained))
    assert len(found) > 5
    unnoticed = [
        mutant.mistake
        for mutant in found
        if all(
            case.seen_of(mutant.expression, mutant.sustained, evaluation) == case.open for case, evaluation in played
        )
    ]
    assert unnoticed == []


@pytest.mark.parametrize("alert", ALERTS.values(), ids=lambda alert: alert.id)
def test_prometheus_own_engine_agrees_on_every_case(alert: Alert, tool: Callable[[str], str], tmp_path: Path) -> None:
    written = files(alert, cases_of(alert))
    for name, content in written.items():
        (tmp_path / name).write_text(content)
    tests = [name for name in written if name.startswith("test-")]
    ran = subprocess.run(
        [tool("promtool"), "test", "rules", *tests],
        cwd=tmp_path,
        env={**os.environ, **SELDOM},
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert ran.returncode == 0, f"{ran.stdout}{ran.stderr}"[:4_000]


def test_promtool_is_asked_about_every_case() -> None:
    asked = [content for alert in ALERTS.values() for content in files(alert, cases_of(alert)).values()]
    assert sum(content.count('"alert_rule_test"') for content in asked) == len(CASES)
