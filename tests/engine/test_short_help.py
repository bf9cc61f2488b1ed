"""In a clone that is not set up, the commands are listed without a library."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

from cli.app import HELP, create
from engine import short_help
from engine.home import PROJECT


def test_every_command_is_listed_with_the_first_line_of_its_own_help() -> None:
    commands = get_command(create()).commands  # type: ignore[attr-defined]  # a group
    told = {name: (command.help or "").partition("\n")[0] for name, command in commands.items()}
    assert dict(short_help.summaries(PROJECT / "cli")) == told
    assert HELP in short_help.text(PROJECT / "cli")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone that nobody has set up, with the files that make the list."""
    root = tmp_path / "a clone"
    for folder in ("engine", "cli"):
        shutil.copytree(PROJECT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(PROJECT / "launch", root)
    return root


@pytest.mark.parametrize(("arguments", "code"), [(("--help",), 0), ((), 2)])
def test_launch_lists_them_and_installs_nothing(clone: Path, arguments: tuple[str, ...], code: int) -> None:
    environ = {"PATH": os.environ["PATH"], "LAUNCH_PYTHON": getattr(sys, "_base_executable", sys.executable)}
    done = subprocess.run([clone / "launch", *arguments], env=environ, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (code, "")
    assert "  up         Bring the stack up" in done.stdout
    assert not (clone / ".venv").exists()
