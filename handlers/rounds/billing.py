"""What a page of Stripe's objects says about users, and whether Stripe is to be asked about one of them by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from handlers.billing import entitlement
from handlers.billing.customer_owners import Owner, Owners
from handlers.billing.entitlement import Truth, is_running
from handlers.billing.stripe_events import Facts, Subscription
from handlers.reconcile import PAGE, Observations, in_words, parsed
from handlers.rounds.pages import MOST_ALTERNATIVES, Outside, batched, tombstones
from handlers.work import erasures
from handlers.work.documents import Documents, Found, Query, every
from handlers.work.users import FREE, User

KINDS = frozenset({"billing", "price", "customer"})
Listed = Mapping[str, tuple[Subscription, ...]]  # by customer


def by_customer(found: Iterable[Subscription]) -> Listed:
    """Return subscriptions by customer, of each subscription what comes first."""
    newest: dict[str, Subscription] = {}
    for each in found:
        newest.setdefault(each.id, each)
    listed: dict[str, tuple[Subscription, ...]] = {}
    for each in newest.values():
        listed[each.customer] = (*listed.get(each.customer, ()), each)
    return listed


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
    strangers = {each: listed[each] for each in listed if each not in linked}
    stones = tombstones(outside.documents, strangers)
    owners = owners_of(outside, (each for each in strangers if erasures.path(each) not in stones))
    return Observations(strangers, owners, (), known, (), truths, odd, erased=stones)


def users_with(documents: Documents, customers: Iterable[str]) -> tuple[Mapping[str, User], tuple[str, ...]]:
    """Return the users whose customers these are, by id, and the paths of documents that cannot be read."""
    found: list[Found] = []
    for some in batched(customers, MOST_ALTERNATIVES):
        query = Query("users", (("stripeCustomerIds", "array_contains_any", list(some)),), limit=PAGE)
        found.extend(every(documents, query))
    return parsed(found)


def owners_of(outside: Outside, customers: Iterable[str]) -> Mapping[str, Owner]:
    """Return whose customers these are by all that Stripe and Firebase say."""
    finder = Owners(outside.documents, outside.provider, outside.accounts)
    return {each: finder.of(Facts(each, "")) for each in customers}


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
    answers = {each: outside.provider.subscriptions(each) for each in user.customers}
    known = [each for each, answer in answers.items() if answer is not None]
    if not known:
        return {}
    sells = outside.terms.table.sells_once
    bought = [each for one in known for each in outside.provider.purchases(one)] if sells else []
    listed = tuple(each for answer in answers.values() for each in answer or ())
    return {user.id: Truth(listed, tuple(bought), frozenset(user.typed_customers))}
