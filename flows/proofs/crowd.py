"""A crowd of users: they sign up, ask for help and pay, again and again until they are acknowledged."""

from __future__ import annotations

import itertools
import threading
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import httpx

from flows.device import SIGNUP, SUPPORT, Device, Intent, event_id, signed_in
from flows.scene import Scene
from handlers.support import tickets

PLANS = ("launch-flow", "launch-flow-plus", "launch-flow-top")  # the lowest first, as payments.plans has them
PAIRS = tuple(itertools.permutations(PLANS, 2))
"""Which two plans a user buys, and in which order: the higher one counts, whichever came first."""
PAUSE, LONGEST_PAUSE = 0.5, 4.0  # seconds before an app tries again, twice as long each time
PATIENCE = 300.0  # seconds after which it has given up, and the proof with it
ACCEPTED = frozenset({200, 202})
AT_ONCE = 24
NEW_AT_ONCE = 3  # accounts: each is a password to hash, which is dear on purpose


@dataclass
class Member:
    """One user and what they were promised: their signup's event, their ticket, their plan; empty until then.

    `subscriptions` are what they bought, in that order, as Stripe has them.
    """

    device: Device
    signup: str = ""
    request: str = ""
    ticket: str = ""
    bought: tuple[str, ...] = ()
    subscriptions: list[Mapping[str, Any]] = field(default_factory=list)

    @property
    def plan(self) -> str:
        """The highest plan that was bought, nothing before."""
        return max(self.bought, key=PLANS.index, default="")

    @property
    def changes(self) -> int:
        """How often billing may change: with each plan that is higher than those before.

        What several customers bought may be heard of in any order.
        """
        if len({each["customer"] for each in self.subscriptions}) > 1:
            return len(self.bought)
        ranks = [PLANS.index(each) for each in self.bought]
        return sum(rank > max(ranks[:at], default=-1) for at, rank in enumerate(ranks))


@dataclass
class Crowd:
    """Users who act on threads of their own. `answers` counts what the door said, 0 for no answer.

    `pays` says whether they buy plans as well: two each, every second user as another customer.
    """

    scene: Scene
    name: str
    pays: bool = True
    members: list[Member] = field(default_factory=list)
    answers: Counter[int] = field(default_factory=Counter)
    _stop: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _arriving: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(NEW_AT_ONCE))

    def act(self, per_second: float, most: int) -> None:
        """Have users come, so many a second and at most `most`, until `stop`; return when all are acknowledged."""
        first = time.monotonic()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for number in range(most):
                if self._stop.wait(max(0.0, first + number / per_second - time.monotonic())):
                    break
                pool.submit(self._live, number)

    def all_at_once(self, numbers: Iterable[int]) -> None:
        """Have all these users act together, and return when all are acknowledged."""
        chosen = list(numbers)
        with ThreadPoolExecutor(len(chosen)) as pool:
            for done in [pool.submit(self._live, number) for number in chosen]:
                done.result()

    def stop(self) -> None:
        """Let no further user come."""
        self._stop.set()

    def _live(self, number: int) -> None:
        with self._arriving:
            member = Member(signed_in(self.scene, f"{self.name}-{number}"))
        with self._lock:
            self.members.append(member)
        member.signup = self._insist(member.device, Intent(SIGNUP, "signup", {"name": "Synthetic"}))
        subject = {"subject": f"Synthetic {number}", "message": f"It broke, {number}. 🦜"}
        member.request = self._insist(member.device, Intent(SUPPORT, "request", subject))
        member.ticket = tickets.id_for(member.request) if member.request else ""
        if self.pays:
            self._buy(member, number)

    def _buy(self, member: Member, number: int) -> None:
        """Buy two plans; that they are heard of, Stripe insists on by itself."""
        vendors, (first, second) = self.scene.vendors, PAIRS[number % len(PAIRS)]
        one = vendors.subscribe_directly(member.device.user_id, first)["data"]["object"]
        again = number // len(PAIRS) % 2 == 0
        other = (
            vendors.subscribe_again(one["customer"], second)
            if again
            else vendors.subscribe_directly(member.device.user_id, second)
        )
        member.subscriptions += [one, other["data"]["object"]]
        member.bought = (first, second)

    def _insist(self, device: Device, intent: Intent) -> str:
        """Send until it is acknowledged, as the app's offline queue does; return the event's id, or nothing."""
        end, pause = time.monotonic() + PATIENCE, PAUSE
        while time.monotonic() < end:
            try:
                answer = device.send(intent)
            except httpx.HTTPError:
                self._count(0)
            else:
                self._count(answer.status)
                if answer.status in ACCEPTED:
                    return event_id(answer)
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
        return ""

    def _count(self, status: int) -> None:
        with self._lock:
            self.answers[status] += 1
