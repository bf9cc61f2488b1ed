"""Criteria: a replay makes no duplicate; an offline queue sent twice neither; a lost connection corrupts nothing."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from blueprint.finding import Finding
from flows import helpdesk
from flows.accept.verdict import found
from flows.device import SIGNUP, SUPPORT, Device, Intent, event_id, signed_in
from flows.edge import Answer
from flows.payment import is_active
from flows.scene import Scene
from flows.waiting import settle, wait_for
from handlers.support import tickets

REPLAY, OFFLINE, NETWORK = "accept.replay", "accept.edge.offline_queue", "accept.network"
PLAN = "launch-flow"
LIMIT = 60.0  # seconds until all effects are there
REQUESTS = 3
FIX = (
    "Look for the ids in `./launch logs`: the inbox record decides whether something is new, "
    "see handlers/work/inbox.py."
)


@dataclass(frozen=True)
class Counts:
    """How often each thing is there: what the user did, by name → how many of it came to be."""

    things: Mapping[str, int]

    @property
    def is_once(self) -> bool:
        """Whether each is there exactly once."""
        return bool(self.things) and set(self.things.values()) == {1}


@dataclass(frozen=True)
class Observation:
    """What was there before and after everything was sent again, and how the repetitions were answered."""

    subject: str
    before: Counts
    after: Counts
    answers: Mapping[int, int]


def play_replay(scene: Scene) -> Finding:
    """Have Stripe deliver a payment's event again, and the app its intents, after all of it was done."""
    device = signed_in(scene, "accept-replay")
    event = scene.vendors.subscribe_directly(device.user_id, PLAN)
    wait_for(lambda: scene.user(device.user_id), is_active, LIMIT)
    queue = _queue()
    requests = _tickets(device.send(each) for each in queue)
    before = _until_once(device, requests)
    for _ in range(3):
        scene.vendors.resend(event["id"])
    answers = [device.send(each).status for each in queue]
    settle()
    return judge(REPLAY, Observation(device.user_id, before, _counted(device, requests), Counter(answers)))


def play_offline(scene: Scene) -> Finding:
    """Send what the app gathered offline, and then all of it again in another order, as after a lost answer."""
    device = signed_in(scene, "accept-offline")
    queue = _queue()
    requests = _tickets(device.send(each) for each in queue)
    shuffled = random.sample(queue, len(queue))
    answers = [device.send(each).status for each in shuffled]
    before = _until_once(device, requests)
    settle()
    return judge(OFFLINE, Observation(device.user_id, before, _counted(device, requests), Counter(answers)))


def play_network(scene: Scene) -> Finding:
    """Lose the connection in the middle of each request, and again before its answer; then come back and send it."""
    device = signed_in(scene, "accept-network")
    queue = _queue()
    for intent in queue:
        device.lose(intent, missing=len(intent.body) // 2)
        device.lose(intent, missing=1)
        device.lose(intent)
    answers = [device.send(each) for each in queue]
    requests = _tickets(answers)
    before = _until_once(device, requests)
    settle()
    return judge(
        NETWORK,
        Observation(device.user_id, before, _counted(device, requests), Counter(each.status for each in answers)),
    )


def judge(id_: str, seen: Observation) -> Finding:
    """Return whether each thing is there once, before and after, and the repetitions were acknowledged."""
    acknowledged = bool(seen.answers) and set(seen.answers) <= {200, 202}
    is_well = seen.before.is_once and seen.after.is_once and acknowledged
    return found(
        id_,
        seen.subject,
        is_well,
        "every repetition is acknowledged; one contact, and for each request one ticket and one notification",
        f"answered {', '.join(f'{count} × {status}' for status, count in sorted(seen.answers.items())) or 'nothing'}; "
        f"{_in_words(seen.after)}",
        FIX,
        before=dict(seen.before.things),
        after=dict(seen.after.things),
        answers=dict(seen.answers),
    )


def _queue() -> list[Intent]:
    """Return what an app has gathered: a signup and some requests for help."""
    help_ = [
        Intent(SUPPORT, f"request-{number}", {"subject": f"Synthetic {number}", "message": f"It broke, {number}."})
        for number in range(REQUESTS)
    ]
    return [Intent(SIGNUP, "signup", {"name": "Synthetic"}), *help_]


def _tickets(answers: Iterable[Answer]) -> list[str]:
    """Return our ids of the tickets that a queue's requests for help become; its first intent is the signup."""
    return [tickets.id_for(event_id(answer)) for answer in list(answers)[1:]]


def _until_once(device: Device, requests: list[str]) -> Counts:
    counts, _ = wait_for(lambda: _counted(device, requests), lambda each: 0 not in each.things.values(), LIMIT)
    return counts


def _counted(device: Device, requests: list[str]) -> Counts:
    scene, at = device.scene, helpdesk.of(device.scene)
    things = {"contact": len(scene.vendors.contacts_of(device.email)), "user": int(bool(scene.user(device.user_id)))}
    for number, ticket_id in enumerate(requests):
        things[f"ticket {number}"] = int(bool(scene.record(tickets.path(ticket_id))))
        things[f"helpdesk ticket {number}"] = len(at.tickets(ticket_id))
        things[f"notification {number}"] = at.notifications(ticket_id)
    return Counts(things)


def _in_words(counts: Counts) -> str:
    wrong = [f"{count} × {name}" for name, count in counts.things.items() if count != 1]
    return f"not once: {', '.join(wrong)}" if wrong else f"each of {len(counts.things)} things is there once"
