"""Set-up, as `launch` runs it before anything is installed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_a_folder_that_cannot_be_written_ends_set_up_with_a_sentence(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "engine", tmp_path / "engine", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / ".launch").touch()  # a file where the folder has to be: root may write everywhere else
    run = subprocess.run(
        [sys.executable, "-m", "engine.setup"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert run.returncode == 3
    assert "Traceback" not in run.stderr
    assert f"{tmp_path / '.launch'} cannot be written" in run.stderr
