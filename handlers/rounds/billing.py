"""What a page of Stripe's objects says about users, and whether Stripe is to be asked about one of them by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from handlers.billing import entitlement, stripe_truth
from handlers.billing.entitlement import Truth, is_running
from handlers.billing.stripe_events import Purchase, Subscription
from handlers.reconcile import PAGE, Observations, in_words, parsed
from handlers.rounds.pages import MOST_ALTERNATIVES, Outside, batched, tombstones
from handlers.work import erasures
from handlers.work.documents import Documents, Found, Query, every
from handlers.work.users import FREE, User

KINDS = frozenset({"billing", "price", "customer"})
Listed = Mapping[str, tuple[Subscription, ...]]  # by customer


def observed(outside: Outside, listed: Listed, asked: Iterable[str], now: datetime) -> Observations:
    """Return what a part of Stripe's subscriptions amounts to, and all that is known of the `asked` customers."""
    wanted = set(asked)
    known, odd = users_with(outside.documents, dict.fromkeys([*listed, *wanted]))
    truths: dict[str, Truth] = {}
    for user in known.values():
        part = [each for one in user.customers for each in listed.get(one, ())]
        if wanted & set(user.customers) or may_differ(user, part, outside, now):
            truths.update(truth_of(outside, user))
    linked = {customer for user in known.values() for customer in user.customers}
    bought = _bought(outside, wanted - linked)
    strangers = {each: listed.get(each, ()) for each in (*listed, *bought) if each not in linked}
    stones = tombstones(outside.documents, strangers)
    owners = outside.owners.of_all(each for each in strangers if erasures.path(each) not in stones)
    stones |= tombstones(outside.documents, filter(None, (owner.user_id for owner in owners.values())))
    return Observations(strangers, owners, (), known, (), truths, odd, erased=stones, bought=bought)


def _bought(outside: Outside, strangers: Iterable[str]) -> Mapping[str, tuple[Purchase, ...]]:
    """Return what customers of no user bought once, of those that bought anything so."""
    return {each: bought for each, bought in purchases(outside, strangers).items() if bought}


def purchases(outside: Outside, customers: Iterable[str]) -> Mapping[str, tuple[Purchase, ...]]:
    """Return what customers bought once, where the table sells anything so."""
    return {each: outside.provider.purchases(each) for each in customers} if outside.terms.table.sells_once else {}


def users_with(documents: Documents, customers: Iterable[str]) -> tuple[Mapping[str, User], tuple[str, ...]]:
    """Return the users whose customers these are, by id, and the paths of documents that cannot be read."""
    found: list[Found] = []
    for some in batched(customers, MOST_ALTERNATIVES):
        query = Query("users", (("stripeCustomerIds", "array_contains_any", list(some)),), limit=PAGE)
        found.extend(every(documents, query))
    return parsed(found)


def may_differ(user: User, part: Sequence[Subscription], outside: Outside, now: datetime) -> bool:
    """Tell whether a part of a user's subscriptions contradicts what is kept, so that all have to be asked for.

    Ended ones beside the subscription that is kept contradict nothing: people come back.
    """
    if not part:
        return False
    truth = Truth(tuple(part), typed=frozenset(user.typed_customers))
    if in_words(entitlement.block_of(user.billing, truth, outside.terms, now)) == in_words(user.billing):
        return bool(entitlement.paid_for_nothing(truth, outside.terms.table))
    tells = any(is_running(each) or each.id == user.billing.subscription_id for each in part)
    return tells or user.billing.plan == FREE


def truth_of(outside: Outside, user: User) -> Mapping[str, Truth]:
    """Ask Stripe for everything of all of a user's customers, and return it by the user's id.

    It is empty for a user of whose customers Stripe's account knows none: then nothing is held against the user.
    """
    typed = frozenset(user.typed_customers)
    truth = stripe_truth.truth_of(outside.provider, user.customers, typed, outside.terms.table)
    return {user.id: truth} if truth else {}
