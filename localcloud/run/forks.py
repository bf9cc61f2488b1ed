"""Instances as forks of a process that has their image's libraries loaded, which all instances of the image share.

The image's own modules are never loaded there: each instance imports them anew, with its own environment. An instance
whose environment would have made a difference to the libraries is not forked, nor is one of libraries that do not
stand it; it then gets an interpreter of its own.

A fork server ends some time after its last instance started, since it then takes memory for nothing. Its instances go
on as children of this process.
"""

from __future__ import annotations

import asyncio
import ctypes
import json
import logging
import os
import signal
import socket
import subprocess
from asyncio import BaseTransport, Future, StreamReader, StreamReaderProtocol, TimerHandle
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from localcloud.base import forkserver
from localcloud.base.forkserver import Load, Request
from localcloud.base.supervisor.processes import MARK
from localcloud.run.images import Image

LIBRARIES = (  # of uvicorn and Starlette, which load them when they serve
    "anyio._backends._asyncio",
    "uvicorn.main",
    "uvicorn.lifespan.on",
    "uvicorn.loops.auto",
    "uvicorn.loops.uvloop",
    "uvicorn.protocols.http.auto",
    "uvicorn.protocols.websockets.auto",
)
# What libraries in C and the interpreter itself look at, which cannot be noted as they do so.
UNSEEN = ("GLIBC_", "GRPC_", "LANG", "LC_", "LD_", "MALLOC_", "OPENSSL_", "PROTOCOL_BUFFERS_", "PYTHON", "SSL_", "TZ")
# A folder of each instance's own and empty at its start: a path below the fork server's leads to as little.
EMPTY = "HOME"
LINGER = 60.0  # seconds after an instance's start in which another may be wanted
ENDS_WITHIN = 5.0  # seconds
PR_SET_CHILD_SUBREAPER = 36  # prctl(2): orphans among our descendants become our children, not those of init
CHUNK = 1 << 16  # bytes


Started = tuple[int, Future[int]] | None  # a process id and, later, its exit status; None when the fork server is gone

log = logging.getLogger(__name__)


class Forked:
    """A process that was forked, with what asyncio's Process has: `stdout` gives what it prints."""

    def __init__(self, pid: int, end: Future[int], stdout: StreamReader, pipe: BaseTransport) -> None:
        self.pid = pid
        self.stdout = stdout
        self._end = end
        self._pipe = pipe

    @property
    def returncode(self) -> int | None:
        """The exit status, negative for a signal's number, or None while it runs."""
        return self._end.result() if self._end.done() else None

    async def wait(self) -> int:
        """Return its exit status once it has ended; what it printed has to be read before."""
        code = await asyncio.shield(self._end)
        self._pipe.close()
        return code

    def terminate(self) -> None:
        """Send SIGTERM; raises ProcessLookupError when it has ended."""
        if self._end.done():
            raise ProcessLookupError
        os.kill(self.pid, signal.SIGTERM)


class Forks:
    """The fork servers of the images of which an instance started lately, one each."""

    def __init__(self, home: Path) -> None:
        self._own = {EMPTY: str(home / "run" / "scratch" / "libraries"), MARK: str(home)}
        self._servers: dict[Image, _Server] = {}

    async def fork(self, image: Image, request: Request, shared: Mapping[str, str], stdin: int) -> Forked | None:
        """Return an instance that waits for a byte from `stdin`, or None when it needs an interpreter of its own.

        `shared` is the environment that instances of all services have on this machine.
        """
        if not forkserver.SAFE:
            return None
        server = self._servers.get(image)
        if server and not server.fits(request.environ):
            return None
        if server is None or server.closed:
            server = self._servers[image] = _Server(image, {**shared, **self._own})
        return await server.fork(request, stdin)

    async def aclose(self) -> None:
        """End all fork servers, and the instances that are children of theirs."""
        for server in self._servers.values():
            server.close()


class _Server:
    """The fork server of an image; it is closed some time after the last instance came off it."""

    def __init__(self, image: Image, environ: Mapping[str, str]) -> None:
        own = [path.stem for path in image.folder.iterdir()]
        process, calls = forkserver.start(image.python, Load([str(image.folder)], LIBRARIES, own), environ)
        calls.setblocking(False)
        self.closed = False
        self._process, self._calls, self._heard = process, calls, b""
        self._image, self._environ = image, environ
        self._loop = asyncio.get_running_loop()
        self._timer: TimerHandle | None = None
        self._loaded: Future[None] = self._loop.create_future()
        self._seen: Mapping[str, str | None] | None = {}  # None: it cannot fork
        self._waiting = 0
        self._starting: deque[Future[Started]] = deque()
        self._ends: dict[int, Future[int]] = {}
        self._loop.add_reader(calls, self._hear)

    def fits(self, environ: Mapping[str, str]) -> bool:
        """Tell whether the libraries, if loaded with this environment, would be the same, as far as is known."""
        if self._seen is None or "*" in self._seen or _unseen(environ) != _unseen(self._environ):
            return False
        return all(environ.get(name) == value for name, value in self._seen.items() if name != EMPTY)

    async def fork(self, request: Request, stdin: int) -> Forked | None:
        """Fork once the libraries are loaded; None when they cannot be, or not with this environment."""
        self._waiting += 1
        try:
            await asyncio.shield(self._loaded)
            if not self.fits(request.environ):
                return None
            started, out = self._ask(request, stdin)
        finally:
            self._waiting -= 1
            self._retire_later()
        printed = StreamReader()
        pipe, _ = await self._loop.connect_read_pipe(lambda: StreamReaderProtocol(printed), out)
        if found := await started:
            return Forked(*found, printed, pipe)
        pipe.close()
        return None

    def close(self) -> None:
        """End it and what is left of its forks."""
        if self.closed:
            return
        self._leave()
        self._process.kill()
        self._process.wait()
        while self._starting:
            self._answer(None)
        while self._ends:
            pid, end = self._ends.popitem()
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
            end.set_result(-signal.SIGKILL)

    def _ask(self, request: Request, stdin: int) -> tuple[Future[Started], IO[bytes]]:
        ours, its = os.pipe()
        out = os.fdopen(ours, "rb", buffering=0)
        try:
            forkserver.call(self._calls, request, stdin, its, its)
        except OSError:
            out.close()
            raise
        finally:
            os.close(its)
        self._starting.append(started := self._loop.create_future())
        return started, out

    def _hear(self) -> None:
        chunk = self._calls.recv(CHUNK)
        *lines, self._heard = (self._heard + chunk).split(b"\n")
        for line in lines:
            self._told(json.loads(line))
        if not chunk:
            self._lost()

    def _told(self, answer: Mapping[str, Any]) -> None:
        match answer:
            case {"seen": seen}:
                self._seen = seen
                self._loaded.set_result(None)
            case {"unfit": why}:
                log.info("each instance of %s has an interpreter of its own: %s", self._image.folder.name, why)
            case {"started": pid}:
                end = self._ends[pid] = self._loop.create_future()
                self._answer((pid, end))
            case {"ended": pid, "code": code}:
                self._ends.pop(pid).set_result(code)

    def _answer(self, started: Started) -> None:
        asked = self._starting.popleft()
        if not asked.cancelled():
            asked.set_result(started)

    def _lost(self) -> None:
        """Go on without it: what it was to fork gets an interpreter, what it forked is replaced."""
        if not self._loaded.done():
            self._seen = None
            self._loaded.set_result(None)
        self.close()

    def _leave(self) -> None:
        self.closed = True
        self._loop.remove_reader(self._calls)
        self._calls.close()

    def _retire_later(self) -> None:
        if self._timer:
            self._timer.cancel()
        self._timer = self._loop.call_later(LINGER, self._retire)

    def _retire(self) -> None:
        """End it, and wait for its instances in its stead."""
        if self.closed:
            return
        if self._waiting or self._starting:
            self._retire_later()
            return
        try:
            with _taking_orphans():
                for line in self._last_words():
                    self._told(json.loads(line))
                code = self._process.wait(ENDS_WITHIN)
        except (TimeoutError, subprocess.TimeoutExpired):
            code = None
        if code != 0:  # it hangs, or was killed, and others may have its instances now
            self.close()
            return
        self._leave()
        for pid in self._ends:
            descriptor = os.pidfd_open(pid)
            self._loop.add_reader(descriptor, self._ended, descriptor, pid)

    def _last_words(self) -> list[bytes]:
        self._calls.settimeout(ENDS_WITHIN)
        self._calls.shutdown(socket.SHUT_WR)
        while chunk := self._calls.recv(CHUNK):
            self._heard += chunk
        return self._heard.splitlines()

    def _ended(self, descriptor: int, pid: int) -> None:
        self._loop.remove_reader(descriptor)
        os.close(descriptor)
        _, status = os.waitpid(pid, 0)
        self._ends.pop(pid).set_result(os.waitstatus_to_exitcode(status))


@contextmanager
def _taking_orphans() -> Iterator[None]:
    """Have what a child leaves behind become ours; only for the block, as nobody would wait for what others leave."""
    prctl = ctypes.CDLL(None).prctl
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        yield
    finally:
        prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


def _unseen(environ: Mapping[str, str]) -> Mapping[str, str]:
    return {name: value for name, value in environ.items() if name.startswith(UNSEEN)}
