"""Criteria: what is paid decides the plan: modes, the portal, refunds, disputes, payments of nobody, the extension."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from blueprint.finding import Finding
from flows.accept.verdict import found
from flows.scene import Scene
from flows.waiting import wait_for

MODE, PLAN, UNCLAIMED, EXTENSION = "accept.money.mode", "accept.money.plan", "accept.money.nobody", "accept.money.moved"
BASIC, PLUS, ADD_ON = "launch-flow", "launch-flow-plus", "launch-flow-addon"
LIMIT = 30.0  # seconds for each step
GIVEN_UP = 240.0  # seconds until a payment of nobody is told: six attempts, each later than the one before
FIX = "docs/payments.md has the table; follow the id in `./launch logs sync-payments`."


@dataclass(frozen=True)
class Observation:
    """What was seen of one subject: the event's record where there is one, and the user's plan after each step."""

    subject: str
    record: Mapping[str, Any]
    plans: tuple[str, ...]


def play_mode(scene: Scene) -> Finding:
    """Have Stripe tell, rightly signed, of a payment in the mode that the stack is not in."""
    user_id = scene.stage.user_id("accept-mode")
    event_id = scene.vendors.tell_of_other_mode(user_id, f"cus_live{scene.stage.run}")
    record, _ = wait_for(lambda: scene.record(f"inbox/{event_id}"), lambda each: each.get("state") == "ignored", LIMIT)
    return judge_mode(Observation(event_id, record, (_plan(scene, user_id),)))


def judge_mode(seen: Observation) -> Finding:
    """Return whether the event was kept as ignored, with the reason, and granted nothing."""
    state, reason = str(seen.record.get("state")), str(seen.record.get("reason") or "")
    is_well = state == "ignored" and "of live mode" in reason and seen.plans == ("free",)
    expected = "an event of the other mode is kept as ignored, and grants nothing"
    return found(MODE, seen.subject, is_well, expected, f"{state} ({reason}), plan {seen.plans[0]}", FIX)


def play_plan(scene: Scene) -> Finding:
    """Buy a plan, change it as Stripe's portal does with an add-on first, have it refunded, and the refund fail.

    Then the buyer's bank takes the payment back, and gives it again: a dispute that is lost and later won.
    """
    user_id, vendors = scene.stage.user_id("accept-plan"), scene.vendors
    customer, subscription = vendors.subscribe_customer(BASIC, user_id=user_id)
    plans = [_until(scene, user_id, BASIC)]
    vendors.change_price(subscription, ADD_ON, PLUS)
    plans.append(_until(scene, user_id, PLUS))
    refund = vendors.refund(customer)
    plans.append(_until(scene, user_id, "free"))
    if vendors.can_be_the_bank:
        vendors.fail_refund(refund)
        plans.append(_until(scene, user_id, PLUS))
        dispute = vendors.dispute(customer)
        vendors.close_dispute(dispute, "lost")
        plans.append(_until(scene, user_id, "free"))
        vendors.close_dispute(dispute, "won")
        plans.append(_until(scene, user_id, PLUS))
    return judge_plan(Observation(user_id, {}, tuple(plans)))


def judge_plan(seen: Observation) -> Finding:
    """Return whether the plan followed the price and the refund, and what the bank does where that can be had."""
    by_the_bank = (PLUS, "free", PLUS) if len(seen.plans) > 3 else ()
    wanted = (BASIC, PLUS, "free", *by_the_bank)
    observed = " → ".join(seen.plans)
    return found(PLAN, seen.subject, seen.plans == wanted, " → ".join(wanted), observed, FIX, plans=seen.plans)


def play_unclaimed(scene: Scene) -> Finding:
    """Have a customer pay whom nobody knows, and wait until that is told."""
    customer, _ = scene.vendors.subscribe_customer(BASIC)
    events = scene.vendors.events("customer.subscription.created")
    event_id = next(each["id"] for each in events if each["data"]["object"]["customer"] == customer)
    record, _ = wait_for(lambda: scene.record(f"inbox/{event_id}"), lambda each: each.get("state") == "dead", GIVEN_UP)
    return judge_unclaimed(Observation(customer, record, ()))


def judge_unclaimed(seen: Observation) -> Finding:
    """Return whether the payment of nobody became a dead letter that names the customer."""
    state, reason = str(seen.record.get("state")), str(seen.record.get("reason") or "")
    is_well = state == "dead" and seen.subject in reason
    expected = "a payment of nobody becomes a dead letter that names the customer"
    return found(UNCLAIMED, seen.subject, is_well, expected, f"{state}: {reason}", FIX)


def play_extension(scene: Scene) -> Finding:
    """Have a customer pay whom Stripe's Firebase extension made."""
    user_id = scene.stage.user_id("accept-moved")
    scene.vendors.subscribe_customer(BASIC, firebaseUID=user_id)
    return judge_extension(Observation(user_id, {}, (_until(scene, user_id, BASIC),)))


def judge_extension(seen: Observation) -> Finding:
    """Return whether the customer of the extension was known as the user."""
    expected = f"a customer whose metadata has firebaseUID is that user, on plan {BASIC}"
    return found(EXTENSION, seen.subject, seen.plans == (BASIC,), expected, f"plan {seen.plans[0]}", FIX)


def _until(scene: Scene, user_id: str, plan: str) -> str:
    seen, _ = wait_for(lambda: _plan(scene, user_id), lambda each: each == plan, LIMIT)
    return seen


def _plan(scene: Scene, user_id: str) -> str:
    return str((scene.user(user_id).get("billing") or {}).get("plan") or "free")
