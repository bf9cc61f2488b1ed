"""What a Stripe event says: parsed once, into the few facts that billing needs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from handlers import ids
from handlers.failures import Rejected
from handlers.words import Code

STRIPE_KINDS = frozenset(
    {
        "checkout.session.completed",
        "customer.subscription.created",
        "customer.subscription.updated",
        "customer.subscription.deleted",
        "invoice.paid",
        "invoice.payment_failed",
        "charge.refunded",
        "charge.dispute.created",
        "charge.dispute.updated",
        "charge.dispute.closed",
    }
)
EVENT_ID = re.compile(r"evt_[A-Za-z0-9_]{1,200}")
KIND = re.compile(r"[a-z0-9_.]{1,100}")
MAX_TEXT = 128  # characters, as Firebase limits user ids


@dataclass(frozen=True)
class Subscription:
    """One subscription. `plan` is empty where its source does not say; `period_end` is in seconds since the epoch."""

    id: str
    customer: str
    status: str
    plan: str = ""
    period_end: int = 0


@dataclass(frozen=True)
class Customer:
    """What the provider knows of a customer: the user named in the metadata, and the e-mail address, or nothing."""

    user_id: str = ""
    email: str = ""


@dataclass(frozen=True)
class Facts:
    """Whom an event is about. What it says of payments is not read: it is a hint to ask Stripe, never proof."""

    customer: str
    user_id: str


def envelope(event: Mapping[str, Any]) -> tuple[str, str]:
    """Return id and type of an event; raises Rejected (400) when it has not the shape of one."""
    event_id, kind, data = event.get("id"), event.get("type"), event.get("data")
    shaped = isinstance(data, dict) and isinstance(data.get("object"), dict)
    if not (shaped and isinstance(event_id, str) and EVENT_ID.fullmatch(event_id)):
        raise Rejected(400, Code.BAD_BODY, "the body is not a Stripe event")
    if not (isinstance(kind, str) and KIND.fullmatch(kind)):
        raise Rejected(400, Code.BAD_BODY, "the body is not a Stripe event")
    return event_id, kind


def facts(kind: str, event: Mapping[str, Any]) -> Facts:
    """Return whom an event of one of our kinds is about; what is absent or of an unexpected type comes out empty."""
    thing: Mapping[str, Any] = event["data"]["object"]
    named = user_in(thing)
    if kind.startswith("checkout."):
        named = named or _key(thing.get("client_reference_id"))
    if kind.startswith("invoice."):
        named = user_in(_map(_map(thing.get("parent")).get("subscription_details")))
    return Facts(reference(thing.get("customer")), named)


def subscription(thing: Mapping[str, Any]) -> Subscription:
    """Return a subscription object of the API; plan and end of period are those of its first item."""
    items = _map(thing.get("items")).get("data")
    item = _map(items[0]) if isinstance(items, list) and items else {}
    return Subscription(
        id=reference(thing.get("id")),
        customer=reference(thing.get("customer")),
        status=text(thing.get("status")),
        plan=_plan(_map(thing.get("metadata")), _map(item.get("price"))),
        # On the items since API version 2025-03-31; no longer on the subscription.
        period_end=whole(item.get("current_period_end")),
    )


def customer(thing: Mapping[str, Any]) -> Customer:
    """Return a customer object of the API; a deleted one says nothing."""
    email = thing.get("email")
    return Customer(user_in(thing), email if isinstance(email, str) else "")


def user_in(thing: Mapping[str, Any]) -> str:
    """Return the user that an object's metadata names, or nothing."""
    return _key(_map(thing.get("metadata")).get("user_id"))


def _plan(metadata: Mapping[str, Any], price: Mapping[str, Any]) -> str:
    return text(metadata.get("plan")) or text(price.get("lookup_key")) or text(price.get("id"))


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def text(value: Any) -> str:
    """Return a short text, or nothing when it is of another type or longer."""
    return value if isinstance(value, str) and len(value) <= MAX_TEXT else ""


def _key(value: Any) -> str:
    """Return a text that can be a document's id, or nothing: buyers can type into some of these fields."""
    found = text(value)
    return found if ids.is_document_id(found) else ""


def reference(value: Any) -> str:
    """Return the id of a reference, which Stripe may have expanded to the whole object."""
    return _key(value.get("id") if isinstance(value, dict) else value)


def whole(value: Any) -> int:
    """Return a whole number, or 0 when it is of another type."""
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
