from __future__ import annotations

import pytest

from cli.program_ahead import runs_the_rehearsal


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("up", True),
        ("preview --expect-no-changes", True),
        ("up --stack local --json", True),
        ("up --stack=local", True),
        ("up --stack prod", False),
        ("up --stack=prod", False),
        ("up --stack local --stack prod", False),
        ("up --help", False),
        ("down", False),
        ("destroy", False),
        ("", False),
        ("--help up", False),
    ],
)
def test_the_program_loads_ahead_for_commands_that_run_it_on_the_rehearsal(line: str, expected: bool) -> None:
    assert runs_the_rehearsal(line.split()) is expected
