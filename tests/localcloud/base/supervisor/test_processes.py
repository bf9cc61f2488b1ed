from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import replace

import psutil
import pytest

from localcloud.base.supervisor import processes
from localcloud.base.supervisor.home import StandaloneHome as Home

Spawn = Callable[..., psutil.Process]
Eventually = Callable[[Callable[[], object]], None]

STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
)
PARENT = "import subprocess, time; subprocess.Popen(['sleep', '61']); time.sleep(60)"


def test_a_started_process_outlives_its_starter_in_a_session_of_its_own(home: Home, eventually: Eventually) -> None:
    record = processes.start(home, "sleeper", ["sleep", "60"], os.environ)
    process = processes.running(record)
    assert process is not None
    assert os.getsid(process.pid) == process.pid
    eventually(lambda: process.environ().get(processes.MARK) == str(home.path))  # empty while the kernel loads it
    assert processes.recorded(home, "sleeper") == record
    processes.end([process])
    assert processes.running(record) is None


def test_what_a_process_says_is_in_its_log(home: Home, eventually: Eventually) -> None:
    processes.start(home, "talker", ["sh", "-c", "echo out; echo err >&2"], os.environ)
    log = home.logs / "talker.log"
    eventually(lambda: log.read_text() == "out\nerr\n")


def test_a_log_that_has_grown_too_long_is_put_aside(home: Home) -> None:
    home.logs.mkdir(parents=True)
    (home.logs / "talker.log").write_bytes(b"x" * (processes.LOG_LIMIT + 1))
    assert not processes.log_file(home, "talker").exists()
    assert (home.logs / "talker.log.1").exists()


def test_a_reused_process_id_is_never_taken_for_ours(home: Home, spawn: Spawn) -> None:
    stranger = spawn("sleep", "60")
    ours = processes.record(home, "server", stranger.pid)
    assert processes.running(ours) is not None
    assert processes.running(replace(ours, created=ours.created - 1)) is None


def test_a_process_that_has_ended_but_was_not_waited_for_does_not_run(home: Home, eventually: Eventually) -> None:
    record = processes.start(home, "short", ["true"], os.environ)
    eventually(lambda: processes.running(record) is None)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"name": "server"}'])
def test_a_record_cut_off_by_a_kill_is_no_record(home: Home, content: str) -> None:
    home.pids.mkdir(parents=True)
    (home.pids / "server.json").write_text(content)
    assert processes.recorded(home, "server") is None


def test_a_forgotten_record_is_gone_and_may_be_forgotten_twice(home: Home) -> None:
    processes.record(home, "server", os.getpid())
    processes.forget(home, "server")
    processes.forget(home, "server")
    assert processes.recorded(home, "server") is None


def test_who_does_not_listen_is_killed(home: Home, eventually: Eventually) -> None:
    record = processes.start(home, "deaf", [sys.executable, "-c", STUBBORN], os.environ)
    eventually(lambda: (home.logs / "deaf.log").read_text() == "deaf\n")
    began = time.monotonic()
    processes.end([psutil.Process(record.pid)], grace=0.3)
    assert processes.running(record) is None
    assert time.monotonic() - began < 3


def test_descendants_end_too(home: Home, eventually: Eventually) -> None:
    record = processes.start(home, "parent", [sys.executable, "-c", PARENT], os.environ)
    parent = psutil.Process(record.pid)
    eventually(parent.children)
    child = parent.children()[0]
    processes.end([parent])
    eventually(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)


def test_ending_what_has_ended_is_no_error(spawn: Spawn) -> None:
    gone = spawn("sleep", "60")
    gone.kill()
    gone.wait()
    processes.end([gone])


def test_a_record_says_which_code_its_process_runs(home: Home) -> None:
    processes.record(home, "server", os.getpid(), "abc")
    assert json.loads((home.pids / "server.json").read_text())["code"] == "abc"
