"""Workers that run at the same time share no port, also when one has crashed and another took its place."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from localcloud.base import ports
from tests import forked, slices

# The first test of the first file ends its worker as the kernel does; those after it wait until the
# replacement has begun.
CRASHING = """
import os, signal, time
from pathlib import Path
import pytest

def note():
    Path(os.environ["PYTEST_XDIST_WORKER"]).write_text(os.environ["LAUNCH_PORTS"])

def test_that_ends_its_worker():
    note()
    os.kill(os.getpid(), signal.SIGKILL)

@pytest.mark.parametrize("number", range(8))
def test_after_it(number):
    note()
    until = time.monotonic() + 60
    while len(list(Path().glob("gw*"))) < 3 and time.monotonic() < until:
        time.sleep(0.02)
"""


def played(folder: Path) -> tuple[str, dict[str, range]]:
    """Return what a run by two workers printed, one of which crashes, and each worker's ports."""
    (folder / "test_first.py").write_text(CRASHING)
    command = [sys.executable, "-m", "pytest", "-n", "2", "-p", "tests.slices", "-p", "no:cacheprovider", "."]
    known = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environ = {**known, "PYTHONPATH": str(forked.PROJECT), "LAUNCH_PORTS": "30000-30999"}
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr, {file.name: ports.choices(file.read_text()) for file in folder.glob("gw*")}


def test_the_worker_that_takes_the_place_of_a_crashed_one_has_its_ports(tmp_path: Path) -> None:
    printed, taken = played(tmp_path)
    assert "INTERNALERROR" not in printed
    assert re.search(r"1 failed, 8 passed", printed), printed
    crashed = re.search(r"worker '(gw\d)' crashed", printed)
    assert crashed
    assert set(taken) == {"gw0", "gw1", "gw2"}
    other = {"gw0", "gw1"}.difference({crashed[1]}).pop()
    assert taken["gw2"] == taken[crashed[1]]
    assert not set(taken["gw2"]) & set(taken[other])


def test_slices_are_as_many_as_workers_and_share_no_port() -> None:
    cut = [slices.part(range(20_000, 20_010), number, 3) for number in range(3)]
    assert cut == [range(20_000, 20_003), range(20_003, 20_006), range(20_006, 20_009)]
