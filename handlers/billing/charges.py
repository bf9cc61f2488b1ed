"""Refunds and disputes, recorded at their charge: `charges/{chargeId}`. Pure.

What they do to a plan is decided with everything else that Stripe says: see entitlement.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from handlers.billing.stripe_events import reference, text, whole
from handlers.service_manifest import SYNC_PAYMENTS
from handlers.work.documents import Fields, Read, Write
from handlers.work.inbox import Decision, Event, EventState, Stale
from handlers.work.outbox import Effect

PREFIXES = ("charge.", "refund.")
CLOSED = frozenset({"won", "lost", "warning_closed", "prevented"})
"""Where nothing is to be done about a dispute (docs.stripe.com/api/disputes/object, `status`)."""


@dataclass(frozen=True)
class ChargeSnapshot:
    """What was seen of a charge: itself, what is refunded, and the fence of its record as read before asking."""

    charge: Mapping[str, Any]
    refunded: int
    checks: int


@dataclass(frozen=True)
class DisputeSnapshot:
    """What was seen of a dispute: itself, the customer of its charge, and the fence of that charge's record."""

    dispute: Mapping[str, Any]
    customer: str
    checks: int


def is_about_one(kind: str) -> bool:
    """Tell whether events of a kind are about a charge, a refund or a dispute."""
    return kind.startswith(PREFIXES)


def on_refund(event: Event, look: ChargeSnapshot, now: datetime, read: Read) -> Decision:
    """Return the decision about a refund: its record. What is refunded may fall again, when a refund fails later.

    Raises Stale when the fence has moved: another look at the charge was committed since Stripe was asked.
    """
    charge, charge_id = look.charge, reference(look.charge.get("id"))
    kept = read(path(charge_id)) or {}
    if checks_of(kept) != look.checks:
        raise Stale
    fields = {
        "customer": reference(charge.get("customer")),
        "amount": whole(charge.get("amount")),
        "currency": text(charge.get("currency")),
        "refunded": look.refunded,
        "checks": look.checks + 1,
    }
    changed = {} if look.refunded == kept.get("refunded", 0) else {"refundedAt": now, "lastEventId": event.id}
    return Decision((Write(path(charge_id), {**fields, **changed}),))


def checks_of(kept: Fields | None) -> int:
    """Return the fence of a charge's record: how many looks at it were committed."""
    return whole((kept or {}).get("checks"))


def on_dispute(event: Event, look: DisputeSnapshot, founder: str, now: datetime, read: Read) -> Decision:
    """Return the decision about a dispute: its record, and a mail to the founder whenever its state changes.

    No state is final here: a bank can decide for the seller after the dispute was lost, and Stripe then gives the money
    back (`charge.dispute.funds_reinstated`, docs.stripe.com/api/events/types). What Stripe says last counts, and the
    fence keeps an older look from being committed over it.

    Raises Stale when the fence has moved: another look at the charge was committed since Stripe was asked.
    """
    dispute, charge_id = look.dispute, reference(look.dispute.get("charge"))
    dispute_id = reference(dispute.get("id"))
    if not charge_id or not dispute_id:
        return Decision(state=EventState.IGNORED, reason="the event is about no charge")
    kept = read(path(charge_id)) or {}
    if checks_of(kept) != look.checks:
        raise Stale
    before = (kept.get("disputes") or {}).get(dispute_id) or {}
    if before.get("status") == text(dispute.get("status")):
        return Decision()
    known = _known(dispute, event, now)
    fields = {"customer": look.customer, "disputes": {dispute_id: known}, "checks": look.checks + 1}
    told = _told(founder, charge_id, dispute_id, known, was_lost=before.get("status") == "lost")
    mail = Effect(f"{event.id}.dispute", "notification", SYNC_PAYMENTS, told)
    return Decision((Write(path(charge_id), fields),), (mail,))


def _known(dispute: Mapping[str, Any], event: Event, now: datetime) -> Mapping[str, Any]:
    return {
        "status": text(dispute.get("status")),
        "reason": text(dispute.get("reason")),
        "amount": whole(dispute.get("amount")),
        "currency": text(dispute.get("currency")),
        "changedAt": now,
        "lastEventId": event.id,
    }


def path(charge_id: str) -> str:
    """Return where a charge is kept."""
    return f"charges/{charge_id}"


def _told(
    founder: str, charge_id: str, dispute_id: str, known: Mapping[str, Any], *, was_lost: bool
) -> Mapping[str, str]:
    amount = f"{known['amount']} in the smallest unit of {known['currency'].upper()}"
    return {
        "to": founder,
        "subject": f"Dispute {known['status']}: {amount}",
        "text": f"Charge {charge_id} is disputed ({known['reason']}), {amount}.\n"
        f"{_what_to_do(known['status'], dispute_id, was_lost=was_lost)}\n",
    }


def _what_to_do(status: str, dispute_id: str, *, was_lost: bool) -> str:
    if status == "won" and was_lost:
        return "It was lost before, and is decided for you now: Stripe gives the money back. Nothing is left to do."
    if status in CLOSED:
        return "It is closed; nothing is left to do."
    return f"Answer it in Stripe's dashboard before its deadline: https://dashboard.stripe.com/disputes/{dispute_id}"
