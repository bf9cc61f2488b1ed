"""From the payment provider's truth to a user's billing block: pure decisions.

An event is only a hint that something changed. Stripe delivers late, twice and out of order, and `event.created` has a
resolution of one second, so nothing is ever ordered by it: the customer's present subscriptions are fetched, and they
are committed only if no one else has committed a look at them in between.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from handlers.billing import dunning
from handlers.billing.payment_terms import PaymentTerms
from handlers.billing.stripe_events import Subscription
from handlers.service_manifest import SYNC_CRM, SYNC_PAYMENTS
from handlers.work import users
from handlers.work.documents import Read, Write
from handlers.work.inbox import Decision, Event, Stale
from handlers.work.outbox import Effect
from handlers.work.users import NO_SUBSCRIPTION, PAST_DUE, Billing, User

RECONCILING = "reconcile"  # source of the events by which differences are repaired
UNNAMED = "paid"  # the plan of a paid subscription whose price has no name
# The subscription that counts is the best one. A status that Stripe adds one day ranks last.
RANK = ("active", "trialing", "past_due", "unpaid", "paused", "incomplete", "canceled", "incomplete_expired")


@dataclass(frozen=True)
class BillingSnapshot:
    """What was seen of one user at the provider: `checks` is the user's fence as read before asking."""

    user_id: str
    customer: str
    checks: int
    subscriptions: tuple[Subscription, ...]


def decide(event: Event, look: BillingSnapshot, terms: PaymentTerms, now: datetime, read: Read) -> Decision:
    """Return the decision that the snapshot leads to on the present state.

    Raises Stale when the fence has moved: another event of the user was committed since the provider was asked.
    """
    user = users.parse(look.user_id, read(users.path(look.user_id)))
    if user.billing.checks != look.checks:
        raise Stale
    block = block_of(user.billing, look.subscriptions, terms, now)
    changed = block != user.billing
    after = replace(
        block,
        rev=block.rev + changed,
        checks=block.checks + 1,
        last_event_id=event.id if changed else block.last_event_id,
    )
    writes = (_user_write(user, look, after), users.customer_link(look.customer, user.id))
    effects = _effects(event, user, after, terms) if changed else ()
    return Decision(writes, (*effects, *dunning.effects(event, user, after, look.customer, terms, now)))


def block_of(before: Billing, subscriptions: Sequence[Subscription], terms: PaymentTerms, now: datetime) -> Billing:
    """Return the billing block that the subscriptions amount to at this moment, whatever their order."""
    best = min(subscriptions, key=_preference, default=None)
    if best is None:
        block = replace(before, status=NO_SUBSCRIPTION, subscription_id="", subscribed_plan="", grace_until=None)
    else:
        kept = before.subscribed_plan if before.subscription_id == best.id else ""
        block = replace(
            before,
            status=best.status,
            subscription_id=best.id,
            subscribed_plan=best.plan or kept or UNNAMED,
            grace_until=_grace_until(before, best, terms, now),
        )
    return replace(block, plan=block.entitled(now))


def _grace_until(before: Billing, best: Subscription, terms: PaymentTerms, now: datetime) -> datetime | None:
    """Return when the patience with a failed payment ends: counted from when the failure was first seen."""
    if best.status != PAST_DUE:
        return None
    is_known = before.status == PAST_DUE and before.subscription_id == best.id
    return (before.grace_until if is_known else None) or now + terms.grace


def _preference(subscription: Subscription) -> tuple[int, int, str]:
    rank = RANK.index(subscription.status) if subscription.status in RANK else len(RANK)
    return rank, -subscription.period_end, subscription.id


def _user_write(user: User, look: BillingSnapshot, billing: Billing) -> Write:
    customers = [*user.customers, *({look.customer} - set(user.customers))]
    owner = next((each.customer for each in look.subscriptions if each.id == billing.subscription_id), "")
    return Write(
        users.path(user.id),
        {
            "stripeCustomerId": owner or look.customer,
            "stripeCustomerIds": customers,
            "billing": billing.fields(),
        },
    )


def _effects(event: Event, user: User, billing: Billing, terms: PaymentTerms) -> tuple[Effect, ...]:
    mail = {
        "to": terms.founder,
        "subject": f"Billing: {billing.status} on plan {billing.plan}",
        "text": (
            f"User {user.id} is now {billing.status} on plan {billing.plan}"
            f" (before: {user.billing.status} on plan {user.billing.plan}).\n"
            f"Subscription {billing.subscription_id or 'none'}, event {event.id}.\n"
        ),
    }
    return (
        Effect(f"{event.id}.crm", "crm_contact", SYNC_CRM, {"userId": user.id}),
        Effect(f"{event.id}.mail", "notification", SYNC_PAYMENTS, mail),
        *((claims_effect(event.id, user.id),) if billing.plan != user.billing.plan else ()),
    )


def claims_effect(event_id: str, user_id: str) -> Effect:
    """Return the effect that brings the user's custom claims up to the entitlement, which they are a cache of."""
    return Effect(f"{event_id}.claims", "custom_claims", SYNC_PAYMENTS, {"userId": user_id})
