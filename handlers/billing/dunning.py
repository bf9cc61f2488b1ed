"""After a failed payment: a grace period, reminders in it, and its end. Pure.

Every step is a timer that brings an event back into the inbox. That event looks at the payment provider again, as every
event does, so that a reminder never goes to someone who has paid in between, and a timer that is lost, late or fired
twice does no harm.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from handlers.billing.payment_terms import PaymentTerms
from handlers.service_manifest import SYNC_PAYMENTS
from handlers.work.inbox import Event
from handlers.work.outbox import Effect
from handlers.work.users import DELETED, PAST_DUE, Billing, User

REMINDER = "grace.reminder"
ENDED = "grace.ended"
MARGIN = timedelta(seconds=30)  # by which two machines' clocks may differ


def effects(
    event: Event, user: User, after: Billing, customer: str, terms: PaymentTerms, now: datetime
) -> tuple[Effect, ...]:
    """Return the timers of a grace period that begins, or the reminder that is due in one that goes on.

    `user` is as it was before the event, `after` the billing block that it leads to.
    """
    if after.grace_until is None or now >= after.grace_until:
        return ()
    if user.billing.grace_counted != after.grace_counted:
        return _timers(event, user.id, customer, after.grace_until, terms, now)
    if (
        after.status == PAST_DUE
        and event.kind == REMINDER
        and user.email
        and user.account != DELETED
        and _is_of_this_period(event, after.grace_until)
    ):
        return (Effect(f"{event.id}.reminder", "notification", SYNC_PAYMENTS, _reminder(user, after)),)
    return ()


def _timers(
    event: Event, user_id: str, customer: str, ends: datetime, terms: PaymentTerms, now: datetime
) -> tuple[Effect, ...]:
    def timer(name: str, kind: str, due: datetime) -> Effect:
        payload: Mapping[str, Any] = {
            "kind": kind,
            "userId": user_id,
            "customer": customer,
            "correlationId": event.correlation_id,
            "graceUntil": ends.isoformat(),
        }
        return Effect(f"{event.id}.{name}", "timer", SYNC_PAYMENTS, payload, due)

    wanted = [wait for wait in terms.reminders if wait < terms.grace]
    reminders = (timer(f"reminder{number}", REMINDER, now + wait) for number, wait in enumerate(wanted, start=1))
    return (*reminders, timer("grace-end", ENDED, ends + MARGIN))


def _is_of_this_period(event: Event, ends: datetime) -> bool:
    """Tell whether a reminder was set for this grace period, and not for one before that ended well."""
    return bool(json.loads(event.body).get("graceUntil") == ends.isoformat())


def _reminder(user: User, billing: Billing) -> Mapping[str, str]:
    until = billing.grace_until
    day = f"{until:%d %B %Y}" if until else ""
    return {
        "to": user.email,
        "subject": "Your payment did not go through",
        "text": (
            f"Hello{f' {user.name}' if user.name else ''},\n\n"
            f"your last payment for the plan {billing.subscribed_plan} did not go through. You keep the plan until "
            f"{day}. Please check your payment details in the app until then; after that day, the account falls back "
            "to the free plan.\n\nIf you have paid in the meantime, you need do nothing.\n"
        ),
    }
