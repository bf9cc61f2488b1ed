"""A command that is forked off does what one in an interpreter of its own does."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests import forked_commands


def environ(home: Path, **more: str) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": str(home), "LAUNCH_HOME": str(home), "COLUMNS": "100", **more}


@pytest.mark.parametrize("arguments", [("status",), ("users", "--help"), ("nonsense",)])
def test_code_output_and_errors_are_those_of_an_interpreter(arguments: tuple[str, ...], tmp_path: Path) -> None:
    command, folder, variables = [sys.executable, "-m", "cli", *arguments], forked_commands.PROJECT, environ(tmp_path)
    done = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)
    forked = forked_commands.run(arguments, variables)
    assert (forked.returncode, forked.stdout, forked.stderr) == (done.returncode, done.stdout, done.stderr)
    assert forked.stdout + forked.stderr


def test_the_environment_is_the_given_one_and_none_is_left_for_the_next(tmp_path: Path) -> None:
    narrow, wide = ("status", "--help"), ("status", "--help")
    first = forked_commands.run(narrow, environ(tmp_path, COLUMNS="40"))
    second = forked_commands.run(wide, environ(tmp_path, COLUMNS="160"))
    assert max(map(len, first.stdout.splitlines())) <= 40 < max(map(len, second.stdout.splitlines()))


def test_several_at_once_get_their_own_answers(tmp_path: Path) -> None:
    names = [f"nonsense{number}" for number in range(6)]
    with ThreadPoolExecutor(len(names)) as pool:
        done = list(pool.map(lambda name: forked_commands.run((name,), environ(tmp_path)), names))
    assert [name in each.stderr for name, each in zip(names, done, strict=True)] == [True] * len(names)


def test_one_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    log = tmp_path / "local" / "logs" / "edge.log"
    log.parent.mkdir(parents=True)
    log.touch()
    with pytest.raises(subprocess.TimeoutExpired):
        forked_commands.run(("logs", "-f", "edge"), environ(tmp_path), timeout=2)
