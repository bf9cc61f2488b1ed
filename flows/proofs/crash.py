"""Crashes: service processes are killed from outside at named points, under load, and nothing is lost or doubled.

No code in the services knows of it. A stand-in that sees the call of a point holds it (see localcloud/faults), the
process that made the call gets SIGKILL, and the call goes on without it. The front end starts a new instance, as Cloud
Run does.
"""

from __future__ import annotations

import itertools
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus

from flows.proofs.crowd import Crowd
from flows.proofs.oracle import Oracle, Tally
from flows.proofs.rehearsed import Rehearsed
from handlers.service_manifest import INTAKE, SUPPORT_TICKET, SYNC_CRM, SYNC_PAYMENTS
from localcloud.base.world import Entry
from localcloud.faults import Fault, Faults, Kind
from localcloud.run.instance_registry import InstanceRegistry
from localcloud.run.journal import REQUEST

PER_SECOND = 0.4  # users; each makes eight events and up to four mails, of which the queue lets four a second through
HIT = 20.0  # seconds that a point may take to be reached
UP_AGAIN = 60.0  # seconds for a new instance, and until it has answered somebody
BREATH = 1.0  # seconds that it then serves on: killed again at once and forever, it would refuse everyone
SETTLES = 0.5  # seconds until the journal holds what a killed process still answered
AT_REST = 600.0  # seconds: what was unlucky again and again is tried every four minutes, and what waits for it as well
STEP = 0.05

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Point:
    """Where a service is killed: the call of it that is held at a stand-in, before it acts there or after."""

    name: str
    service: str
    target: str
    kind: Kind
    match: tuple[str, ...]

    @property
    def fault(self) -> Fault:
        """The fault that holds the first such call."""
        return Fault(self.target, self.kind, self.match, times=1, seconds=HIT + 30)


def points() -> list[Point]:
    """Return all points, by the names of the acceptance criteria."""
    stored = ("intake@", "\nCommit\n", "/documents/inbox/")
    queued = ("intake@", "\nCreateTask\n")
    found = [
        Point("after verify", INTAKE, "firestore", Kind.HOLD, stored),
        Point("after store", INTAKE, "firestore", Kind.HOLD_AFTER, stored),
        Point("before enqueue", INTAKE, "tasks", Kind.HOLD, queued),
        Point("after enqueue", INTAKE, "tasks", Kind.HOLD_AFTER, queued),
        Point("before the contact", SYNC_CRM, "crm", Kind.HOLD, ("POST", "/batch/upsert")),
        Point("after the contact", SYNC_CRM, "crm", Kind.HOLD_AFTER, ("POST", "/batch/upsert")),
        Point("before the ticket", SUPPORT_TICKET, "helpdesk", Kind.HOLD, ("POST /api/v2/tickets",)),
        Point("after the ticket", SUPPORT_TICKET, "helpdesk", Kind.HOLD_AFTER, ("POST /api/v2/tickets",)),
        Point("before the mail", SUPPORT_TICKET, "mailer", Kind.HOLD, ("POST /emails", "Support")),
        Point("after the mail", SUPPORT_TICKET, "mailer", Kind.HOLD_AFTER, ("POST /emails", "Support")),
        Point("before the look at Stripe", SYNC_PAYMENTS, "stripe", Kind.HOLD, ("GET /v1/subscriptions",)),
        Point("after the look at Stripe", SYNC_PAYMENTS, "stripe", Kind.HOLD_AFTER, ("GET /v1/subscriptions",)),
    ]
    for service in (SYNC_CRM, SUPPORT_TICKET, SYNC_PAYMENTS):
        claimed = (f"{service}@", "\nCommit\n", "/documents/inbox/", '"processing"')
        decided = (f"{service}@", "\nCommit\n", "/documents/inbox/", '"done"')
        performed = (f"{service}@", "\nCommit\n", "/documents/outbox/", '"done"')
        found += [
            Point("after claim", service, "firestore", Kind.HOLD_AFTER, claimed),
            Point("mid transaction", service, "firestore", Kind.HOLD, decided),
            Point("after commit", service, "firestore", Kind.HOLD_AFTER, decided),
            Point("after effect", service, "firestore", Kind.HOLD, performed),
        ]
    return found


@dataclass(frozen=True)
class Result:
    """How often each point was killed at, those that were never reached, and what the vendors say."""

    kills: Counter[str]
    missed: tuple[str, ...]
    answers: Counter[int]
    tally: Tally

    @property
    def is_well(self) -> bool:
        """Whether every point was met and nothing was lost or doubled."""
        return self.kills.total() > 0 and not self.missed and self.tally.is_well

    def __str__(self) -> str:
        refused = self.answers.total() - self.answers[200] - self.answers[202]
        missed = f", never reached: {', '.join(self.missed)}" if self.missed else ""
        return (
            f"{'PASS' if self.is_well else 'FAIL'} crash: {self.kills.total()} kills at {len(self.kills)} points"
            f"{missed}; {refused} of {self.answers.total()} requests had to come again; {self.tally}"
        )


def prove(
    rehearsed: Rehearsed, kills: int, tell: Tell, at: Sequence[Point] = (), per_second: float = PER_SECOND
) -> Result:
    """Kill so often, spread over all points and services at once, under load; then drain and count.

    `at` names other points than all, `per_second` is how many users come.
    """
    at = at or points()
    oracle, crowd = Oracle(rehearsed.scene, rehearsed.world), Crowd(rehearsed.scene, "crash")
    killer = _Killer(rehearsed, tell)
    with ThreadPoolExecutor(1) as pool:
        living = pool.submit(crowd.act, per_second, 100_000)
        try:
            killer.run(at, kills)
        finally:
            crowd.stop()
        living.result()
    tell(f"{killer.kills.total()} kills; waiting for {len(crowd.members)} users' events to settle")
    missed = [name for name in map(_label, at) if not killer.kills[name]] if kills >= 2 * len(at) else []
    return Result(killer.kills, tuple(missed), crowd.answers, oracle.judge(crowd.members, patience=AT_REST))


class _Killer:
    """One thread a service, because a service has one instance at a time."""

    def __init__(self, rehearsed: Rehearsed, tell: Tell) -> None:
        self.kills: Counter[str] = Counter()
        self._faults = Faults(rehearsed.world)
        self._register = InstanceRegistry(rehearsed.world)
        self._world = rehearsed.world
        self._seen: dict[str, int] = {}  # service → the journal's last entry about a request to it
        self._tell = tell
        self._lock = threading.Lock()

    def run(self, all_: Sequence[Point], kills: int) -> None:
        services = list(dict.fromkeys(point.service for point in all_))
        shares = [kills // len(services) + (number < kills % len(services)) for number in range(len(services))]
        with ThreadPoolExecutor(len(services)) as pool:
            jobs = [
                pool.submit(self._kill_often, [point for point in all_ if point.service == service], share)
                for service, share in zip(services, shares, strict=True)
            ]
            for job in jobs:
                job.result()

    def _kill_often(self, own: Sequence[Point], share: int) -> None:
        misses = 0
        for point in itertools.cycle(own):
            if not share or misses > 2 * len(own):
                return
            if self._kill_at(point):
                share, misses = share - 1, 0
                if share:
                    self._let_breathe(point.service)
            else:
                misses += 1

    def _kill_at(self, point: Point) -> bool:
        """Kill the service when it reaches the point; False when it does not get there in time."""
        if not self._wait(lambda: bool(self._pids(point.service)), UP_AGAIN):
            return False
        number = self._faults.switch_on(point.fault)
        try:
            if not self._wait(lambda: self._faults.met(number) > 0, HIT):
                return False
            for pid in self._pids(point.service):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self._wait(lambda: not any(_is_alive(pid) for pid in self._pids(point.service)), 5.0)
        finally:
            self._faults.switch_off(number)
        with self._lock:
            self.kills[_label(point)] += 1
            self._tell(f"kill {self.kills.total()}: {_label(point)}")
        return True

    def _let_breathe(self, service: str) -> None:
        """Wait until the next instance serves, and a while longer."""
        time.sleep(SETTLES)
        self._requests_since_last_look(service)
        self._wait(lambda: any(map(_is_answer, self._requests_since_last_look(service))), UP_AGAIN)
        time.sleep(BREATH)

    def _requests_since_last_look(self, service: str) -> list[Entry]:
        found = self._world.journal(REQUEST, service, self._seen.get(service, 0))
        self._seen[service] = found[-1].seq if found else self._seen.get(service, 0)
        return found

    def _pids(self, service: str) -> list[int]:
        return self._register.pids_of(service)

    def _wait(self, is_so: Callable[[], bool], seconds: float) -> bool:
        end = time.monotonic() + seconds
        while not is_so():
            if time.monotonic() > end:
                return False
            time.sleep(STEP)
        return True


def _label(point: Point) -> str:
    return f"{point.service} {point.name}"


def _is_answer(request: Entry) -> bool:
    """Tell whether the service itself answered: without one the front end says 5xx, or 429 to all who wait in vain."""
    status = request.data["status"]
    return bool(status < HTTPStatus.INTERNAL_SERVER_ERROR and status != HTTPStatus.TOO_MANY_REQUESTS)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
