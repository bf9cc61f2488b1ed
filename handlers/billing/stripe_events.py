"""What a Stripe event says: parsed once, into the few facts that billing needs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from handlers import ids
from handlers.billing.plans import Price
from handlers.billing.stripe_mode import THIN
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
        "checkout.session.async_payment_succeeded",
        "customer.subscription.paused",
        "customer.subscription.resumed",
        "charge.refunded",
        "refund.updated",
        "refund.failed",
        "charge.dispute.created",
        "charge.dispute.updated",
        "charge.dispute.closed",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.funds_reinstated",  # also after a dispute that was lost is decided for the seller after all
    }
)
EVENT_ID = re.compile(r"evt_[A-Za-z0-9_]{1,200}")
KIND = re.compile(r"[a-z0-9_.]{1,100}")
PAID_CHECKOUT = ("paid", "no_payment_required")
USER_NAMES = ("user_id", "firebaseUID")  # of what names the user in metadata, the first wins
MAX_TEXT = 128  # characters, as Firebase limits user ids


@dataclass(frozen=True)
class Subscription:
    """One subscription, with the prices of all its items; `period_end` is in seconds since the epoch.

    `is_paused` says that its payments are not collected, `invoice` is its latest one, and `reversal` what became of the
    payment of the latest that was paid: nothing, `refunded` in full, or `dispute_lost`.
    """

    id: str
    customer: str
    status: str
    prices: tuple[Price, ...] = ()
    period_end: int = 0
    is_paused: bool = False
    invoice: str = ""
    reversal: str = ""


@dataclass(frozen=True)
class Purchase:
    """A one-time payment that was made, by the id of its checkout; `reversal` is as for subscriptions."""

    id: str
    customer: str
    prices: tuple[Price, ...] = ()
    payment: str = ""
    reversal: str = ""


@dataclass(frozen=True)
class Customer:
    """What the provider knows of a customer: the user named in the metadata, and the e-mail address, or nothing."""

    user_id: str = ""
    email: str = ""


@dataclass(frozen=True)
class Facts:
    """Whom an event is about. What it says of payments is not read: it is a hint to ask Stripe, never proof.

    `user_id` is named by the metadata, which the founder's server writes, `typed` by what a buyer may have written.
    `is_proof` is false of an event of our own, whose user comes from our records.
    """

    customer: str
    user_id: str
    typed: str = ""
    is_proof: bool = True


def envelope(event: Mapping[str, Any]) -> tuple[str, str]:
    """Return id and type of an event; raises Rejected (400) when it has not the shape of one."""
    event_id, kind, data = event.get("id"), event.get("type"), event.get("data")
    shaped = (isinstance(data, dict) and isinstance(data.get("object"), dict)) or event.get("object") == THIN
    if not (shaped and isinstance(event_id, str) and EVENT_ID.fullmatch(event_id)):
        raise Rejected(400, Code.BAD_BODY, "the body is not a Stripe event")
    if not (isinstance(kind, str) and KIND.fullmatch(kind)):
        raise Rejected(400, Code.BAD_BODY, "the body is not a Stripe event")
    return event_id, kind


def facts(kind: str, event: Mapping[str, Any]) -> Facts:
    """Return whom an event of one of our kinds is about; what is absent or of an unexpected type comes out empty."""
    thing: Mapping[str, Any] = event["data"]["object"]
    named = user_in(thing)
    typed = _key(thing.get("client_reference_id")) if kind.startswith("checkout.") else ""
    if kind.startswith("invoice."):
        named = user_in(_map(_map(thing.get("parent")).get("subscription_details")))
    return Facts(reference(thing.get("customer")), named, typed)


def subscription(thing: Mapping[str, Any]) -> Subscription:
    """Return a subscription object of the API, with all its items: an add-on may come first."""
    items = listed(thing.get("items"))
    return Subscription(
        id=reference(thing.get("id")),
        customer=reference(thing.get("customer")),
        status=text(thing.get("status")),
        prices=prices(items),
        # On the items since API version 2025-03-31; no longer on the subscription.
        period_end=max((whole(item.get("current_period_end")) for item in items), default=0),
        is_paused=bool(thing.get("pause_collection")),
        invoice=reference(thing.get("latest_invoice")),
    )


def is_purchase(session: Mapping[str, Any]) -> bool:
    """Tell whether a checkout is a one-time payment that was made; one that is on its way is `unpaid` until then.

    See docs.stripe.com/api/checkout/sessions/object, `payment_status`.
    """
    return session.get("mode") == "payment" and session.get("payment_status") in PAID_CHECKOUT


def customer(thing: Mapping[str, Any]) -> Customer:
    """Return a customer object of the API; a deleted one says nothing."""
    email = thing.get("email")
    return Customer(user_in(thing), email if isinstance(email, str) else "")


def user_in(thing: Mapping[str, Any]) -> str:
    """Return the user that an object's metadata names, or nothing.

    `firebaseUID` is what Stripe's Firebase extension writes there for each customer that it makes
    (github.com/stripe/stripe-firebase-extensions, firestore-stripe-payments).
    """
    metadata = _map(thing.get("metadata"))
    return next(filter(None, (_key(metadata.get(name)) for name in USER_NAMES)), "")


def prices(items: Iterable[Mapping[str, Any]]) -> tuple[Price, ...]:
    """Return the prices of a subscription's or a checkout's items, those without an id, and of quantity 0, left out.

    A plan from before there were prices has the id of its price (docs.stripe.com/api/plans). An item may stay while
    nothing of it is bought; one that is billed by usage has no quantity (docs.stripe.com/api/subscription_items).
    """
    bought = [item for item in items if item.get("quantity") != 0]
    found = [_map(item.get("price")) or _map(item.get("plan")) for item in bought]
    return tuple(Price(text(each.get("id")), text(each.get("lookup_key"))) for each in found if text(each.get("id")))


def listed(value: Any) -> list[Mapping[str, Any]]:
    """Return the objects of a list of the API."""
    data = _map(value).get("data")
    return [_map(each) for each in data] if isinstance(data, list) else []


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
