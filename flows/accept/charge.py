"""Criterion: a failed charge takes the reminder path, and a subscription that has ended the downgrade path."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from blueprint.finding import Finding
from flows.accept.verdict import found
from flows.payment import is_active
from flows.scene import Scene
from flows.waiting import wait_for
from handlers.billing.dunning import ENDED, REMINDER

ID = "accept.charge.failed"
PLAN = "launch-flow"
LIMIT = 30.0  # seconds for each step
FIX = (
    "Follow the user's id in `./launch logs sync-payments`: "
    "handlers/billing/entitlements.py decides what a failed charge leads to."
)


@dataclass(frozen=True)
class Observation:
    """The user's billing block after a failed charge, after the recovery, and after the end of the subscription.

    `told` counts the mails to the founder about the failed charge, `timers` the timers that it set, by their kind, and
    `grace` is the number of days that the plan is kept.
    """

    user_id: str
    failed: Mapping[str, Any]
    told: int
    timers: Mapping[str, int]
    grace: float
    recovered: Mapping[str, Any]
    ended: Mapping[str, Any]


def play(scene: Scene) -> Finding:
    """Have a subscriber's card declined, then charged with success, then the subscription ended."""
    user_id, vendors = scene.stage.user_id("accept-charge"), scene.vendors
    subscription = vendors.subscribe_directly(user_id, PLAN)["data"]["object"]["id"]
    _until(scene, user_id, "active")
    vendors.fail_payment(subscription)
    failed = _until(scene, user_id, "past_due")
    told, _ = wait_for(lambda: _told(scene, user_id), bool, LIMIT)
    timers, grace = _timers(scene, failed), _days_left(failed)
    vendors.recover_payment(subscription)
    recovered = _until(scene, user_id, "active")
    vendors.cancel(subscription)
    return judge(Observation(user_id, failed, told, timers, grace, recovered, _until(scene, user_id, "canceled")))


def judge(seen: Observation) -> Finding:
    """Return whether the plan was kept for a while with timers set, given back by the recovery, and lost at the end."""
    timed = seen.timers.get(REMINDER, 0) > 0 and seen.timers.get(ENDED, 0) == 1
    reminded = _is(seen.failed, "past_due", PLAN) and seen.told == 1 and timed and seen.grace > 0
    is_well = reminded and _is(seen.recovered, "active", PLAN) and _is(seen.ended, "canceled", "free")
    return found(
        ID,
        seen.user_id,
        is_well,
        "failed: past_due, the plan is kept for a grace period, reminders and its end are timed, the founder is told "
        "once; recovered: active; ended: downgraded to free at once",
        f"failed: {_in_words(seen.failed)} for {seen.grace:.1f} days, {seen.timers.get(REMINDER, 0)} reminders and "
        f"{seen.timers.get(ENDED, 0)} end timed, told {seen.told} times; recovered: {_in_words(seen.recovered)}; "
        f"ended: {_in_words(seen.ended)}",
        FIX,
        failed=dict(seen.failed),
        timers=dict(seen.timers),
        recovered=dict(seen.recovered),
        ended=dict(seen.ended),
    )


def _until(scene: Scene, user_id: str, status: str) -> Mapping[str, Any]:
    def has_status(user: Mapping[str, Any]) -> bool:
        return is_active(user) if status == "active" else bool(user.get("billing", {}).get("status") == status)

    user, _ = wait_for(lambda: scene.user(user_id), has_status, LIMIT)
    return user.get("billing") or {}


def _told(scene: Scene, user_id: str) -> int:
    return sum("past_due" in f"{mail.get('subject')} {mail.get('text')}" for mail in scene.vendors.mails(user_id))


def _timers(scene: Scene, failed: Mapping[str, Any]) -> Mapping[str, int]:
    """Return the kinds of the timers that the event which changed billing set."""
    effects = scene.effects(str(failed.get("lastEventId") or "none"))
    return Counter(str(each["payload"].get("kind")) for each in effects if each["kind"] == "timer")


def _days_left(failed: Mapping[str, Any]) -> float:
    until = failed.get("graceUntil")
    return (until - datetime.now(UTC)).total_seconds() / 86_400 if until else 0.0


def _is(billing: Mapping[str, Any], status: str, plan: str) -> bool:
    return bool(billing.get("status") == status and billing.get("plan") == plan)


def _in_words(billing: Mapping[str, Any]) -> str:
    return f"{billing.get('status', 'nothing')} on plan {billing.get('plan', 'none')}"
