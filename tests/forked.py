"""Runs `python -m MODULE` in a process of its own that is forked off one which has loaded the project's code.

An interpreter that loads the commands, or a service, takes one to two seconds of processor time, a fork of one that has
loaded them a twentieth of a second. The process is real all the same: it has the arguments, environment and streams
that it is given, and ends as an interpreter does, but for its memory (localcloud/base/forkserver.py). All workers of
a run share one process that is forked.

The program's host (infra/loading/host.py), which a command starts by `sys.executable`, comes off the same process with
the SDKs loaded: that is another half a second each. A command's interpreter here is a shell script for this, which asks
for such a fork when it is to be a host, and else is Python (tests/fork_asked_for.py). The rest of the project's program
is loaded in each host, so that a test may change it.

Not for code that a test changes, for variables that are read when something is loaded (NO_GCE_CHECK by google.auth),
and for processes that a test finds by their command line. `tests/test_forked.py` compares both ways.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import pkgutil
import selectors
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import IO

PROJECT = Path(__file__).parents[1]
PYTHON = sys.executable
LATER = (  # what commands and services load when they need it
    "cli.provisioned",
    "flows.accept",
    "google.cloud.firestore",
    "google.cloud.secretmanager",
    "google.cloud.tasks_v2",
    "h2.connection",
    "httpcore",
    "localcloud.run.admission",
    "markdown_it",
    "requests",
    "rules.probe",
    "stripe",
    "uvicorn",
)
OF_HOSTS = ("pulumi.dynamic", "infra.loading.dynamic", "infra.loading.forked", "infra.policy.pack")
COMMAND, HOST = b".", b"h"  # what a call is for
CALLS = "calls"  # the socket in a server's folder
SHARED = "LAUNCH_TESTS_FORKS"  # names the folder of a server that test processes share
INTERPRETER = """#!/bin/sh
[ "$1 $2 $LAUNCH_FAST_LOADING" = "-m infra.loading.host 1" ] && exec {python} -IS {asking} {socket} "$@"
exec {python} "$@"
"""
CHUNK = 1 << 16  # bytes that are read at once
DIGITS = 16  # bytes of a process id on the wire

Done = subprocess.CompletedProcess[str]


def run(
    arguments: Sequence[str], environ: Mapping[str, str], given: str = "", timeout: float = 60, project: Path = PROJECT
) -> Done:
    """Run one command of `./launch`, as subprocess.run does; raises subprocess.TimeoutExpired.

    A copied project gets a process that has loaded its code. No command starts any more when a file of that has changed
    since, but what only the engine's program loads may.
    """
    with ExitStack() as exits:
        stdin = exits.enter_context(tempfile.TemporaryFile("w+", errors="surrogateescape"))
        stdin.write(given)
        stdin.seek(0)
        pipes = [os.pipe() for _ in ("stdout", "stderr")]
        out, err = [exits.enter_context(os.fdopen(end, "rb", buffering=0)) for end, _ in pipes]
        process = _start("cli", arguments, environ, [stdin.fileno(), *(end for _, end in pipes)], project)
        until = time.monotonic() + timeout  # without what the first one has to wait for, that all is loaded
        exits.enter_context(process.told)
        for _, end in pipes:
            os.close(end)
        try:
            out_text, err_text, code = _read([out, err, process.told], until)
        except TimeoutError:
            process.end(signal.SIGKILL)
            raise subprocess.TimeoutExpired(list(arguments), timeout) from None
    return Done(["launch", *arguments], int(code), out_text.decode(), err_text.decode())


@dataclass
class Forked:
    """A process that runs; `told` says its exit code in the end, and `returncode` once somebody has waited for it."""

    pid: int
    told: IO[bytes]
    returncode: int | None = None

    def end(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Send it a signal."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def wait(self, timeout: float) -> int:
        """Return its exit code; raises TimeoutError after so many seconds."""
        if self.returncode is None:
            self.returncode = int(_read([self.told], time.monotonic() + timeout)[0])
            self.told.close()
        return self.returncode


def start(module: str, arguments: Sequence[str], environ: Mapping[str, str], log: IO[bytes]) -> Forked:
    """Start `python -m MODULE` with both streams of output in a log."""
    with open(os.devnull) as null:  # noqa: PTH123 - a descriptor is wanted
        return _start(module, arguments, environ, [null.fileno(), log.fileno(), log.fileno()], PROJECT)


def interpreter(project: Path = PROJECT) -> Path:
    """Return what commands of a project have for an interpreter."""
    return _server(project) / "python"


def _start(
    module: str, arguments: Sequence[str], environ: Mapping[str, str], streams: Sequence[int], project: Path
) -> Forked:
    told, told_end = os.pipe()
    with tempfile.TemporaryFile("w+") as request:
        json.dump({"module": module, "arguments": arguments, "environ": dict(environ)}, request)
        request.seek(0)
        with socket.socket(socket.AF_UNIX) as asked:
            asked.connect(str(_server(project) / CALLS))
            socket.send_fds(asked, [COMMAND], [request.fileno(), *streams, told_end])
    os.close(told_end)
    answers = os.fdopen(told, "rb", buffering=0)
    return Forked(int(answers.read(DIGITS)), answers)


def _read(pipes: list[IO[bytes]], until: float) -> list[bytes]:
    """Return what comes through the pipes until nobody holds their other ends; raises TimeoutError."""
    texts = {pipe.fileno(): b"" for pipe in pipes}
    with selectors.DefaultSelector() as selector:
        for pipe in pipes:
            selector.register(pipe, selectors.EVENT_READ)
        while selector.get_map():
            ready = selector.select(max(0.0, until - time.monotonic()))
            if not ready:
                raise TimeoutError
            for key, _ in ready:
                chunk = os.read(key.fd, CHUNK)
                texts[key.fd] += chunk
                if not chunk:
                    selector.unregister(key.fd)
    return list(texts.values())


def share() -> None:
    """Have the processes that are started from now on use one server for this project, which ends with this one."""
    os.environ[SHARED] = str(_server(PROJECT))


@cache
def _server(project: Path) -> Path:
    """Return the folder of a server's files, of one that ends with this process unless it is shared."""
    if project == PROJECT and SHARED in os.environ:
        return Path(os.environ[SHARED])
    folder = Path(tempfile.mkdtemp())
    ours, its = socket.socketpair()  # it ends when this is closed
    null = subprocess.DEVNULL
    with its, socket.socket(socket.AF_UNIX) as calls:
        calls.bind(str(folder / CALLS))
        calls.listen()
        command = [PYTHON, __file__, str(its.fileno()), str(calls.fileno()), str(folder)]
        passed = [its.fileno(), calls.fileno()]
        server = subprocess.Popen(command, cwd=project, pass_fds=passed, stdin=null, stdout=null)
    words = {"python": PYTHON, "asking": str(PROJECT / "tests" / "fork_asked_for.py"), "socket": str(folder / CALLS)}
    script = folder / "python"
    script.write_text(INTERPRETER.format_map({name: shlex.quote(word) for name, word in words.items()}))
    script.chmod(0o755)
    atexit.register(shutil.rmtree, folder)
    atexit.register(server.wait)
    atexit.register(ours.close)  # comes first
    return folder


# From here on: the server


def _load(project: Path) -> Callable[[str], None]:
    """Load all commands and services, and return what runs one in a fork.

    Nothing of it may run a thread or hold a connection, because forks share them.
    """
    sys.path[0] = str(project)
    forkserver = import_module("localcloud.base.forkserver")
    run_module: Callable[[str], None] = forkserver.run
    forkserver.leave_at_the_end()
    import_module("cli.app").create()
    for name in LATER:
        import_module(name)
    handlers = import_module("handlers")
    for each in pkgutil.walk_packages(handlers.__path__, "handlers."):
        import_module(each.name)
    gc.freeze()  # so that a collection in a fork does not copy all of it
    return run_module


@cache
def _load_for_hosts() -> None:
    """Load what a host loads, but for the program itself."""
    os.environ["LAUNCH_FAST_LOADING"] = "1"
    for name in OF_HOSTS:
        import_module(name)
    import_module("infra.loading.sdk").load()
    gc.freeze()


def _serve(lasting: socket.socket, calls: socket.socket) -> list[int]:
    """Fork for each call; return its descriptors in the fork, and none at the end of it all.

    Each fork is waited for: were they ignored, nobody would learn how much of the processor they took.
    """
    told: dict[int, int] = {}  # by a fork's pidfd, where its end is told
    with selectors.PollSelector() as selector, lasting, calls:  # holds no descriptor
        for each in (lasting, calls):
            selector.register(each, selectors.EVENT_READ)
        while True:
            ready = {key.fd: key.data for key, _ in selector.select()}
            if lasting.fileno() in ready:
                return []
            for ended in ready.keys() & told.keys():
                _, status = os.waitpid(ready[ended], 0)
                selector.unregister(ended)
                _tell(told[ended], str(os.waitstatus_to_exitcode(status)))
                _close(ended, told.pop(ended))
            if calls.fileno() not in ready or not (descriptors := _asked(calls)):
                continue
            if not (pid := os.fork()):
                return descriptors
            *others, end = descriptors
            _close(*others)
            _tell(end, str(pid).ljust(DIGITS))
            fork = os.pidfd_open(pid)
            selector.register(fork, selectors.EVENT_READ, pid)
            told[fork] = end


def _asked(calls: socket.socket) -> list[int]:
    """Return the descriptors of the next call, none of a caller who was killed."""
    with calls.accept()[0] as asking:
        called, descriptors, *_ = socket.recv_fds(asking, 1, 5)
    if called == HOST:
        _load_for_hosts()
    return descriptors


def _close(*descriptors: int) -> None:
    for each in descriptors:
        os.close(each)


def _tell(told: int, what: str) -> None:
    with suppress(BrokenPipeError):  # whoever asked was killed
        os.write(told, what.encode())


def _become(request: int, *streams: int) -> str:
    """Be the process that was asked for, with no descriptor but its streams; return its module."""
    with os.fdopen(request) as file:
        wanted = json.load(file)
    for number, each in enumerate(streams):
        os.dup2(each, number)
    os.closerange(len(streams), os.sysconf("SC_OPEN_MAX"))
    os.environ.clear()
    os.environ.update(wanted["environ"])
    sys.argv[1:] = wanted["arguments"]
    return str(wanted["module"])


def _require_unchanged(project: Path, since: float) -> None:
    files = [str(getattr(module, "__file__", "")) for module in sys.modules.values()]
    changed = [each for each in files if each.startswith(f"{project}/") and Path(each).stat().st_mtime > since]
    if changed:
        raise SystemExit(f"changed after it was loaded, so run this in an interpreter of its own: {changed}")


def _main(lasting: int, calls: int, folder: Path) -> None:
    project, began = Path.cwd(), time.time()
    run_module = _load(project)
    descriptors = _serve(socket.socket(fileno=lasting), socket.socket(fileno=calls))
    if not descriptors:
        return
    request, *streams, _ = descriptors
    module = _become(request, *streams)
    if project != PROJECT:
        _require_unchanged(project, began)
    sys.executable = str(folder / "python")
    run_module(module)


if __name__ == "__main__":
    _main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
