"""`./launch test` starts pytest in an environment of its own making."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

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


@pytest.mark.parametrize(("processors", "workers"), [(None, "4"), (1, "4"), (2, "5"), (4, "7"), (64, "8")])
def test_there_are_more_workers_than_processors_and_not_too_many_for_the_memory(
    monkeypatch: pytest.MonkeyPatch, processors: int | None, workers: str
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: processors)
    command = started(monkeypatch).command
    assert command[command.index("-n") + 1] == workers


def test_tests_keep_their_files_in_memory_where_there_is_room(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(test_suite.TEMPORARY, raising=False)
    monkeypatch.setattr(test_suite, "MEMORY", tmp_path)
    monkeypatch.setattr(test_suite, "ENOUGH", 1)
    told = started(monkeypatch)
    assert told.environ[test_suite.TEMPORARY] == str(tmp_path)
    assert "tmp_path_retention_policy=failed" in told.command
    monkeypatch.setenv(test_suite.TEMPORARY, "/somewhere")
    assert started(monkeypatch).environ[test_suite.TEMPORARY] == "/somewhere"


@pytest.mark.parametrize(("folder", "enough"), [("missing", 1), (".", 1 << 62)])
def test_on_other_machines_they_keep_them_on_the_disk(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, folder: str, enough: int
) -> None:
    monkeypatch.delenv(test_suite.TEMPORARY, raising=False)
    monkeypatch.setattr(test_suite, "MEMORY", tmp_path / folder)
    monkeypatch.setattr(test_suite, "ENOUGH", enough)
    assert test_suite.TEMPORARY not in started(monkeypatch).environ
