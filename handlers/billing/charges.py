"""Refunds and disputes, recorded at their charge: `charges/{chargeId}`. Pure.

They change no plan by themselves: Stripe cancels a subscription, or a person does, and that arrives as its own event.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from handlers.billing.stripe_events import reference, text, whole
from handlers.service_manifest import SYNC_PAYMENTS
from handlers.work.documents import Read, Write
from handlers.work.inbox import Decision, Event, EventState
from handlers.work.outbox import Effect

PREFIX = "charge."
CLOSED = frozenset({"won", "lost", "warning_closed", "prevented"})
"""Ends of a dispute (docs.stripe.com/api/disputes/object, `status`)."""


def on_refund(event: Event, charge: Mapping[str, Any], now: datetime, read: Read) -> Decision:
    """Return the decision about a refund; what was refunded only ever grows, so an older look changes nothing."""
    charge_id = reference(charge.get("id"))
    if not charge_id:
        return Decision(state=EventState.IGNORED, reason="the event is about no charge")
    before = (read(path(charge_id)) or {}).get("refunded", 0)
    refunded = max(whole(charge.get("amount_refunded")), before)
    fields = {
        "customer": reference(charge.get("customer")),
        "amount": whole(charge.get("amount")),
        "currency": text(charge.get("currency")),
        "refunded": refunded,
        "refundedAt": now,
        "lastEventId": event.id,
    }
    return Decision((Write(path(charge_id), fields),) if refunded != before else ())


def on_dispute(event: Event, dispute: Mapping[str, Any], founder: str, now: datetime, read: Read) -> Decision:
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
    mail = Effect(f"{event.id}.mail", "notification", SYNC_PAYMENTS, _told(founder, charge_id, dispute_id, known))
    return Decision((Write(path(charge_id), {"disputes": {dispute_id: known}}),), (mail,))


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
