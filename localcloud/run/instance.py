"""One instance: a process of the image, from its start to its end."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from asyncio.subprocess import PIPE, STDOUT
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import httpx

from localcloud.base.forkserver import Request
from localcloud.base.ports import LOOPBACK
from localcloud.run import lines
from localcloud.run.forks import Forks
from localcloud.run.images import Image
from localcloud.run.instance_registry import Identity, InstanceRegistry
from localcloud.run.services import Probe

# uvicorn as a container of the application would start it (longer keep-alive than the front end's), on loopback.
SERVER = "uvicorn"
OPTIONS = ("--no-access-log", "--timeout-keep-alive", "75", "--host", LOOPBACK, "--port")
# The gate: nothing runs before the runner has written the process down; if the runner dies first, it never opens. A
# fork has one too.
GATE = ("/bin/sh", "-c", 'read -r go && exec "$0" "$@" </dev/null')
BACKGROUND = 5  # how much nicer is what no user waits for: a third of the weight; Cloud Run gives each its processor
PARTING = 0.5  # seconds in which a process that broke a connection off turns out to have ended
GRACE = 10.0  # seconds between SIGTERM and SIGKILL: Cloud Run's container contract
PROBE_PAUSE = 0.1  # seconds between two probes; production waits the probe's period, its budget is the same here
TAIL = 20  # lines


class NotReady(Exception):  # noqa: N818 - a state of the container, as the API words it
    """The container did not start; the message gives the platform's reason and the end of what it printed."""


@dataclass(frozen=True)
class Start:
    """All that is needed to start an instance. `environment` is complete; `scratch` is removed at the end.

    `target` is the image's ASGI application, MODULE:ATTRIBUTE. `shared` is the part of the environment that all
    instances on this machine have. `background` says that only queues and timers call it.
    """

    identity: Identity
    image: Image
    target: str
    environment: Mapping[str, str]
    shared: Mapping[str, str]
    port: int
    scratch: Path
    background: bool = False


class Process(lines.Printing, Protocol):
    """A process that was started, in an interpreter of its own or as a fork: what asyncio's Process has."""

    @property
    def pid(self) -> int:
        """Its id, which is its session's too."""

    @property
    def returncode(self) -> int | None:
        """The exit status, negative for a signal's number, or None while it runs."""

    async def wait(self) -> int:
        """Return its exit status once it has ended."""

    def terminate(self) -> None:
        """Send SIGTERM; raises ProcessLookupError when it has ended."""


class Instance:
    """A started process. `ended` is set once it is gone, `stopping` from the moment it was told to go."""

    def __init__(
        self, start: Start, process: Process, register: InstanceRegistry, printed: Callable[[str], None]
    ) -> None:
        self.identity = start.identity
        self.port = start.port
        self.ended = asyncio.Event()
        self.stopping = False
        self._start = start
        self._process = process
        self._register = register
        self._printed = printed
        self._tail: deque[str] = deque(maxlen=TAIL)
        self._watching = asyncio.create_task(self._watch())

    @classmethod
    async def begin(
        cls, start: Start, forks: Forks, register: InstanceRegistry, printed: Callable[[str], None]
    ) -> Instance:
        """Start the process; `printed` gets each line it prints. It serves once `ready` returns."""
        start.scratch.mkdir(parents=True, exist_ok=True)
        wait, gate = os.pipe()
        try:
            process = await _forked(start, forks, wait) or await _in_an_interpreter(start, wait)
            register.enter(start.identity, process.pid)
            os.write(gate, b"\n")
        finally:
            os.close(wait)
            os.close(gate)
        return cls(start, process, register, printed)

    @property
    def status(self) -> int | None:
        """The exit status, negative for a signal's number, or None while the process runs."""
        return self._process.returncode

    @property
    def serves(self) -> bool:
        """Tell whether it may be given requests."""
        return self.status is None and not self.stopping

    async def ready(self, probe: Probe) -> None:
        """Return when the startup probe succeeds; raises NotReady when its budget is spent or the container ends."""
        try:
            async with asyncio.timeout(probe.budget):
                while not self.ended.is_set() and not await self._answers(probe):
                    await asyncio.sleep(PROBE_PAUSE)
        except TimeoutError:
            raise NotReady(self._reason(f"the startup probe did not succeed within {probe.budget:.0f} s")) from None
        if self.ended.is_set():
            raise NotReady(self._reason(f"the container called exit({self.status})"))
        if self._start.background:
            _let_others_go_first(self._process.pid)

    async def live(self, probe: Probe) -> None:
        """Return when the liveness probe has failed as often in a row as it may, or the container has ended."""
        failures = 0
        await asyncio.sleep(probe.delay)
        while failures < probe.failures and not self.ended.is_set():
            await asyncio.sleep(probe.period)
            failures = 0 if await self._answers(probe) else failures + 1

    async def part(self) -> None:
        """Return when it has ended, or goes on after all: a broken connection may be the first sign of its end."""
        with suppress(TimeoutError):
            async with asyncio.timeout(PARTING):
                await self.ended.wait()

    async def stop(self) -> None:
        """Send SIGTERM, after the grace period SIGKILL to all it started, and return when it is gone."""
        self.stopping = True
        with suppress(ProcessLookupError):
            self._process.terminate()
        try:
            async with asyncio.timeout(GRACE):
                await self.ended.wait()
        except TimeoutError:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        await self._watching

    async def _answers(self, probe: Probe) -> bool:
        try:
            if probe.path is None:
                _, writer = await asyncio.open_connection(LOOPBACK, self.port)
                writer.close()
                return True
            # Plain HTTP: reading the authorities' certificates would cost more than the rest of a probe.
            async with httpx.AsyncClient(timeout=probe.timeout, trust_env=False, verify=False) as client:  # noqa: S501
                return (await client.get(f"http://{LOOPBACK}:{self.port}{probe.path}")).is_success
        except (OSError, httpx.TransportError):
            return False

    async def _watch(self) -> None:
        """Pass on what the process prints, wait for its end, and clear away after it."""
        async for line in lines.of(self._process):
            self._tail.append(line)
            self._printed(line)
        await self._process.wait()
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._register.leave(self.identity.key)
        shutil.rmtree(self._start.scratch, ignore_errors=True)
        self.ended.set()

    def _reason(self, cause: str) -> str:
        said = "\n".join(self._tail) or "(it printed nothing)"
        return f"{self.identity.revision} is not ready: {cause}. The last it printed:\n{said}"


def _arguments(start: Start) -> list[str]:
    return [start.target, *OPTIONS, str(start.port)]


async def _forked(start: Start, forks: Forks, wait: int) -> Process | None:
    folder = str(start.image.folder)
    request = Request(SERVER, _arguments(start), start.environment, folder, path=[folder])
    return await forks.fork(start.image, request, start.shared, wait)


async def _in_an_interpreter(start: Start, wait: int) -> Process:
    return await asyncio.create_subprocess_exec(
        *GATE,
        str(start.image.python),
        "-m",
        SERVER,
        *_arguments(start),
        cwd=start.image.folder,
        env=dict(start.environment),
        stdin=wait,
        stdout=PIPE,
        stderr=STDOUT,
        start_new_session=True,
    )


def _let_others_go_first(pid: int) -> None:
    """Lower the weight of a process that leads a session, once it serves: its start is waited for.

    Linux shares the processors between sessions first, each by a niceness of its own (sched(7), autogroup).
    """
    with suppress(OSError):
        os.setpriority(os.PRIO_PGRP, pid, os.nice(0) + BACKGROUND)
        Path(f"/proc/{pid}/autogroup").write_text(str(BACKGROUND))
