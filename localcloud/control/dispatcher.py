"""Dispatches tasks when they are due, within each queue's rate limits, and tries failed ones again by its rules."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from contextlib import suppress

from localcloud.control.pacing import Bucket
from localcloud.control.queues import Queue, Queues
from localcloud.control.task_delivery import Courier, Outcome
from localcloud.control.taskstore import Stored, TaskStore
from localcloud.control.times import seconds

LOOK = 1.0  # seconds after which the world is looked at again: other processes create and pause queues
LEAST = 0.005  # seconds between two looks

log = logging.getLogger(__name__)


class Dispatcher:
    """One for each world. What is in flight and each queue's tokens are all it knows that the world does not."""

    def __init__(self, queues: Queues, tasks: TaskStore, courier: Courier, clock: Callable[[], float]) -> None:
        self._queues = queues
        self._tasks = tasks
        self._courier = courier
        self._clock = clock
        self._buckets: dict[tuple[str, float], Bucket] = {}
        self._in_flight: dict[str, str] = {}  # task name → queue name
        self._seen: int | None = None  # the world's version at the last look
        self._woken = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def wake(self) -> None:
        """Look for due tasks now; may be called from any thread."""
        with suppress(RuntimeError):  # the loop has ended, and with it the dispatching
            self._loop.call_soon_threadsafe(self._woken.set)

    async def run(self) -> None:
        """Dispatch until cancelled; attempts that are cut off by that are made again at the next start."""
        async with asyncio.TaskGroup() as attempts:
            while True:
                self._woken.clear()
                pause = self._start_due(attempts)
                with suppress(TimeoutError):
                    async with asyncio.timeout(max(LEAST, min(pause, LOOK))):
                        await self._woken.wait()

    def _start_due(self, attempts: asyncio.TaskGroup) -> float:
        """Start what may start; return after how many seconds there may be more."""
        version, queues = self._queues.version, self._queues.all()  # in this order: what changes between is seen later
        if version != self._seen:  # by which a queue is known, too, that came and went since the last look
            self._tasks.forget_removed(queues)
            self._seen = version
        return min((self._start_due_of(queue, attempts) for queue in queues), default=LOOK)

    def _start_due_of(self, queue: Queue, attempts: asyncio.TaskGroup) -> float:
        now = self._clock()
        flying = Counter(self._in_flight.values())[queue.name]
        room = queue.rates.max_concurrent_dispatches - flying
        most = flying + min(max(room, 0), queue.rates.max_burst_size) + 1
        for name, forced in self._tasks.due(queue, now, most):
            if name in self._in_flight:
                continue
            if room <= 0:
                return LOOK  # the end of an attempt wakes
            wait = 0.0 if forced else self._wait_for_token(queue, now)
            if wait:
                return wait
            room -= 1
            self._in_flight[name] = queue.name
            attempts.create_task(self._attempt(queue, name))
        upcoming = self._tasks.next_eta(queue, now)
        return LOOK if upcoming is None else upcoming - now

    def _wait_for_token(self, queue: Queue, now: float) -> float:
        key = (queue.name, queue.born)
        bucket = self._buckets.get(key, Bucket(float(queue.rates.max_burst_size), now))
        self._buckets[key], wait = bucket.take(queue.rates, now)
        return wait

    async def _attempt(self, queue: Queue, name: str) -> None:
        try:
            begun = self._tasks.begin(name, self._clock())
            if begun is not None:
                found = await self._courier.deliver(begun)
                self._tasks.settle(begun, found.result, retry_at(queue, begun, found))
                log.info("task %s: attempt %d: %s", begun.name, begun.task.dispatch_count, words(found))
        finally:
            self._in_flight.pop(name, None)
            self._woken.set()


def retry_at(queue: Queue, begun: Stored, found: Outcome) -> float | None:
    """Return when the task is due again after a failed attempt (seconds since the epoch), or None to give it up."""
    attempts, ended = begun.task.dispatch_count, found.result.at
    if queue.retries.exhausted(attempts, seconds(begun.task.first_attempt.dispatch_time), ended):
        return None
    return ended + max(queue.retries.backoff(attempts), found.pause)


def words(found: Outcome) -> str:
    """Return an outcome as a log line says it."""
    return found.result.message or f"HTTP status code {found.result.http_status}"
