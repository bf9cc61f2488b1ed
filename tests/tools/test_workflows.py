"""Workflows for GitHub: the project's own, and those in `delivery/github/` that a founder copies."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
OWN = ROOT / ".github" / "workflows"
OF_A_LAUNCH = ROOT / "delivery" / "github"
ALL = sorted([*OWN.glob("*.y*ml"), *OF_A_LAUNCH.glob("*.y*ml")])
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
    assert {path.stem for path in OF_A_LAUNCH.glob("*.yml")} == {
        "launch-drift",
        "launch-preview",
        "launch-red-team",
        "launch-up",
    }
    assert all(f"`{path.name}`" in (OF_A_LAUNCH / "README.md").read_text() for path in OF_A_LAUNCH.glob("*.yml"))


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
    assert "secrets." not in text
