"""The guess whether the program has changed since the engine last ran it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from cli import unchanged
from engine.home import Home

SOURCE, SPEC = Path("infra/stack.py"), Path("Pulumi.local.yaml")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    project = tmp_path / "project"
    for path in (SOURCE, SPEC, Path("docs/guide.md")):
        (project / path).parent.mkdir(parents=True, exist_ok=True)
        (project / path).write_text("one")
    found = Home("local", tmp_path / "home", project)
    found.path.mkdir()
    return found


def seems_unchanged(home: Home) -> bool:
    return unchanged.seems_so(home, unchanged.state_of(home.project))


def test_nothing_is_guessed_of_a_program_that_never_ran(home: Home) -> None:
    assert not seems_unchanged(home)


def test_a_program_that_ran_and_was_left_alone_seems_unchanged(home: Home) -> None:
    unchanged.remember(home, unchanged.state_of(home.project))
    assert seems_unchanged(home)


def edited(project: Path) -> None:
    (project / SOURCE).write_text("two")
    os.utime(project / SOURCE, ns=(1, 1))  # however coarse the clock of the file system is


@pytest.mark.parametrize(
    "change",
    [
        edited,
        lambda project: (project / SPEC).write_text("three words"),
        lambda project: (project / SOURCE).unlink(),
        lambda project: (project / "infra" / "more.py").write_text("new"),
    ],
)
def test_a_file_that_was_edited_added_or_removed_is_a_change(home: Home, change: Callable[[Path], object]) -> None:
    unchanged.remember(home, unchanged.state_of(home.project))
    change(home.project)
    assert not seems_unchanged(home)


@pytest.mark.parametrize("path", ["docs/guide.md", "infra/__pycache__/stack.cpython-311.pyc"])
def test_what_the_program_does_not_read_is_no_change(home: Home, path: str) -> None:
    unchanged.remember(home, unchanged.state_of(home.project))
    (home.project / path).parent.mkdir(exist_ok=True)
    (home.project / path).write_text("something else")
    assert seems_unchanged(home)
