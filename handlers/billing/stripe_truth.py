"""Asks Stripe for everything that a user's customers subscribed to and bought."""

from __future__ import annotations

from collections.abc import Iterable

from handlers.billing.entitlement import Truth
from handlers.billing.plans import PlanTable
from handlers.billing.stripe_api import Provider


def truth_of(
    provider: Provider, customers: Iterable[str], typed: frozenset[str], table: PlanTable, needed: str = ""
) -> Truth | None:
    """Return what Stripe says of the customers of one user; `typed` is as in Truth. Raises Unavailable.

    None when Stripe does not know the customer `needed`, or, where none is, any of them. One-time purchases are asked
    for only where the table sells any.
    """
    answers = {each: provider.subscriptions(each) for each in customers}
    known = [each for each, answer in answers.items() if answer is not None]
    if not known or (needed and needed not in known):
        return None
    bought = [each for one in known for each in provider.purchases(one)] if table.sells_once else []
    listed = [each for answer in answers.values() for each in answer or ()]
    return Truth(tuple(listed), tuple(bought), typed)
