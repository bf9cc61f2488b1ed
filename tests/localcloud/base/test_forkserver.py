"""A fork has all that an interpreter of its own would have, and its caller learns how it ended."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil
import pytest

from localcloud.base import forkserver
from localcloud.base.forkserver import Load, Request

pytestmark = pytest.mark.skipif(not forkserver.SAFE, reason="processes are forked on Linux only")

ENVIRON = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
APPLICATION = """
import os, sys, helper
from library import LOADED_BY
print(os.environ["ROLE"], sys.argv[1:], os.getcwd(), LOADED_BY == os.getpid(), os.getsid(0) == os.getpid(), flush=True)
"""


class Server:
    """A fork server, asked as its callers do."""

    def __init__(self, folder: Path, load: Load, exits: ExitStack) -> None:
        self.folder, self.log = folder, folder / "log"
        environ = {**ENVIRON, "PYTHONPATH": str(folder / "site")}
        process, self.calls = forkserver.start(sys.executable, load, environ)
        exits.callback(process.wait)
        exits.enter_context(self.calls)
        self.calls.settimeout(10)
        self.answers = exits.enter_context(self.calls.makefile("rb"))
        self.loaded = self.answer()

    def answer(self) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self.answers.readline())
        return answer

    def fork(self, *arguments: str, environ: Mapping[str, str] = {}, go: bytes = b".") -> int:
        """Run the application in a fork and return its process id."""
        wait, gate = os.pipe()
        variables = {**ENVIRON, **environ}
        request = Request("application", arguments, variables, str(self.folder), [str(self.folder)])
        with os.fdopen(wait, "rb"), os.fdopen(gate, "wb", buffering=0) as opened, self.log.open("ab") as log:
            forkserver.call(self.calls, request, wait, log.fileno(), log.fileno())
            pid: int = self.answer()["started"]
            opened.write(go)
        return pid


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Start a fork server that has the application's libraries loaded; arguments: the source of the two files."""
    with ExitStack() as exits:

        def start(application: str = APPLICATION, library: str = "", missing: Sequence[str] = ()) -> Server:
            (tmp_path / "site").mkdir()
            (tmp_path / "site" / "library.py").write_text(f"{library}\nimport os\nLOADED_BY = os.getpid()\n")
            (tmp_path / "application.py").write_text(application)
            (tmp_path / "helper.py").write_text("import os\nROLE = os.environ['ROLE']\n")
            load = Load([str(tmp_path / "application.py")], without=["helper"], missing=missing)
            return Server(tmp_path, load, exits)

        yield start


def test_a_fork_has_its_own_environment_when_the_application_is_imported(server: Callable[..., Server]) -> None:
    started = server()
    for role in ("intake", "reconcile"):
        started.fork("--port", "1", environ={"ROLE": role})
        assert started.answer()["code"] == 0
    expected = [f"{role} ['--port', '1'] {started.folder} False True" for role in ("intake", "reconcile")]
    assert started.log.read_text().splitlines() == expected


def test_what_libraries_look_at_when_they_are_loaded_is_told(server: Callable[..., Server]) -> None:
    library = "import os\nos.environ.get('LANG'), os.getenv('GRPC_TRACE'), 'ROLE' in os.environ"
    assert server(library=library).loaded == {"seen": {"LANG": "C.UTF-8", "GRPC_TRACE": None, "ROLE": None}}


def test_a_package_that_is_to_be_missing_is_found_by_no_library(server: Callable[..., Server]) -> None:
    library = "try:\n    import html\nexcept ImportError:\n    html = None"
    started = server("from library import html\nprint(html)", library, missing=["html"])
    started.fork()
    assert started.answer()["code"] == 0
    assert started.log.read_text() == "None\n"


def test_a_library_that_looks_at_all_variables_is_told_as_one_that_did(server: Callable[..., Server]) -> None:
    assert "*" in server(library="import os; dict(os.environ)").loaded["seen"]


@pytest.mark.parametrize(
    ("library", "why"),
    [
        ("import threading, time; threading.Thread(target=time.sleep, args=(9,), daemon=True).start()", "thread"),
        ("import socket; held = socket.socket()", "open"),
    ],
)
def test_libraries_that_a_fork_would_break_are_not_forked(
    library: str, why: str, server: Callable[..., Server]
) -> None:
    assert why in server(library=library).loaded["unfit"]


def test_what_only_a_type_checker_sees_is_not_loaded(server: Callable[..., Server]) -> None:
    source = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import library\n"
    assert server(application=source, library="import os; os.getenv('SEEN')").loaded == {"seen": {}}


def test_a_library_that_cannot_be_loaded_fails_where_it_is_needed(server: Callable[..., Server]) -> None:
    started = server(library="raise RuntimeError('out of order')")
    started.fork(environ={"ROLE": "intake"})
    assert started.answer()["code"] == 1
    assert "RuntimeError: out of order" in started.log.read_text()


@pytest.mark.parametrize("length", [15, 700])  # bytes: among Python's small objects, and in malloc's heap
def test_what_a_fork_makes_shares_no_page_with_what_was_loaded(length: int, server: Callable[..., Server]) -> None:
    library = f"loaded = [bytes({length}) for _ in range(10_000)]\ndel loaded[::2]"  # a gap after each
    application = f"""
from library import loaded
shared = {{id(each) >> 12 for each in loaded}}
made = [bytes({length}) for _ in range(1_000)]
print(sum(id(each) >> 12 in shared for each in made))
"""
    started = server(application, library)
    started.fork()
    assert started.answer()["code"] == 0
    assert int(started.log.read_text()) < 10


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("raise SystemExit(3)", 3),
        ("raise SystemExit", 0),
        ("raise SystemExit('why')", 1),
        ("1 / 0", 1),
        ("import os; os.kill(os.getpid(), 15)", -15),
        ("import os; print('said'); os.close(1)", 120),  # as Python says that it could not write (pylifecycle.c)
    ],
)
def test_a_fork_s_end_is_told(source: str, code: int, server: Callable[..., Server]) -> None:
    started = server(application=source)
    pid = started.fork()
    assert started.answer() == {"ended": pid, "code": code}


def test_at_its_end_a_fork_does_all_that_it_has_to_and_leaves_its_memory_as_it_is(
    server: Callable[..., Server],
) -> None:
    library = "import atexit\natexit.register(print, 'the library is closed')"
    application = "import atexit, library, threading\natexit.register(print, 'closed')\n"
    application += "class Held:\n    def __del__(self): print('taken apart')\nheld = Held()\n"
    application += "threading.Timer(0.1, print, ['the last thread']).start()\nprint('done')"
    started = server(application, library)
    started.fork()
    assert started.answer()["code"] == 0
    assert started.log.read_text().splitlines() == ["done", "the last thread", "closed", "the library is closed"]


def test_nothing_runs_unless_the_caller_says_go(server: Callable[..., Server]) -> None:
    started = server()
    started.fork(environ={"ROLE": "intake"}, go=b"")
    assert started.answer()["code"] == 1
    assert started.log.read_text() == ""


def test_a_fork_is_shown_with_its_arguments_and_environment(
    server: Callable[..., Server], eventually: Callable[[Callable[[], object]], None]
) -> None:
    started = server(application="import time; print('up', flush=True); time.sleep(60)")
    variables = {"ROLE": "intake", "LONG": "x" * 5000}
    process = psutil.Process(started.fork("--port", "1", environ=variables))
    eventually(lambda: started.log.read_text())
    assert process.cmdline() == [sys.executable, "-m", "application", "--port", "1"]
    assert process.environ() == {**ENVIRON, **variables}
    process.send_signal(signal.SIGTERM)
    assert started.answer() == {"ended": process.pid, "code": -signal.SIGTERM}


def test_it_ends_with_its_caller_and_its_forks_go_on(
    server: Callable[..., Server], eventually: Callable[[Callable[[], object]], None]
) -> None:
    started = server(application="import time; print('up', flush=True); time.sleep(60)")
    fork = psutil.Process(started.fork())
    eventually(lambda: started.log.read_text())
    forked_off = fork.ppid()
    started.calls.shutdown(socket.SHUT_RDWR)
    eventually(lambda: fork.ppid() != forked_off)
    assert fork.is_running()
    fork.kill()
