"""Flow: the same signed event fifty times at once makes one change, one sync of the contact, one notification."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from blueprint.finding import Finding, Status
from flows.payment import is_active
from flows.scene import Scene
from flows.waiting import wait_for
from handlers.senders import stripe_signatures
from handlers.service_manifest import STRIPE_SIGNING_SECRET

ID = "flow.payment.once"
PLAN = "launch-flow"
TIMES = 50
LIMIT = 30.0  # seconds until billing, contact and notification are there
FIX = "Look for this event id in `./launch logs`: the inbox record decides who processes, see handlers/work/inbox.py."


@dataclass(frozen=True)
class Observation:
    """What came of many deliveries of one event: how often each status was answered, and how often each effect came."""

    user_id: str
    event_id: str
    answers: Mapping[int, int]
    changes: int
    upserts: int
    mails: int


def play(scene: Scene) -> Finding:
    """Start a subscription and deliver its event many times in parallel, beside Stripe's own delivery."""
    user_id = scene.stage.user_id("once")
    event = scene.vendors.subscribe_directly(user_id, PLAN)
    answers = _deliver(scene, json.dumps(event).encode())

    def count() -> Observation:
        billing: Mapping[str, Any] = scene.user(user_id).get("billing", {})
        upserts, mails = len(scene.vendors.upserts(user_id)), len(scene.vendors.mails(user_id))
        return Observation(user_id, event["id"], answers, int(billing.get("rev", 0)), upserts, mails)

    wait_for(lambda: scene.user(user_id), is_active, LIMIT)
    wait_for(lambda: scene.vendors.upserts(user_id) and scene.vendors.mails(user_id), bool, LIMIT)
    scene.settle()  # a second effect, if there is one, comes right behind the first
    return judge(count())


def _deliver(scene: Scene, body: bytes) -> Mapping[int, int]:
    timestamp = int(time.time())
    secret = scene.stage.secret(STRIPE_SIGNING_SECRET)
    headers = {"Stripe-Signature": stripe_signatures.header(body, secret, timestamp)}

    def post(_: int) -> int:
        return scene.edge.post("/webhooks/stripe", body, headers).status

    with ThreadPoolExecutor(TIMES) as pool:
        return Counter(pool.map(post, range(TIMES)))


def judge(seen: Observation) -> Finding:
    """Return whether every delivery was acknowledged and each effect came exactly once."""
    once = (seen.changes, seen.upserts, seen.mails) == (1, 1, 1)
    is_well = once and dict(seen.answers) == {200: TIMES}
    answered = ", ".join(f"{count} times {status}" for status, count in sorted(seen.answers.items()))
    return Finding(
        id=ID,
        subject=seen.event_id,
        status=Status.PASS if is_well else Status.FAIL,
        expected=f"{TIMES} parallel deliveries: all answered 200, one billing change, one CRM upsert, one notification",
        observed=f"answered {answered}; billing changes: {seen.changes}, CRM upserts: {seen.upserts}, "
        f"notifications: {seen.mails}",
        evidence=json.dumps({"user": seen.user_id, "event": seen.event_id}),
        fix="" if is_well else FIX,
    )
