"""Runs commands as `python -m cli` does, each in a process of its own that is forked off one which has loaded them all.

An interpreter that loads the commands takes two seconds of processor time, a fork of one that has loaded them less than
a tenth of it. The process is real all the same: it has the arguments, environment and streams that it is given, and
ends as an interpreter does. What it finds loaded is what `./launch --help` loads, and what commands load later.

A project that a test has copied runs code of its own: for it, and for processes that a test has to find or to
interrupt, an interpreter is started. `tests/test_forked_commands.py` holds both to the same behaviour.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import runpy
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import IO

PROJECT = Path(__file__).parents[1]
LATER = ("flows", "google.cloud.firestore", "google.cloud.secretmanager", "requests", "rules.probe", "stripe")
CHUNK = 1 << 16  # bytes that are read at once

Done = subprocess.CompletedProcess[str]


def run(arguments: tuple[str, ...], environ: Mapping[str, str], given: str = "", timeout: float = 60) -> Done:
    """Run one command in the project's folder, as subprocess.run does; raises subprocess.TimeoutExpired."""
    until = time.monotonic() + timeout
    with ExitStack() as exits:
        request = exits.enter_context(tempfile.TemporaryFile("w+"))
        stdin = exits.enter_context(tempfile.TemporaryFile("w+"))
        json.dump({"arguments": arguments, "environ": dict(environ)}, request)
        stdin.write(given)
        for file in (request, stdin):
            file.seek(0)
        pipes = [os.pipe() for _ in ("stdout", "stderr", "pid and exit code")]
        out, err, told = [exits.enter_context(os.fdopen(end, "rb", buffering=0)) for end, _ in pipes]
        socket.send_fds(_server(), [b"."], [request.fileno(), stdin.fileno(), *(end for _, end in pipes)])
        for _, end in pipes:
            os.close(end)
        pid = int(told.read(16))
        try:
            out_text, err_text, code = _read([out, err, told], until)
        except TimeoutError:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            raise subprocess.TimeoutExpired(arguments, timeout) from None
    return Done(["launch", *arguments], int(code), out_text.decode(), err_text.decode())


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


@cache
def _server() -> socket.socket:
    """Return the way to this test process's own server, which ends when that is closed."""
    ours, its = socket.socketpair()
    null = subprocess.DEVNULL
    with its:
        command = [sys.executable, __file__, str(its.fileno())]
        server = subprocess.Popen(command, cwd=PROJECT, pass_fds=[its.fileno()], stdin=null, stdout=null)
    atexit.register(server.wait)
    atexit.register(ours.close)  # comes first
    return ours


def _load() -> None:
    """Load all commands, and what they load later; clients that run no threads yet may be forked."""
    sys.path[0] = str(PROJECT)
    import_module("cli.app").create()
    for name in LATER:
        import_module(name)
    gc.freeze()  # so that a collection in a fork does not copy all of it


def _serve(calls: socket.socket) -> bool:
    """Fork off two processes for each call: True in the one that is the command, False in the one that waits for it."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody here waits for those who wait
    while True:
        called, descriptors, *_ = socket.recv_fds(calls, 1, 5)
        if not called:
            return False
        if not os.fork():
            calls.close()
            return _wait_or_be(*descriptors)
        for each in descriptors:
            os.close(each)


def _wait_or_be(request: int, stdin: int, stdout: int, stderr: int, told: int) -> bool:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    if pid := os.fork():
        os.write(told, f"{pid:<16}".encode())
        for each in (stdin, stdout, stderr):
            os.close(each)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        os.write(told, str(code).encode())
        os._exit(0)
    with os.fdopen(request) as file:
        wanted = json.load(file)
    for number, each in enumerate((stdin, stdout, stderr)):
        os.dup2(each, number)
        os.close(each)
    os.close(told)
    os.environ.clear()
    os.environ.update(wanted["environ"])
    sys.argv[1:] = wanted["arguments"]
    return True


if __name__ == "__main__":
    _load()
    if _serve(socket.socket(fileno=int(sys.argv[1]))):
        runpy.run_module("cli", run_name="__main__", alter_sys=True)
