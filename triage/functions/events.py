"""Which event types a webhook tells apart: names that do not exist, types handled twice, ends that are missing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from triage.functions.handler import Handler, stripe_events
from triage.model import Hit, Sure

NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+){1,5}")
FAMILIES = frozenset(
    re.findall(
        r"\w+",
        """
        checkout customer invoice payment_intent charge subscription setup_intent payment_method payout account
        transfer subscription_schedule product price refund invoiceitem coupon payment session
        """,
    )
)
STARTS = frozenset({"customer.subscription.created", "invoice.paid", "invoice.payment_succeeded"})


def event_hits(handler: Handler) -> Iterator[Hit]:
    """Yield the event types of one handler that are wrong by themselves."""
    if not handler.is_stripe:
        return
    known = stripe_events()
    counted = Counter(name for name, _ in handler.events)
    for name, line in dict(handler.events).items():
        if NAME.fullmatch(name) and name not in known and name.split(".")[0] in FAMILIES:
            yield Hit("webhook.event.unknown", line, name, f"Stripe sends no event {name}.")
        if counted[name] > 1 and name in known and _cased_twice(handler, name):
            yield Hit(
                "webhook.event.twice", line, name, f"{name} is handled {counted[name]} times here.", "", Sure.LIKELY
            )


def _cased_twice(handler: Handler, name: str) -> bool:
    return (
        len(re.findall(rf"case\s+['\"]{re.escape(name)}['\"]", handler.file)) > 1
        or len(re.findall(rf"[=!]==?\s*['\"]{re.escape(name)}['\"]", handler.text)) > 1
    )


def missing_events(handled: Iterable[str], sells_subscriptions: bool) -> list[str]:
    """Return the event types of a subscription's life that nobody handles though somebody handles its start."""
    names = set(handled)
    if not (names & STARTS or sells_subscriptions):
        return []
    if (
        "customer.subscription.created" not in names
        and not sells_subscriptions
        and not any("subscription" in name for name in names)
    ):
        return []
    wanted = [] if "customer.subscription.deleted" in names else ["customer.subscription.deleted"]
    failing = {"invoice.payment_failed", "customer.subscription.updated", "invoice.payment_action_required"}
    return wanted if names & failing else [*wanted, "invoice.payment_failed"]
