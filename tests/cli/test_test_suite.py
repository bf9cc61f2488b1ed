"""`./launch test` starts pytest in an environment of its own making."""

from __future__ import annotations

import os
from dataclasses import dataclass

import pytest
from typer.testing import CliRunner

from cli import test_suite
from cli.app import create


@dataclass(frozen=True)
class Started:
    """The process that `./launch test` became."""

    command: tuple[str, ...]
    environ: dict[str, str]


def started(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Started:
    """Run the command, and return what it would have become."""
    became: list[Started] = []
    monkeypatch.setattr(os, "execve", lambda _, command, environ: became.append(Started(tuple(command), environ)))
    monkeypatch.setattr(os, "chdir", lambda _: None)
    monkeypatch.setattr(test_suite.locate, "ensure", lambda *_: None)
    done = CliRunner().invoke(create(["test"]), ["test", *arguments])
    assert done.exit_code == 0, done.output
    return became[0]


def test_what_is_compiled_is_kept_for_the_hundreds_of_processes_that_tests_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("PYTHONUNBUFFERED", "1")
    environ = started(monkeypatch).environ
    assert "PYTHONDONTWRITEBYTECODE" not in environ
    assert environ["PYTHONUNBUFFERED"] == "1"


def test_a_stack_of_the_callers_is_not_that_of_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAUNCH_HOME", "/somewhere")
    monkeypatch.setenv("LAUNCH_CWD", "/elsewhere")
    assert not {"LAUNCH_HOME", "LAUNCH_CWD"} & started(monkeypatch).environ.keys()


@pytest.mark.parametrize(("arguments", "everything"), [((), False), (("--long",), True)])
def test_only_the_long_runs_are_left_out_and_only_unless_they_are_asked_for(
    monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], everything: bool
) -> None:
    command = started(monkeypatch, *arguments, "--", "-k", "recovery").command
    assert ("not long" not in command) is everything
    assert command[-2:] == ("-k", "recovery")
