"""Every alert has a runbook that a person can follow: on paper, and with commands that exist."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer.main

from cli.app import create
from monitors.alerts import STACK, Alert
from monitors.cases.catalogue import watched

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "runbooks"
ALERTS = watched()
SECTIONS = ["Symptom", "The first five minutes", "Mitigate", "Verify", "Escalate"]
COMMAND = re.compile(r"`(\./launch [^`]+)`|^(\./launch .+)$", re.MULTILINE)
LINK = re.compile(r"\]\(([^)#:]+\.md)\)")
LAUNCH = typer.main.get_command(create())


def text_of(alert: Alert) -> str:
    return (ROOT / alert.runbook_path).read_text(encoding="utf-8")


def commands(text: str) -> list[str]:
    return [inline or block for inline, block in COMMAND.findall(text)]


def resolved(words: list[str]) -> tuple[Any, list[str]]:
    """Return the command that a line names, and what is left of the line."""
    command: Any = LAUNCH
    while hasattr(command, "commands"):
        command, *words = command.commands[words[0]], *words[1:]
    return command, words


@pytest.mark.parametrize("alert", ALERTS.values(), ids=lambda alert: alert.id)
def test_a_runbook_has_its_five_sections_in_order_and_none_is_empty(alert: Alert) -> None:
    parts = re.split(r"^## (.+)$", text_of(alert), flags=re.MULTILINE)
    assert parts[1::2] == SECTIONS
    assert all(part.strip() for part in parts)


@pytest.mark.parametrize("alert", ALERTS.values(), ids=lambda alert: alert.id)
def test_the_first_five_minutes_are_commands_to_paste(alert: Alert) -> None:
    first = text_of(alert).split("## The first five minutes")[1].split("## ")[0]
    assert "```\n./launch " in first


@pytest.mark.parametrize("alert", ALERTS.values(), ids=lambda alert: alert.id)
def test_every_command_exists_takes_its_options_and_names_the_stack_that_fired(alert: Alert) -> None:
    for line in commands(text_of(alert)):
        words = shlex.split(line)[1:]
        command, rest = resolved(words)
        known = {option for parameter in command.params for option in parameter.opts}
        assert {word for word in rest if word.startswith("-")} <= known, line
        assert rest[rest.index("--stack") + 1] == STACK, line


@pytest.mark.parametrize("alert", ALERTS.values(), ids=lambda alert: alert.id)
def test_a_notification_fits_and_names_no_placeholder_of_the_stack(alert: Alert) -> None:
    text = alert.notification(text_of(alert), "prod")
    assert f"--stack {STACK}" not in text
    assert "--stack prod" in text


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.md")), ids=lambda path: path.stem)
def test_links_lead_to_runbooks_that_exist(path: Path) -> None:
    assert all((FOLDER / name).exists() for name in LINK.findall(path.read_text(encoding="utf-8")))


def test_the_list_of_runbooks_names_every_one() -> None:
    named = set(LINK.findall((FOLDER / "README.md").read_text(encoding="utf-8")))
    assert named == {path.name for path in FOLDER.glob("*.md")} - {"README.md", "support.md"}
