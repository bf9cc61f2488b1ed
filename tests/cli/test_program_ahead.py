from __future__ import annotations

from pathlib import Path

import pytest

from cli.program_ahead import begin, runs_the_rehearsal


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


def test_a_folder_that_cannot_be_written_is_for_the_command_to_tell(tmp_path: Path) -> None:
    state = tmp_path / "local" / "state" / ".pulumi" / "stacks" / "launch-ready" / "local.json"
    state.parent.mkdir(parents=True)
    state.touch()
    (tmp_path / "local" / "logs").write_text("where a folder should be")
    begin(["up"], {"LAUNCH_HOME": str(tmp_path)})
