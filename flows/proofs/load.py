"""Load: webhooks and intents at an even rate, three in ten of them repeated; fast enough, nothing lost or doubled."""

from __future__ import annotations

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import httpx

from flows.accept.latency import percentile
from flows.device import SUPPORT, Device, Intent, event_id, signed_in
from flows.edge import Answer
from flows.payment import is_active
from flows.proofs.crowd import ACCEPTED, Crowd
from flows.proofs.oracle import Oracle, Tally
from flows.proofs.rehearsed import Rehearsed
from flows.scene import Scene
from flows.waiting import wait_for
from handlers.intent_kinds import KINDS
from handlers.senders import stripe_signatures
from handlers.service_manifest import STRIPE_SIGNING_SECRET
from handlers.support import tickets

P95, P99 = 0.5, 2.0  # seconds
DUPLICATES = 0.3
USERS = 20  # subscribers that the webhooks are about
REQUEST_EVERY = 50  # one in so many is a request for help: the helpdesk takes three a second
AT_ONCE = 64

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Shot:
    """One request to send; `asks` says that it is a request for help, which becomes a ticket."""

    fire: Callable[[], Answer]
    asks: bool = False


@dataclass
class Salvo:
    """What was answered: seconds from the moment each request was due, statuses, and the events acknowledged."""

    seconds: list[float] = field(default_factory=list)
    answers: Counter[int] = field(default_factory=Counter)
    acknowledged: set[str] = field(default_factory=set)
    tickets: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, shot: Shot, answer: Answer, seconds: float) -> None:
        """Keep one answer; its status is 0 when there was none."""
        with self._lock:
            self.seconds.append(seconds)
            self.answers[answer.status] += 1
            if answer.status in ACCEPTED:
                self.acknowledged.add(event_id(answer))
                self.tickets |= {tickets.id_for(event_id(answer))} if shot.asks else set()


@dataclass(frozen=True)
class Result:
    """How fast the door was, what it refused, and what came of what it acknowledged."""

    rate: float
    salvo: Salvo
    kept: int
    tally: Tally

    @property
    def is_well(self) -> bool:
        """Whether everything was accepted in time and happened exactly once."""
        seconds = self.salvo.seconds
        fast = bool(seconds) and percentile(seconds, 95) < P95 and percentile(seconds, 99) < P99
        accepted = set(self.salvo.answers) <= ACCEPTED and self.kept == len(self.salvo.acknowledged)
        return fast and accepted and self.tally.is_well

    def __str__(self) -> str:
        seconds = self.salvo.seconds or [0.0]
        return (
            f"{'PASS' if self.is_well else 'FAIL'} load: {len(seconds)} requests at {self.rate:.1f}/s, "
            f"{len(self.salvo.acknowledged)} events and {len(seconds) - len(self.salvo.acknowledged)} repetitions; "
            f"p50 {percentile(seconds, 50) * 1000:.0f} ms, p95 {percentile(seconds, 95) * 1000:.0f} ms, "
            f"p99 {percentile(seconds, 99) * 1000:.0f} ms; answered {dict(sorted(self.salvo.answers.items()))}; "
            f"{self.kept} events kept; {self.tally}"
        )


def prove(rehearsed: Rehearsed, minutes: float, per_second: float, tell: Tell) -> Result:
    """Send so many requests a second for so many minutes, and count what came of them."""
    scene = rehearsed.scene
    oracle, crowd = Oracle(scene, rehearsed.world), Crowd(scene, "load")
    crowd.all_at_once(range(USERS))
    for member in crowd.members:
        wait_for(partial(scene.user, member.device.user_id), is_active, 60.0)
    tell(f"{USERS} users pay; now {per_second:g} requests a second for {minutes:g} min")
    salvo, begun = Salvo(), time.monotonic()
    _send(_shots(scene, crowd, round(minutes * 60 * per_second)), per_second, salvo, tell)
    rate = len(salvo.seconds) / (time.monotonic() - begun)
    tell("waiting for everything to settle")
    tally = oracle.judge(crowd.members, sorted(salvo.tickets))
    kept = sum(1 for each in salvo.acknowledged if scene.record(f"inbox/{each}"))
    return Result(rate, salvo, kept, tally)


def _send(shots: Sequence[Shot], per_second: float, salvo: Salvo, tell: Tell) -> None:
    first = time.monotonic() + 0.5

    def fire(number: int, shot: Shot) -> None:
        due = first + number / per_second
        time.sleep(max(0.0, due - time.monotonic()))
        try:
            answer = shot.fire()
        except httpx.HTTPError as error:
            answer = Answer(0, str(error))
        salvo.note(shot, answer, time.monotonic() - due)
        if number and number % round(30 * per_second) == 0:
            tell(f"{number} sent, 95 % within {percentile(list(salvo.seconds), 95) * 1000:.0f} ms")

    with ThreadPoolExecutor(AT_ONCE) as pool:
        for done in [pool.submit(fire, number, shot) for number, shot in enumerate(shots)]:
            done.result()


def _shots(scene: Scene, crowd: Crowd, count: int) -> list[Shot]:
    """Return the requests in their order; a duplicate follows its original by about a second."""
    secret, choice = scene.stage.secret(STRIPE_SIGNING_SECRET), random.Random(count)  # noqa: S311 - an order
    askers = _Askers(scene)
    things = [each for member in crowd.members for each in member.subscriptions]
    originals = [
        _request(askers.next(), number)
        if number % REQUEST_EVERY == 0
        else _webhook(scene, secret, things[number % len(things)], f"evt_load{number}{scene.stage.run}")
        for number in range(round(count * (1 - DUPLICATES)))
    ]
    placed = [(float(number), shot) for number, shot in enumerate(originals)]
    again = choice.sample(list(enumerate(originals)), count - len(originals))
    placed += [(number + choice.uniform(20, 80), shot) for number, shot in again]
    return [shot for _, shot in sorted(placed, key=lambda pair: pair[0])]


class _Askers:
    """Users who ask for help, each only as often as a user may in an hour."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._asked = 0
        self._devices: list[Device] = []

    def next(self) -> Device:
        """Return the device of who asks next."""
        if self._asked % KINDS[SUPPORT].per_hour == 0:
            self._devices.append(signed_in(self._scene, f"load-asker-{len(self._devices)}"))
        self._asked += 1
        return self._devices[-1]


def _request(device: Device, number: int) -> Shot:
    text = {"subject": f"Load {number}", "message": f"It is slow, {number}."}
    return Shot(lambda: device.send(Intent(SUPPORT, f"load-{number}", text)), asks=True)


def _webhook(scene: Scene, secret: str, thing: Mapping[str, Any], id_: str) -> Shot:
    body = json.dumps(
        {"id": id_, "type": "customer.subscription.updated", "livemode": False, "data": {"object": thing}}
    ).encode()

    def fire() -> Answer:
        timestamp = int(time.time())
        header = stripe_signatures.header(body, secret, timestamp)
        return scene.edge.post("/webhooks/stripe", body, {"Stripe-Signature": header})

    return Shot(fire)
