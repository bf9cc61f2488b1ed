"""Workflows for GitHub: the project's own, and those in `delivery/github/` that a founder copies."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
OWN = ROOT / ".github" / "workflows"
OF_A_LAUNCH = ROOT / "delivery" / "github"
ALL = sorted([*OWN.glob("*.y*ml"), *OF_A_LAUNCH.glob("*.y*ml")])
NAMES = {"launch-dates", "launch-drift", "launch-handover", "launch-preview", "launch-up", "launch-red-team"}
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}  # v\d+\.\d+\.\d+")


def parsed(path: Path) -> dict[str, Any]:
    read: dict[str, Any] = yaml.load(path.read_text(), yaml.BaseLoader)
    return read


def used(text: str) -> list[str]:
    """The text after each `uses:`, with its comment."""
    return re.findall(r"^[ -]*uses:[ ]*(.+)$", text, re.MULTILINE)


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.name)
def test_every_action_is_pinned_by_commit_and_names_its_version(path: Path) -> None:
    actions = used(path.read_text())
    assert actions
    assert [action for action in actions if not PINNED.fullmatch(action)] == []


@pytest.mark.parametrize("action", ["actions/checkout@v7", "actions/checkout@main", f"actions/checkout@{'a' * 40}"])
def test_a_tag_a_branch_or_a_commit_without_version_is_seen(action: str) -> None:
    assert used(f"steps:\n  - uses: {action}\n") == [action]
    assert not PINNED.fullmatch(action)


def test_one_action_has_one_version_everywhere() -> None:
    versions = {action for path in ALL for action in used(path.read_text())}
    assert len({action.partition("@")[0] for action in versions}) == len(versions)


def test_the_projects_own_checks_run_on_pull_requests_and_on_main() -> None:
    ci = parsed(OWN / "ci.yml")
    assert set(ci["on"]) == {"pull_request", "push"}
    assert ci["on"]["push"] == {"branches": ["main"]}
    assert [step["run"] for step in ci["jobs"]["ci"]["steps"] if "run" in step][-1] == ".ci/run"
    assert ci["permissions"] == {"contents": "read"}


def test_a_founders_workflows_cannot_be_taken_for_the_projects_own() -> None:
    assert not list(OWN.glob("launch-*"))
    assert {path.stem for path in OF_A_LAUNCH.glob("*.yml")} == NAMES
    assert all(f"`{path.name}`" in (OF_A_LAUNCH / "README.md").read_text() for path in OF_A_LAUNCH.glob("*.yml"))


@dataclass(frozen=True)
class Week:
    """One run of the weekly workflow's script, with a toolkit and a GitHub that only write down what they are asked."""

    status: int
    log: str
    asked: str
    issue: str


@pytest.fixture
def weekly(tmp_path: Path) -> Callable[..., Week]:
    script = parsed(OF_A_LAUNCH / "launch-handover.yml")["jobs"]["handover"]["steps"][-1]["run"]

    def run(*, private: bool, diff: int, number: str = "") -> Week:
        programs = {
            "launch": f'#!/bin/sh\n[ "$1" = verify ] && {{ echo "acme.com fails"; exit 1; }}\n'
            f'echo "✕ dkim: proven → failed"\nexit {diff}\n',
            "gh": f'#!/bin/sh\necho "$@" >> "{tmp_path}/asked"\n'
            f'case "$1 $2" in\n"api "*) echo {str(private).lower()};;\n"issue list") echo "{number}";;\n'
            f'*) for last; do :; done; cat "$last" > "{tmp_path}/issue"; echo "https://a.public/url";;\nesac\n',
        }
        for name, text in programs.items():
            (tmp_path / name).write_text(text)
            (tmp_path / name).chmod(0o755)
        environ = {
            "PATH": f"{tmp_path}:{os.environ['PATH']}",
            "RUNNER_TEMP": str(tmp_path),
            "GITHUB_REPOSITORY": "acme/app",
            "TITLE": "The handover needs a look",
        }
        done = subprocess.run(
            ["bash", "-eo", "pipefail", "-c", script],
            cwd=tmp_path,
            env=environ,
            capture_output=True,
            text=True,
            check=False,
        )
        issue = tmp_path / "issue"
        told = issue.read_text() if issue.exists() else ""
        return Week(done.returncode, done.stdout + done.stderr, (tmp_path / "asked").read_text(), told)

    return run


def test_a_week_without_change_opens_nothing(weekly: Callable[..., Week]) -> None:
    week = weekly(private=True, diff=0)
    assert (week.status, week.issue) == (0, "")


def test_an_item_that_turned_opens_one_issue_on_a_private_repository(weekly: Callable[..., Week]) -> None:
    week = weekly(private=True, diff=1)
    assert (week.status, "dkim: proven → failed" in week.issue) == (1, True)
    assert "issue create --title The handover needs a look" in week.asked
    assert "dkim" not in week.log


def test_an_open_issue_is_commented_on(weekly: Callable[..., Week]) -> None:
    week = weekly(private=True, diff=1, number="7")
    assert "issue comment 7" in week.asked
    assert "issue create" not in week.asked


@pytest.mark.parametrize("diff", [0, 1, 3])
def test_a_public_repository_learns_nothing(weekly: Callable[..., Week], diff: int) -> None:
    week = weekly(private=False, diff=diff)
    assert (week.status, week.issue) == (min(diff, 1), "")
    assert "issue" not in week.asked
    assert not re.search("dkim|acme.com|failed", week.log)


def test_the_red_team_plays_each_month_without_any_account() -> None:
    text = (OF_A_LAUNCH / "launch-red-team.yml").read_text()
    found = parsed(OF_A_LAUNCH / "launch-red-team.yml")
    minute, hour, day, month, weekday = found["on"]["schedule"][0]["cron"].split()
    assert (day.isdigit(), month, weekday) == (True, "*", "*")
    assert (int(minute) < 60, int(hour) < 24) == (True, True)
    assert [step["run"] for step in found["jobs"]["red-team"]["steps"] if "run" in step] == [
        "./launch up",
        "./launch accept --red-team",
    ]
    assert found["permissions"] == {"contents": "read"}
    assert "secrets." not in text.partition("  staging:")[0]


def test_the_red_team_plays_on_staging_only_where_an_account_for_it_is_named() -> None:
    job = parsed(OF_A_LAUNCH / "launch-red-team.yml")["jobs"]["staging"]
    assert job["if"] == "vars.LAUNCH_STAGING_PLAYER != ''"
    assert [step["run"] for step in job["steps"] if "run" in step] == ["./launch accept --red-team --stack staging"]
    assert job["permissions"] == {"contents": "read", "id-token": "write"}
    assert "prod" not in str(job)


@pytest.fixture
def nightly(tmp_path: Path) -> Callable[..., Week]:
    script = parsed(OF_A_LAUNCH / "launch-dates.yml")["jobs"]["dates"]["steps"][-1]["run"]

    def run(*, private: bool, ends: int, number: str = "") -> Week:
        programs = {
            "launch": f'#!/bin/sh\n[ "$1" = verify ] && {{ echo "acme.com fails"; exit 1; }}\n'
            f'[ {ends} = 0 ] || echo "2026-12-01 registration of acme.com: renew it"\nexit {ends}\n',
            "gh": f'#!/bin/sh\necho "$@" >> "{tmp_path}/asked"\n'
            f'case "$1 $2" in\n"api "*) echo {str(private).lower()};;\n"issue list") echo "{number}";;\n'
            f'*) for last; do :; done; cat "$last" > "{tmp_path}/issue";;\nesac\n',
        }
        for name, text in programs.items():
            (tmp_path / name).write_text(text)
            (tmp_path / name).chmod(0o755)
        path = f"{tmp_path}:{os.environ['PATH']}"
        more = {"RUNNER_TEMP": str(tmp_path), "GITHUB_REPOSITORY": "acme/app", "TITLE": "Something ends soon"}
        done = subprocess.run(
            ["bash", "-eo", "pipefail", "-c", script],
            cwd=tmp_path,
            env={"PATH": path, **more},
            capture_output=True,
            text=True,
            check=False,
        )
        issue = tmp_path / "issue"
        told = issue.read_text() if issue.exists() else ""
        return Week(done.returncode, done.stdout + done.stderr, (tmp_path / "asked").read_text(), told)

    return run


def test_a_night_before_nothing_ends_is_silent(nightly: Callable[..., Week]) -> None:
    night = nightly(private=True, ends=0)
    assert (night.status, night.issue) == (0, "")


def test_what_ends_soon_is_told_once_and_the_issue_kept_up_to_date(nightly: Callable[..., Week]) -> None:
    first, second = nightly(private=True, ends=1), nightly(private=True, ends=1, number="7")
    assert (first.status, "registration of acme.com" in first.issue) == (0, True)
    assert "issue create --title Something ends soon" in first.asked
    assert "issue edit 7" in second.asked
    assert "issue comment" not in second.asked


@pytest.mark.parametrize("ends", [0, 1, 3])
def test_a_public_repository_only_fails(nightly: Callable[..., Week], ends: int) -> None:
    night = nightly(private=False, ends=ends)
    assert (night.status, night.issue) == (min(ends, 1), "")
    assert "registration" not in night.log
