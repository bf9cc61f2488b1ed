"""The same rules by Firebase's own library under Node: every day where both are there, else in the long run alone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SUITE = Path(__file__).parent / "node"
NODE = shutil.which("node")
PRESENT = NODE is not None and (SUITE / "node_modules").is_dir()  # after `npm ci` in the folder
pytestmark = [] if PRESENT else [pytest.mark.long]


@pytest.mark.timeout(300)
def test_the_rules_keep_their_word_to_the_web_sdk(tmp_path: Path) -> None:
    environment = {**os.environ, "HOME": str(tmp_path), "LAUNCH_CWD": str(SUITE)}
    command = [sys.executable, "-m", "cli", "rules", "test", str(ROOT / "firestore"), "--", str(NODE), "--test"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]
