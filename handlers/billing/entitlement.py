"""What a user is entitled to: a pure function of what Stripe says, the founder's terms, and the clock.

docs/payments.md holds the table that this follows, line by line. Nothing here asks anybody or remembers anything but
the end of the grace period, which is counted once (see `_counted`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from handlers.billing.payment_terms import PaymentTerms
from handlers.billing.plans import END, PlanTable
from handlers.billing.stripe_events import Purchase, Subscription
from handlers.work.users import FREE, NO_SUBSCRIPTION, PAID, PAST_DUE, Billing

# What is shown where several entitle to the same, or none to anything. A status that Stripe adds one day ranks last.
RANK = ("active", "trialing", "past_due", "unpaid", "paused", "incomplete", "canceled", "incomplete_expired")
ENDED = frozenset({"canceled", "incomplete_expired"})  # final: docs.stripe.com/api/subscriptions/object, `status`


@dataclass(frozen=True)
class Truth:
    """What Stripe says of all customers of one user. `typed` are those that only a buyer's own text named."""

    subscriptions: tuple[Subscription, ...] = ()
    purchases: tuple[Purchase, ...] = ()
    typed: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Holding:
    """One thing that was bought: the plan it is for, empty for none, and whether it is paid or its payment is late."""

    id: str
    customer: str
    status: str
    plan: str
    rank: int
    ends: int
    is_paid: bool
    is_late: bool


def block_of(before: Billing, truth: Truth, terms: PaymentTerms, now: datetime) -> Billing:
    """Return the billing block that Stripe's truth amounts to at this moment, whatever its order."""
    bought = holdings(truth, terms.table)
    counted = _counted(before, truth, terms, now)
    in_grace = counted is not None and now < counted
    paid = _best(each for each in bought if each.is_paid)
    counts = _best(each for each in bought if each.is_paid or (in_grace and each.is_late))
    shown = counts or min(bought, key=_shown_first, default=None)
    return replace(
        before,
        plan=counts.plan if counts else FREE,
        status=shown.status if shown else NO_SUBSCRIPTION,
        subscription_id=shown.id if shown else "",
        subscribed_plan=shown.plan if shown else "",
        paid_plan=paid.plan if paid else FREE,
        grace_until=counted if any(each.is_late for each in bought) else None,
        grace_counted=counted,
    )


def holdings(truth: Truth, table: PlanTable) -> tuple[Holding, ...]:
    """Return everything that was bought, with what each is worth by the table."""
    strangers = _strangers(truth)
    return (
        *(_subscribed(each, table, is_stranger=each.customer in strangers) for each in truth.subscriptions),
        *(_purchased(each, table) for each in truth.purchases),
    )


def paid_for_nothing(truth: Truth, table: PlanTable) -> tuple[str, ...]:
    """Return the prices that are paid for and that the table does not name."""
    unknown = [each for each in truth.subscriptions if each.status in PAID and not _plan_of(each, table)]
    return tuple(sorted({price.id for each in unknown for price in each.prices}))


def is_running(subscription: Subscription) -> bool:
    """Tell whether a subscription has not ended for good."""
    return subscription.status not in ENDED


def _subscribed(each: Subscription, table: PlanTable, *, is_stranger: bool) -> Holding:
    plan = _plan_of(each, table)
    stands = bool(plan) and not _is_taken_back(each, table)
    is_late = stands and each.status == PAST_DUE and not is_stranger
    is_paid = stands and each.status in PAID
    rank = table.rank(plan) if plan else -1
    return Holding(each.id, each.customer, each.status, plan, rank, each.period_end, is_paid, is_late)


def _purchased(each: Purchase, table: PlanTable) -> Holding:
    plan = table.purchased(each.prices)
    stands = bool(plan) and not _is_reversed(each.reversal, table)
    return Holding(
        each.id, each.customer, "active" if stands else "canceled", plan, table.rank(plan), 0, stands, is_late=False
    )


def _plan_of(subscription: Subscription, table: PlanTable) -> str:
    return table.subscribed(subscription.prices)


def _is_taken_back(each: Subscription, table: PlanTable) -> bool:
    return (each.is_paused and table.paused == END) or _is_reversed(each.reversal, table)


def _is_reversed(reversal: str, table: PlanTable) -> bool:
    chosen = {"refunded": table.refunded, "dispute_lost": table.dispute_lost}
    return chosen.get(reversal) == END


def _strangers(truth: Truth) -> frozenset[str]:
    """Return the customers that may add to what the user has and never take from it.

    A buyer can write anybody's id into a checkout (docs.stripe.com/api/checkout/sessions/object,
    `client_reference_id`). While a customer of the user's own runs, the late payments of such a one count for nothing.
    """
    has_own = any(is_running(each) and each.customer not in truth.typed for each in truth.subscriptions)
    return truth.typed if has_own else frozenset()


def _counted(before: Billing, truth: Truth, terms: PaymentTerms, now: datetime) -> datetime | None:
    """Return when the patience with failed payments ends: counted once, from the first until something is paid.

    However many subscriptions fail, one after the other or at once, there is one period; a trial pays nothing.
    """
    strangers = _strangers(truth)
    own = [each for each in truth.subscriptions if each.customer not in strangers and _plan_of(each, terms.table)]
    if any(each.status == PAST_DUE for each in own):
        return before.grace_counted or now + terms.grace
    is_settled = any(each.status == "active" and not each.is_paused and not each.reversal for each in own)
    return None if is_settled else before.grace_counted


def _best(bought: Iterable[Holding]) -> Holding | None:
    return min(bought, key=lambda each: (-each.rank, *_shown_first(each)), default=None)


def _shown_first(each: Holding) -> tuple[int, int, str]:
    rank = RANK.index(each.status) if each.status in RANK else len(RANK)
    return rank, -each.ends, each.id
