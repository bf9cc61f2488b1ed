"""Criterion: a failed charge takes the reminder path, and a subscription that has ended the downgrade path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from blueprint.finding import Finding
from flows.accept.verdict import found
from flows.payment import is_active
from flows.scene import Scene
from flows.waiting import wait_for

ID = "accept.charge.failed"
PLAN = "launch-flow"
LIMIT = 30.0  # seconds for each step
FIX = (
    "Follow the user's id in `./launch logs sync-payments`: handlers/billing.py decides what a failed charge comes to."
)


@dataclass(frozen=True)
class Seen:
    """The user's billing block after a failed charge, after the recovery, and after the end of the subscription.

    `reminders` counts the mails about the failed charge.
    """

    user_id: str
    failed: Mapping[str, Any]
    reminders: int
    recovered: Mapping[str, Any]
    ended: Mapping[str, Any]


def play(scene: Scene) -> Finding:
    """Have a subscriber's card declined, then charged with success, then the subscription ended."""
    user_id, vendors = scene.stage.user_id("accept-charge"), scene.vendors
    subscription = vendors.subscribe_directly(user_id, PLAN)["data"]["object"]["id"]
    _until(scene, user_id, "active")
    vendors.fail_payment(subscription)
    failed = _until(scene, user_id, "past_due")
    reminders, _ = wait_for(lambda: _reminders(scene, user_id), bool, LIMIT)
    vendors.recover_payment(subscription)
    recovered = _until(scene, user_id, "active")
    vendors.cancel(subscription)
    return judge(Seen(user_id, failed, reminders, recovered, _until(scene, user_id, "canceled")))


def judge(seen: Seen) -> Finding:
    """Return whether the plan was kept with a reminder, given back by the recovery, and lost at the end."""
    reminded = _is(seen.failed, "past_due", PLAN) and seen.reminders > 0
    is_well = reminded and _is(seen.recovered, "active", PLAN) and _is(seen.ended, "canceled", "free")
    return found(
        ID,
        seen.user_id,
        is_well,
        "failed: past_due, the plan is kept, a reminder is sent; recovered: active; ended: downgraded to free at once",
        f"failed: {_in_words(seen.failed)}, {seen.reminders} reminders; recovered: {_in_words(seen.recovered)}; "
        f"ended: {_in_words(seen.ended)}",
        FIX,
        failed=dict(seen.failed),
        recovered=dict(seen.recovered),
        ended=dict(seen.ended),
    )


def _until(scene: Scene, user_id: str, status: str) -> Mapping[str, Any]:
    def has_status(user: Mapping[str, Any]) -> bool:
        return is_active(user) if status == "active" else bool(user.get("billing", {}).get("status") == status)

    user, _ = wait_for(lambda: scene.user(user_id), has_status, LIMIT)
    return user.get("billing") or {}


def _reminders(scene: Scene, user_id: str) -> int:
    return sum("past_due" in f"{mail.get('subject')} {mail.get('text')}" for mail in scene.vendors.mails(user_id))


def _is(billing: Mapping[str, Any], status: str, plan: str) -> bool:
    return bool(billing.get("status") == status and billing.get("plan") == plan)


def _in_words(billing: Mapping[str, Any]) -> str:
    return f"{billing.get('status', 'nothing')} on plan {billing.get('plan', 'none')}"
