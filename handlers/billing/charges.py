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
"""Ends of a dispute (docs.stripe.com/api/disputes/object, `status`)."""


@dataclass(frozen=True)
class ChargeSnapshot:
    """What was seen of a charge: itself, what is refunded, and the fence of its record as read before asking."""

    charge: Mapping[str, Any]
    refunded: int
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


def on_dispute(
    event: Event, dispute: Mapping[str, Any], customer: str, founder: str, now: datetime, read: Read
) -> Decision:
    """Return the decision about a dispute: its record, and a mail to the founder whenever its state changes.

    A dispute that is closed stays closed, whatever an older look says.
    """
    charge_id, dispute_id = reference(dispute.get("charge")), reference(dispute.get("id"))
    if not charge_id or not dispute_id:
        return Decision(state=EventState.IGNORED, reason="the event is about no charge")
    before = ((read(path(charge_id)) or {}).get("disputes") or {}).get(dispute_id) or {}
    status = text(dispute.get("status"))
    if before.get("status") == status or before.get("status") in CLOSED:
        return Decision()
    known = {
        "status": status,
        "reason": text(dispute.get("reason")),
        "amount": whole(dispute.get("amount")),
        "currency": text(dispute.get("currency")),
        "changedAt": now,
        "lastEventId": event.id,
    }
    mail = Effect(f"{event.id}.dispute", "notification", SYNC_PAYMENTS, _told(founder, charge_id, dispute_id, known))
    return Decision((Write(path(charge_id), {"customer": customer, "disputes": {dispute_id: known}}),), (mail,))


def path(charge_id: str) -> str:
    """Return where a charge is kept."""
    return f"charges/{charge_id}"


def _told(founder: str, charge_id: str, dispute_id: str, known: Mapping[str, Any]) -> Mapping[str, str]:
    amount = f"{known['amount']} in the smallest unit of {known['currency'].upper()}"
    what_to_do = (
        "It is closed; nothing is left to do."
        if known["status"] in CLOSED
        else f"Answer it in Stripe's dashboard before its deadline: https://dashboard.stripe.com/disputes/{dispute_id}"
    )
    return {
        "to": founder,
        "subject": f"Dispute {known['status']}: {amount}",
        "text": f"Charge {charge_id} is disputed ({known['reason']}), {amount}.\n{what_to_do}\n",
    }
