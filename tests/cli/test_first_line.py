"""A command that works for a while says so before it loads anything."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from cli import app
from cli.first_line import WORK_A_WHILE, first_line
from engine.home import PROJECT


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["up"], "→ Loading up"),
        (["--verbose", "verify", "--stack", "prod"], "→ Loading verify"),
        (["up", "--help"], ""),
        (["status"], ""),
        (["nonsense"], ""),
        ([], ""),
    ],
)
def test_a_line_comes_from_commands_that_work_for_a_while(arguments: list[str], line: str) -> None:
    assert first_line(arguments) == line


def test_they_are_commands() -> None:
    assert {*app.COMMANDS, *app.GROUPS} > WORK_A_WHILE


def test_it_needs_no_library() -> None:
    code = (
        "import sys; from cli import first_line; print({'typer', 'rich', 'pydantic', 'blueprint'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_the_list_of_all_commands_needs_no_sdk_of_the_clouds() -> None:
    """They take three seconds to load when they are loaded whole, and no command needs a resource type."""
    sdks = "{'pulumi_gcp', 'pulumi_cloudflare'}"
    code = f"import sys; from cli.app import create; create(['--help']); print({sdks} & set(sys.modules))"
    environ = {**os.environ, "LAUNCH_FAST_LOADING": "0"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, env=environ, capture_output=True, text=True, check=True
    )
    assert done.stdout == "set()\n"
