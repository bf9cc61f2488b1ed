from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from engine import locks

HOLD = """
import sys, time, pathlib
from engine import locks
with locks.held(pathlib.Path(sys.argv[1]), "holding on"):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[psutil.Process]:
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path / "lock")], stdout=subprocess.PIPE)
    assert process.stdout
    assert process.stdout.readline() == b"held\n"

    yield psutil.Process(process.pid)
    process.kill()
    process.communicate()


def test_a_held_lock_is_refused_and_says_who_holds_it(tmp_path: Path, holder: psutil.Process) -> None:
    with pytest.raises(locks.LockHeldError) as refused, locks.held(tmp_path / "lock", "trying"):
        pass
    assert refused.value.holder
    assert (refused.value.holder.pid, refused.value.holder.doing) == (holder.pid, "holding on")
    assert "holding on (process" in str(refused.value)


def test_a_lock_is_free_as_soon_as_its_holder_is_killed(tmp_path: Path, holder: psutil.Process) -> None:
    holder.kill()
    holder.wait()
    with locks.held(tmp_path / "lock", "going on"):
        pass


def test_one_who_waits_says_so_once_and_gets_the_lock(tmp_path: Path, holder: psutil.Process) -> None:
    told: list[locks.LockHeldError] = []
    threading.Timer(0.7, holder.kill).start()
    with locks.awaited(tmp_path / "lock", "waiting", told.append):
        assert len(told) == 1


def test_a_lock_whose_holder_has_not_yet_written_its_name_is_held_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with locks.held(path, "writing"):
        path.write_text("")
        with pytest.raises(locks.LockHeldError, match="another process"), locks.held(path, "trying"):
            pass


def test_a_child_process_does_not_inherit_the_lock(tmp_path: Path, spawn: Callable[..., psutil.Process]) -> None:
    with locks.held(tmp_path / "lock", "starting a child"):
        child = spawn("sleep", "60")
    with locks.held(tmp_path / "lock", f"while {child.pid} lives, {os.getpid()} takes it again"):
        assert child.is_running()
