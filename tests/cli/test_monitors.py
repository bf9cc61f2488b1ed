from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.app import create
from monitors.cases import catalogue
from monitors.cases.verdict import judge

QUIET = {
    "metric": "monitoring.googleapis.com/uptime_check/check_passed",
    "resource": "uptime_url",
    "labels": {"host": "api.acme.test", "checker_location": "usa-iowa"},
    "kind": "GAUGE",
    "points": [[60 * minute, 1.0] for minute in range(60)],
}


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    path = tmp_path / "series.jsonl"
    path.write_text(json.dumps(QUIET))
    return path


def run(*arguments: str) -> tuple[int, list[dict[str, object]]]:
    done = CliRunner().invoke(create(["monitors"]), ["monitors", "test", "--json", *arguments])
    return done.exit_code, [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def test_an_alert_is_played_and_counted(recorded: Path) -> None:
    code, (cases, starts, weeks) = run("--only", "unreachable", "--recorded", str(recorded))
    assert code == 0
    assert cases["good"] is True
    assert cases["cases"] == len([case for case in catalogue.CASES if case.alert == "unreachable"])
    assert (starts["begun"], weeks["weeks"]) == ([], [0])


def test_an_alert_that_is_none_is_named(recorded: Path) -> None:
    code, found = run("--only", "unknown", "--recorded", str(recorded))
    assert (code, found) == (2, [])


def test_series_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    (tmp_path / "series.jsonl").write_text("{")
    code, _ = run("--only", "certificate-ends", "--recorded", str(tmp_path / "series.jsonl"))
    assert code == 2


def test_more_than_two_starts_in_a_week_fail(tmp_path: Path) -> None:
    """Three outages in one day, seen from two places."""
    values = [0.0 if minute % 100 > 80 else 1.0 for minute in range(301)]
    points = [[60 * minute, value] for minute, value in enumerate(values)]
    labels = {"host": "api.acme.test"}
    lines = [
        json.dumps({**QUIET, "labels": {**labels, "checker_location": place}, "points": points}) for place in ("a", "b")
    ]
    (tmp_path / "series.jsonl").write_text("\n".join(lines))
    code, (_, _, weeks) = run("--only", "unreachable", "--recorded", str(tmp_path / "series.jsonl"))
    assert (code, weeks["weeks"], weeks["good"]) == (1, [3], False)


def test_without_cases_an_alert_is_not_good() -> None:
    alert = catalogue.watched()["unreachable"]
    assert not judge(alert, []).is_good


def test_a_case_that_goes_otherwise_is_named() -> None:
    alert = catalogue.watched()["unreachable"]
    other = catalogue.watched()["certificate-ends"]
    verdict = judge(other, [case for case in catalogue.CASES if case.alert == alert.id and case.open][:1])
    assert not verdict.is_good
    assert verdict.wrong[0].startswith(
        "unreachable, low traffic: two places get no answer for half an hour: open at ()"
    )
