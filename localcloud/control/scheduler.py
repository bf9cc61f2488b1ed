"""Fires Cloud Scheduler's jobs when their cron line says so, and again after a failure, as the real one does.

What was due while the local cloud was down is not made up for; Cloud Scheduler does not either.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from localcloud.control.dispatcher import words
from localcloud.control.scheduler_jobs import Job, Jobs
from localcloud.control.task_delivery import Courier

LOOK = 1.0  # seconds after which the world is looked at again: the engine creates and pauses jobs
PATIENT = 20.0  # seconds that `settle` waits for calls to end
OK = range(200, 300)

log = logging.getLogger(__name__)


class Scheduler:
    """One for each world; `clock` gives seconds since the epoch. A job that is still running is not started again."""

    def __init__(self, jobs: Jobs, courier: Courier, clock: Callable[[], float], look: float = LOOK) -> None:
        self._jobs = jobs
        self._courier = courier
        self._clock = clock
        self._look = look
        self._due: dict[tuple[str, float, str], float] = {}
        self._running: set[str] = set()
        self._runs: asyncio.TaskGroup | None = None

    async def run(self) -> None:
        """Fire until cancelled."""
        async with asyncio.TaskGroup() as runs:
            self._runs = runs
            while True:
                self._start_due()
                await asyncio.sleep(self._look)

    async def settle(self) -> None:
        """Make the calls that are due now, and wait until each has ended once: the world's clock was driven on."""
        first = [asyncio.create_task(ended.wait()) for ended in self._start_due()]
        if first:
            await asyncio.wait(first, timeout=PATIENT)

    def _start_due(self) -> list[asyncio.Event]:
        """Start the calls that are due; return what tells of the end of each one's first try."""
        started: list[asyncio.Event] = []
        if self._runs is None:
            return started
        for job in self._whose_time_has_come():
            self._running.add(job.name)
            ended = asyncio.Event()
            self._runs.create_task(self._fire(job, ended))
            started.append(ended)
        return started

    def _whose_time_has_come(self) -> list[Job]:
        now, jobs = self._clock(), [job for job in self._jobs.all() if not job.is_paused]
        before = self._due
        self._due = {_key(job): before.get(_key(job)) or job.next_after(now) for job in jobs}
        come = [job for job in jobs if self._due[_key(job)] <= now]
        for job in come:
            self._due[_key(job)] = job.next_after(now)
        return [job for job in come if job.name not in self._running]

    async def _fire(self, job: Job, ended: asyncio.Event) -> None:
        """Make a job's call, and again after a failure, as often as its retry config says."""
        try:
            for failures in range(1, job.retries + 2):
                found = await self._courier.call(job.errand)
                is_good = found.result.http_status in OK
                self._jobs.ran(job, self._clock(), words(found), is_good=is_good)
                ended.set()
                log.info("job %s: %s", job.id, words(found))
                if is_good or failures > job.retries:
                    return
                await asyncio.sleep(job.wait(failures))
        finally:
            ended.set()
            self._running.discard(job.name)


def _key(job: Job) -> tuple[str, float, str]:
    """Return what a job's next time hangs on: a changed schedule counts from now."""
    return job.name, job.born, f"{job.schedule} {job.zone}"
