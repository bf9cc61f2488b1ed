"""Subscriptions: those whose events came since the last round, and a seventh of all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from handlers.billing.stripe_events import reference, subscription
from handlers.reconcile import grouped
from handlers.rounds import billing
from handlers.rounds.pages import Outside, Page, Window
from handlers.sweeps import OVERLAP
from handlers.work import users
from handlers.work.documents import Write

SHOWN = "customer.subscription."  # kinds of events that show the subscription itself
ASKED = ("charge.", "refund.")  # kinds after which a customer's payments have to be asked for


def of_events(outside: Outside, window: Window, after: str) -> Page:
    """Look at the customers whom Stripe's events since the last round are about."""
    found, following = outside.provider.event_page(int((window.since - OVERLAP).timestamp()), after)
    shown = grouped(subscription(_object(each)) for each in found if _kind(each).startswith(SHOWN))
    asked = {reference(_object(each).get("customer")) for each in found if _changes_payments(each)}
    seen = billing.observed(outside, shown, asked - {""}, window.until)
    return Page(len(found), following or None, seen, billing.KINDS)


def every(outside: Outside, window: Window, after: str) -> Page:
    """Look at all subscriptions, and note of which customers they are: their plans are vouched for."""
    found, following = outside.provider.subscription_page(after)
    listed = grouped(found)
    seen = billing.observed(outside, listed, (), window.until)
    linked = [each for user in seen.users.values() for each in user.customers if each in listed]
    marks = [Write(users.customer_path(each), {"listedAt": window.until}) for each in linked]
    if marks:
        outside.documents.transact(lambda _: (None, marks))
    return Page(len(found), following or None, seen, billing.KINDS)


def _kind(event: Mapping[str, Any]) -> str:
    return str(event.get("type") or "")


def _object(event: Mapping[str, Any]) -> Mapping[str, Any]:
    found = (event.get("data") or {}).get("object")
    return found if isinstance(found, Mapping) else {}


def _changes_payments(event: Mapping[str, Any]) -> bool:
    return _kind(event).startswith(ASKED) or _object(event).get("mode") == "payment"
