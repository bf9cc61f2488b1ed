"""One revision of a service: at most one instance here, started when it is needed and again when it crashed.

An instance that nobody asks for a while ends, as on Cloud Run, unless a minimum of instances is wanted
(https://cloud.google.com/run/docs/about-instance-autoscaling). So what a service keeps in its memory is lost here too,
and who comes first after a rest waits for a start.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress

from localcloud.run.environment import SecretError
from localcloud.run.images import ImageError
from localcloud.run.instance import Instance, NotReady
from localcloud.run.launcher import Launcher
from localcloud.run.services import Service, Template

PENDING_LIMIT = 10.0  # seconds a request waits for a free slot (Cloud Run, "About instance autoscaling")
BACKOFF = 0.5  # seconds after a first failure, doubled with each further one
MAX_BACKOFF = 30.0  # seconds
IDLE = 900.0  # seconds without a request until the instance ends: as long as Cloud Run keeps one at most
STEADY = 60.0  # seconds an instance must have lived for its end not to count as a failure

CANNOT_START = (ImageError, SecretError, NotReady, OSError)


class Saturated(Exception):  # noqa: N818 - a state, answered with 429
    """All slots of the revision are taken, and none came free in time."""


class Revision:
    """Serves requests through its instance. All methods belong to the event loop's thread."""

    def __init__(self, service: Service, name: str, template: Template, launcher: Launcher) -> None:
        self.name = name
        self.template = template
        self._service = service
        self._launcher = launcher
        self._slots = asyncio.Semaphore(template.concurrency)
        self._in_flight = 0
        self._last_used = 0.0  # by the event loop's clock
        self._idle = asyncio.Event()
        self._idle.set()
        self._instance: Instance | None = None
        self._starting: asyncio.Task[Instance] | None = None
        self._minding: set[asyncio.Task[None]] = set()
        self._failures = 0
        self._closed = False

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[Instance]:
        """Hold one of the instance's request slots; raises Saturated or one of CANNOT_START."""
        self._in_flight += 1
        self._idle.clear()
        try:
            await self._take_slot()
            try:
                yield await self.running()
                # It carries requests to their end: no crash loop, so that the next restart need not wait for long.
                self._failures = min(self._failures, 1)
            finally:
                self._slots.release()
        finally:
            self._in_flight -= 1
            self._last_used = asyncio.get_running_loop().time()
            if not self._in_flight:
                self._idle.set()

    async def running(self) -> Instance:
        """Return the instance, starting one when there is none; raises one of CANNOT_START."""
        if self._closed:
            raise NotReady(f"{self.name} has been retired")
        if self._instance and self._instance.serves:
            return self._instance
        if self._starting is None or self._starting.done():
            self._starting = asyncio.create_task(self._start())
        # Shielded: a caller that goes away must not take the start from the others.
        return await asyncio.shield(self._starting)

    def keep_warm(self) -> None:
        """Hold the minimum of instances from now on (`min_instances`), also after a crash."""
        if self.template.min_instances:
            self._mind(self._stay_running())

    async def retire(self) -> None:
        """Let the requests in flight finish, for at most one request's time, then end the instance."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self.template.timeout):
                await self._idle.wait()
        await self.close()

    async def close(self) -> None:
        """End the instance now, with the grace that every container gets."""
        self._closed = True
        tasks = [*self._minding, *([self._starting] if self._starting else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._instance:
            await self._instance.stop()

    async def _take_slot(self) -> None:
        try:
            async with asyncio.timeout(PENDING_LIMIT):
                await self._slots.acquire()
        except TimeoutError:
            raise Saturated(f"{self.name} serves {self.template.concurrency} requests already") from None

    async def _start(self) -> Instance:
        if self._failures:
            await asyncio.sleep(min(BACKOFF * 2 ** (self._failures - 1), MAX_BACKOFF))
        try:
            self._instance = instance = await self._launcher.launch(self._service, self.name, self.template)
        except CANNOT_START as error:
            self._failures += 1
            self._launcher.journal.log(self._service.name, "ERROR", str(error))
            raise
        self._last_used = asyncio.get_running_loop().time()
        self._mind(self._report_end(instance))
        if not self.template.min_instances:
            self._mind(self._end_when_idle(instance))
        if self.template.liveness:
            self._mind(self._end_when_dead(instance))
        return instance

    async def _stay_running(self) -> None:
        while True:
            with suppress(*CANNOT_START):  # which _start has journaled, and before the next try it waits
                instance = await self.running()
                await instance.ended.wait()

    async def _report_end(self, instance: Instance) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        await instance.ended.wait()
        if instance.stopping:
            return
        self._failures = 0 if loop.time() - began > STEADY else self._failures + 1
        self._launcher.journal.log(self._service.name, "ERROR", f"Container called exit({instance.status}).")

    async def _end_when_idle(self, instance: Instance) -> None:
        while (rest := self._patience()) > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(rest):
                    await instance.ended.wait()
                    return
        await instance.stop()

    def _patience(self) -> float:
        """Return how many seconds the instance stays if nobody asks it any more."""
        if self._in_flight:
            return IDLE
        return self._last_used + IDLE - asyncio.get_running_loop().time()

    async def _end_when_dead(self, instance: Instance) -> None:
        if self.template.liveness:
            await instance.live(self.template.liveness)
        if not instance.ended.is_set():
            self._launcher.journal.log(self._service.name, "ERROR", "LIVENESS HTTP probe failed too often: restarting.")
            await instance.stop()

    def _mind(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._minding.add(task)
        task.add_done_callback(self._minding.discard)
