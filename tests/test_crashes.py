"""A test that crashes its worker once is played again and named; one that does it again fails."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import forked

CRASHING = """
import os, signal
from pathlib import Path

def test_that_ends_its_worker():
    crashes = Path("crashes")
    done = int(crashes.read_text()) if crashes.exists() else 0
    if done < TIMES:
        crashes.write_text(str(done + 1))
        os.kill(os.getpid(), signal.SIGSEGV)

def test_after_it():
    pass
"""


@pytest.mark.parametrize(
    ("times", "code", "last"), [(0, 0, "2 passed"), (1, 0, "2 passed, 1 rerun"), (2, 1, "1 failed, 2 passed, 1 rerun")]
)
def test_one_crash_is_named_and_two_of_one_test_fail(tmp_path: Path, times: int, code: int, last: str) -> None:
    (tmp_path / "test_first.py").write_text(CRASHING.replace("TIMES", str(times)))
    plugins = ["-p", "tests.crashes", "-p", "tests.sharing", "-p", "no:cacheprovider", "-p", "no:faulthandler"]
    command = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadscope", *plugins, "."]
    known = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environ = {**known, "PYTHONPATH": str(forked.PROJECT)}
    done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    assert last in done.stdout.splitlines()[-1], done.stdout
    assert ("a worker crashed in test_first.py::test_that_ends_its_worker" in done.stdout) is bool(times)
