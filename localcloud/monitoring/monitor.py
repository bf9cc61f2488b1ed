"""Once a minute of the world's time: take samples, judge every policy, and notify."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from localcloud import iam
from localcloud.base.world import World
from localcloud.monitoring import channels, counting, entries, uptime
from localcloud.monitoring.clock import WorldClock
from localcloud.monitoring.counting import Counts, Key
from localcloud.monitoring.incident_store import IncidentStore
from localcloud.monitoring.judging import UnjudgedError, judged, notices
from localcloud.monitoring.policies import Policy, policies
from localcloud.monitoring.sample_store import MINUTE, SampleStore
from localcloud.run.journal import REQUEST
from localcloud.run.services import SERVICE
from monitors.promql.evaluating import Evaluation
from monitors.promql.samples import Measured

LOOK = 1.0  # seconds between two looks at the clock
GAP = 5 * MINUTE  # seconds without samples after which they begin anew
SETTLED = 0.15  # seconds after which what services print is in the journal (localcloud.run.journal.PAUSE)

log = logging.getLogger(__name__)
Depths = Callable[[], Mapping[str, int]]


@dataclass(frozen=True)
class Surroundings:
    """What is looked at beside the world: how many tasks each queue holds, where names lead, whom to trust by TLS.

    `settle` has the scheduler make the calls that are due, and returns when they have ended. `smtp` is the sink's port.
    """

    depths: Depths
    route: uptime.Route
    trust: ssl.SSLContext
    smtp: int
    settle: Callable[[], Awaitable[None]]


class Monitor:
    """One for each world."""

    def __init__(self, world: World, clock: WorldClock, around: Surroundings) -> None:
        self._world, self._clock, self._around = world, clock, around
        self._store, self._incidents = SampleStore(world), IncidentStore(world)
        self._lock = asyncio.Lock()
        self._awake = 0.0
        self.unjudged: tuple[str, ...] = ()

    async def run(self) -> None:
        """Go on until cancelled. What a killed process owed is sent first."""
        async with self._lock:
            await asyncio.to_thread(self._wake)
        while True:
            async with self._lock:
                if self._store.last[0] + MINUTE <= self._clock():
                    await self._minute(_whole(self._clock()))
            await asyncio.sleep(LOOK)

    async def begin_anew(self) -> None:
        """Forget every sample and look as if for the first time, so that a drill does not depend on what was before."""
        async with self._lock:
            await asyncio.to_thread(self._start_over, _whole(self._clock()))

    async def advance(self, minutes: int) -> None:
        """Drive the world's clock on, minute by minute, with all that Google does each minute."""
        for _ in range(minutes):
            async with self._lock:
                self._clock.advance(MINUTE)
                await self._around.settle()
                await asyncio.sleep(SETTLED)
                await self._minute(_whole(self._clock()))

    async def skip(self, minutes: int) -> None:
        """Let the world's time pass without anything happening: counters and gauges stay, and nobody is called.

        So a drill comes over a night in seconds. Nothing can have lasted through it, for nobody looked.
        """
        async with self._lock:
            self._clock.advance(minutes * MINUTE)
            self._awake = _whole(self._clock())
            await asyncio.to_thread(self._store.stand_still, int(self._awake))

    def measured(self) -> Measured:
        """Return all series."""
        return self._store.measured()

    @property
    def incidents(self) -> IncidentStore:
        """What is and was open."""
        return self._incidents

    def now(self) -> float:
        """Return the world's time, in seconds since the epoch."""
        return self._clock()

    def _wake(self) -> None:
        now = _whole(self._clock())
        if now - self._store.last[0] > GAP:
            self._start_over(now)
        for notice in self._incidents.owed():
            if channels.kept(self._world, notice.address, notice.id):
                self._incidents.sent(notice)
        self._send()

    def _start_over(self, now: int) -> None:
        self._store.start_over(now, self._sequence())
        self._awake = now

    async def _minute(self, now: int) -> None:
        if now <= self._store.last[0]:
            return
        seen = [(check, await self._looked(check)) for check in self._world.resources(uptime.CHECK)]
        gauges: dict[Key, float] = {}
        for check, answer in seen:
            gauges.update(uptime.gauges(check, answer, self._clock()))
        await asyncio.to_thread(self._judge, now, gauges)

    async def _looked(self, check: Any) -> uptime.Seen:
        return await uptime.looked(check, self._around.route, self._around.trust)

    def _judge(self, now: int, gauges: Mapping[Key, float]) -> None:
        _, since = self._store.last
        until = self._sequence()
        logged = list(entries.logged(self._world, self._project(), since, until))
        depths = {
            counting.key("cloudtasks.googleapis.com/queue/depth", counting.QUEUE, queue_id=name): float(count)
            for name, count in self._around.depths().items()
        }
        self._store.add(now, until, self._counts(since, until, logged), {**gauges, **depths})
        evaluation, failed = Evaluation(self._store.measured()), []
        for policy in policies(self._world):
            try:
                self._apply(policy, evaluation, logged, now)
            except UnjudgedError as error:
                failed.append(str(error))
        self.unjudged = tuple(failed)
        self._send()

    def _counts(self, since: int, until: int, logged: list[dict[str, Any]]) -> Counts:
        services = frozenset(str(each.inputs.get("name")) for each in self._world.resources(SERVICE))
        found: dict[Key, float] = {}
        asked = [each for each in self._world.journal(REQUEST, since=since) if each.seq <= until]
        tried = [each for each in self._world.journal("task", since=since) if each.seq <= until]
        metrics = self._world.resources(counting.METRIC)
        for counts in (counting.requests(asked, services), counting.attempts(tried), counting.lines(logged, metrics)):
            found.update(counts)  # no two of them count the same series
        return found

    def _apply(self, policy: Policy, evaluation: Evaluation, logged: list[dict[str, Any]], now: int) -> None:
        changes = judged(policy, self._incidents.of(policy.name), evaluation, logged, now, self._awake)
        with self._world.transaction():
            numbered = self._incidents.number(changes)
            for notice in notices(policy, numbered, channels.addresses(self._world, policy.channels)):
                self._incidents.owe(notice)

    def _send(self) -> None:
        for notice in self._incidents.owed():
            try:
                channels.send(self._around.smtp, notice.address, notice.subject, notice.text, notice.id)
            except OSError as error:
                log.warning("no notification to %s yet: %s", notice.address, error)
                return
            self._incidents.sent(notice)

    def _project(self) -> str:
        found = self._world.resources(iam.PROJECT)
        return str(found[0].outputs.get("projectId", "")) if found else ""

    def _sequence(self) -> int:
        return int(self._world.connection.execute("SELECT COALESCE(MAX(seq), 0) FROM journal").fetchone()[0])


def _whole(now: float) -> int:
    return int(now) // MINUTE * MINUTE
