"""An attempted payment: the app says that the user has paid, and waits with them until Stripe has said so. Pure.

The intent changes nothing: what is paid comes from Stripe alone. It only has the app told when that is in.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from handlers.failures import NotYet
from handlers.words import Code
from handlers.work import inbox, users
from handlers.work.documents import Read
from handlers.work.inbox import Claim, Decision

PATIENCE = timedelta(minutes=10)  # until the app is told that nothing was heard
PAID = ("active", "trialing")


def decide(held: Claim, now: datetime, read: Read) -> Decision:
    """Return what the app is told; raises NotYet while the payment may still come, so that the task comes again."""
    wanted = held.event.data.get("plan", "")
    billing = users.parse(held.event.user_id, read(users.path(held.event.user_id))).billing
    if billing.status in PAID and wanted in ("", billing.plan):
        return Decision(code=Code.PAYMENT_RECEIVED)
    telling = (billing.last_event_id, billing.declined_event_id) if billing.status == users.PAST_DUE else ()
    if any(_is_since(held.received_at, each, read) for each in telling):
        return Decision(reason="the card was declined", code=Code.PAYMENT_DECLINED)
    if now - held.received_at < PATIENCE:
        raise NotYet("the payment has not been heard of yet")
    return Decision(reason="no payment was heard of", code=Code.PAYMENT_UNCONFIRMED)


def _is_since(asked: datetime, event_id: str, read: Read) -> bool:
    """Tell whether an event about billing came after the attempt: what was past due before says nothing."""
    changed: datetime | None = (read(inbox.path(event_id)) or {}).get("receivedAt") if event_id else None
    return changed is not None and changed >= asked
