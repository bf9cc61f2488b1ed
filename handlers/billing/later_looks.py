"""Whether a look at Stripe that came after an event has seen all that the event could tell. Pure.

An event only says that something about a customer changed, and each look asks for everything of that customer. When
events have to wait, as after an outage or in a crowd, one look is enough for all that were there before it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from handlers.billing.stripe_events import Facts
from handlers.work import users
from handlers.work.documents import Fields, Write

REASON = "Stripe was asked about the customer after this came"
MARGIN = timedelta(seconds=5)  # by which two machines' clocks may differ


def link(customer: str, user_id: str, asked_at: datetime, *, is_typed: bool) -> Write:
    """Return the write that remembers whose customer it is, and since when all that Stripe knew of it is known.

    `is_typed` says that only what a buyer wrote makes it one of the user's customers.
    """
    return Write(users.customer_path(customer), {"userId": user_id, "askedAt": asked_at, "isTyped": is_typed})


def who_was_seen(link: Fields | None, said: Facts, since: datetime) -> str:
    """Return the user whose customer it is when a look after `since` has seen what the event says, else nothing.

    An event that names another owner than is known, or proves one whom only a buyer's text names, needs its own look.
    """
    kept = link or {}
    user_id, asked_at = str(kept.get("userId") or ""), kept.get("askedAt")
    if not user_id or not isinstance(asked_at, datetime) or asked_at < since + MARGIN:
        return ""
    tells_nothing_new = {said.user_id, said.typed} <= {"", user_id} and not (said.user_id and kept.get("isTyped"))
    return user_id if tells_nothing_new else ""
