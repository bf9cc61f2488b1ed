"""Criterion: billing follows a webhook within 30 seconds; also while the CRM does not answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from blueprint.finding import Finding
from flows.accept.verdict import found
from flows.payment import is_active
from flows.scene import Scene
from flows.waiting import settle, wait_for

FAST, CRM_DOWN = "accept.billing.fast", "accept.edge.crm_timeout"
PLAN = "launch-flow"
LIMIT = 30.0  # seconds from the payment to the billing block
HEALED = 120.0  # seconds from the CRM's recovery to the contact: the queue's pauses double
FIX = "Follow the user's id in `./launch logs sync-payments`; billing must wait for nothing but Stripe."


@dataclass(frozen=True)
class Observation:
    """What came of a payment, and how long it took. `lost` counts the CRM's calls that timed out meanwhile."""

    user_id: str
    billing: Mapping[str, Any]
    seconds: float
    lost: int = 0
    contacts: tuple[str, ...] = ()


def play_fast(scene: Scene) -> Finding:
    """Buy a plan and wait for the billing block."""
    user_id = scene.stage.user_id("accept-billing")
    scene.vendors.subscribe(user_id, PLAN)
    user, seconds = wait_for(lambda: scene.user(user_id), is_active, LIMIT)
    return judge_fast(Observation(user_id, user.get("billing") or {}, seconds))


def play_crm_down(scene: Scene) -> Finding:
    """Buy a plan while every call to the CRM about the user acts and then times out; heal it, and count contacts."""
    user_id = scene.stage.user_id("accept-crm")
    with scene.vendors.failing("crm", "late", "POST", user_id) as met:
        scene.vendors.subscribe(user_id, PLAN)
        user, seconds = wait_for(lambda: scene.user(user_id), is_active, LIMIT)
        lost, _ = wait_for(met, bool, LIMIT)
    wait_for(lambda: scene.user(user_id), lambda each: bool(each.get("crmContactId")), HEALED)
    settle()
    contacts = tuple(scene.vendors.contacts(user_id))
    return judge_crm_down(Observation(user_id, user.get("billing") or {}, seconds, lost, contacts))


def judge_fast(seen: Observation) -> Finding:
    """Return whether billing was active in time."""
    is_well = seen.billing.get("status") == "active" and seen.billing.get("plan") == PLAN and seen.seconds <= LIMIT
    expected = f"billing is active on plan {PLAN} within {LIMIT:.0f} s of the payment"
    return found(FAST, seen.user_id, is_well, expected, _in_words(seen), FIX, **_evidence(seen))


def judge_crm_down(seen: Observation) -> Finding:
    """Return whether billing did not wait for the CRM, and the contact was made once in the end."""
    in_time = seen.billing.get("status") == "active" and seen.seconds <= LIMIT
    is_well = in_time and seen.lost > 0 and len(seen.contacts) == 1
    expected = f"billing is active within {LIMIT:.0f} s though the CRM times out; one contact when it answers again"
    observed = f"{_in_words(seen)}; {seen.lost} calls to the CRM timed out, then {len(seen.contacts)} contacts"
    return found(CRM_DOWN, seen.user_id, is_well, expected, observed, FIX, **_evidence(seen))


def _in_words(seen: Observation) -> str:
    status, plan = seen.billing.get("status"), seen.billing.get("plan")
    return f"after {seen.seconds:.1f} s " + (
        f"billing is {status} on plan {plan}" if status else "there is no billing record"
    )


def _evidence(seen: Observation) -> dict[str, Any]:
    return {
        "billing": dict(seen.billing),
        "seconds": round(seen.seconds, 3),
        "lost": seen.lost,
        "contacts": seen.contacts,
    }
