"""The same rules by Firebase's own library under Node: every day where both are there, else in the long run alone.

The long run fetches the library by its package manager, into a folder of the test's own.
"""

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
FETCHED = 600  # seconds
pytestmark = [] if PRESENT else [pytest.mark.long]


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """The folder of the suite, with the library."""
    if PRESENT:
        return SUITE
    for folder in (SUITE, ROOT / "firestore"):  # the suite reads the rules by a path from where it is
        shutil.copytree(folder, tmp_path / folder.relative_to(ROOT))
    home = tmp_path / SUITE.relative_to(ROOT)
    fetch = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    subprocess.run(fetch, cwd=home, check=True, timeout=FETCHED, capture_output=True)
    return home


@pytest.mark.timeout(900)
def test_the_rules_keep_their_word_to_the_web_sdk(suite: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "HOME": str(tmp_path), "LAUNCH_CWD": str(suite)}
    command = [sys.executable, "-m", "cli", "rules", "test", str(ROOT / "firestore"), "--", str(NODE), "--test"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]
