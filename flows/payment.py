"""Flow: a buyer pays, Stripe delivers its signed events through the edge, and the user's billing follows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from blueprint.finding import Finding, Status
from flows.scene import Scene
from flows.waiting import wait_for

ID = "flow.payment"
PLAN = "launch-flow"
EVENTS = 3  # of one checkout: the subscription, its invoice, the session
LIMIT = 30.0  # seconds from the payment to the billing block
SETTLED = 20.0  # seconds in which the payment's other events have to settle
FIX = (
    "Follow the event by its id in `./launch logs intake` and `./launch logs sync-payments`; "
    "`./launch secrets list` shows whether stripe-signing-secret and stripe-api-key have values."
)


@dataclass(frozen=True)
class Observation:
    """What came of a payment: the user's billing block, the seconds until it was there, and Stripe's endpoints."""

    user_id: str
    billing: Mapping[str, Any]
    seconds: float
    endpoints: tuple[str, ...]


def play(scene: Scene) -> Finding:
    """Buy a plan for a synthetic user and wait for the billing block."""
    user_id = scene.stage.user_id("payment")
    scene.vendors.subscribe(user_id, PLAN)
    user, seconds = wait_for(lambda: scene.user(user_id), is_active, LIMIT)
    if is_active(user):
        # The checkout's other events may still be on their way: none of them may change anything any more.
        user, _ = wait_for(lambda: scene.user(user_id), _has_settled, SETTLED)
    return judge(Observation(user_id, user.get("billing") or {}, seconds, tuple(scene.vendors.endpoints())))


def judge(seen: Observation) -> Finding:
    """Return whether billing is active in time, and was changed exactly once."""
    wanted = {"status": "active", "plan": PLAN, "rev": 1}
    has = {name: seen.billing.get(name) for name in wanted}
    is_well = has == wanted and seen.seconds <= LIMIT
    reason = "" if seen.endpoints else " Stripe has no webhook endpoint; `./launch up` registers it."
    return Finding(
        id=ID,
        subject=seen.user_id,
        status=Status.PASS if is_well else Status.FAIL,
        expected=f"billing is active on plan {PLAN} within {LIMIT:.0f} s of the payment, by one change",
        observed=f"after {seen.seconds:.1f} s: {_in_words(has)}",
        evidence=json.dumps({"billing": dict(seen.billing), "endpoints": seen.endpoints}, default=str),
        fix="" if is_well else FIX + reason,
    )


def is_active(user: Mapping[str, Any]) -> bool:
    """Tell whether a user's record says that they pay."""
    return bool(user.get("billing", {}).get("status") == "active")


def _has_settled(user: Mapping[str, Any]) -> bool:
    return bool(user.get("billing", {}).get("checks", 0) >= EVENTS)


def _in_words(has: Mapping[str, Any]) -> str:
    if has["status"] is None:
        return "the user has no billing block"
    return f"billing is {has['status']} on plan {has['plan']}, changed {has['rev']} times"
