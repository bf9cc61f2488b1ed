"""Where what we keep differs from the truth elsewhere, and the event that repairs it by the way that every event takes.

Observers ask Stripe, Firebase and Firestore; `differences` and the functions below it judge, and ask nobody.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from handlers import ids
from handlers.billing import entitlement, entitlements
from handlers.billing.custom_claims import DIFFER, PLAN
from handlers.billing.customer_owners import Owner, Owners
from handlers.billing.entitlement import Truth
from handlers.billing.payment_terms import PaymentTerms
from handlers.billing.stripe_api import Provider
from handlers.billing.stripe_events import Purchase, Subscription
from handlers.billing.stripe_truth import truth_of
from handlers.outside.firebase_accounts import Account, Accounts
from handlers.service_manifest import SYNC_CRM, SYNC_PAYMENTS
from handlers.signup import ACCOUNT_DIFFERS, ADDRESS_DIFFERS, ADDRESS_PROVED, CONTACT, MISSING_CONTACT
from handlers.work import erasures, users
from handlers.work.documents import Documents, Found, Query, every
from handlers.work.inbox import Event
from handlers.work.outbox import EffectState
from handlers.work.users import ACTIVE, DELETED, FREE, PAID, PAST_DUE, User

SETTLING = timedelta(hours=1)  # what is younger may still be on its way
PAGE = 300
UNOPENED = Query("tickets", (("helpdeskId", "==", ""),), limit=PAGE)
NO_ACCOUNT = "there is no such account: set user_id in the metadata of the customer at Stripe to the right one"
RUNNING = PAID | {PAST_DUE, "unpaid", "paused"}


@dataclass(frozen=True)
class Repair:
    """The event that repairs a difference, and the service that processes it."""

    event: Event
    service: str


@dataclass(frozen=True)
class Difference:
    """One thing that is `kept` one way and in truth another; without a repair, a person has to look."""

    kind: str
    subject: str
    kept: str
    truth: str
    repair: Repair | None = None


@dataclass(frozen=True)
class Observations:
    """All that was found: subscriptions by customer, who a customer without a link is, or one whose user is gone,
    accounts, users, tickets, what Stripe says of each user, and the paths of documents that cannot be read.

    `refused` are, by user, the latest effects that the CRM refused for good, `erased` the places of tombstones, and
    `gone` the users whose account was looked for and is not there. `bought` are one-time purchases, by customer, of
    those that are of no user, or of one whose account is gone.
    """

    subscriptions: Mapping[str, tuple[Subscription, ...]]
    owners: Mapping[str, Owner]
    accounts: tuple[Account, ...]
    users: Mapping[str, User]
    tickets: tuple[Found, ...]
    truths: Mapping[str, Truth]
    odd: tuple[str, ...] = ()
    refused: Mapping[str, Found] = field(default_factory=dict)
    erased: frozenset[str] = frozenset()
    gone: frozenset[str] = frozenset()
    bought: Mapping[str, tuple[Purchase, ...]] = field(default_factory=dict)


def look(
    documents: Documents, provider: Provider, accounts: Accounts, terms: PaymentTerms, now: datetime
) -> Observations:
    """Ask Stripe, Firebase and Firestore; raises Unavailable."""
    by_customer = grouped(provider.all_subscriptions())
    known, odd = parsed(every(documents, Query("users", limit=PAGE)))
    linked = {customer: user.id for user in known.values() for customer in user.customers}
    bought = _bought(provider, set(linked), terms)
    by_customer = {**dict.fromkeys(bought, ()), **by_customer}
    for customer in set(linked) - set(by_customer):
        answer = provider.subscriptions(customer)
        if answer is not None:  # None: not a customer of this account, so that nothing is known against us
            by_customer[customer] = answer
    directory = possible(_accounts(accounts))
    living = {account.id for account in directory}
    gone = frozenset(known) - living
    lost = {customer for customer, user_id in linked.items() if user_id not in living and customer in by_customer}
    stones = frozenset(found.path for found in every(documents, Query(erasures.COLLECTION, limit=PAGE)))
    asked = {each for each in (set(by_customer) - set(linked)) | lost if erasures.path(each) not in stones}
    owners = Owners(documents, provider, accounts).of_all(asked)
    moved = {each: owner for each, owner in owners.items() if linked.get(each) != owner.user_id}
    truths = dict(_truths(known, by_customer, provider, terms, now))
    tickets = tuple(every(documents, UNOPENED))
    refused = refused_contacts(documents)
    return Observations(by_customer, moved, directory, known, tickets, truths, odd, refused, stones, gone, bought)


def _bought(provider: Provider, linked: Collection[str], terms: PaymentTerms) -> Mapping[str, tuple[Purchase, ...]]:
    """Return what customers of no user bought once, where the table sells anything so."""
    buyers = set(provider.buyers()) - set(linked) if terms.table.sells_once else ()
    return {each: provider.purchases(each) for each in buyers}


def possible(found: Iterable[Account]) -> tuple[Account, ...]:
    """Return the accounts that can be users here: Firebase takes any text as an id, also one that no document has."""
    return tuple(account for account in found if ids.is_document_id(account.id))


def grouped(found: Iterable[Subscription]) -> dict[str, tuple[Subscription, ...]]:
    """Return subscriptions by customer, of each subscription what comes first: the newest.

    One of no customer is left out: it may be that of an account of Stripe's v2 API, which is not a customer here.
    """
    newest: dict[str, Subscription] = {}
    for each in found:
        newest.setdefault(each.id, each)
    listed: dict[str, tuple[Subscription, ...]] = {}
    for each in filter(lambda one: one.customer, newest.values()):
        listed[each.customer] = (*listed.get(each.customer, ()), each)
    return listed


def parsed(listed: Iterable[Found]) -> tuple[Mapping[str, User], tuple[str, ...]]:
    """Return the users by id, and the paths of documents that are none."""
    known, odd = {}, []
    for found in listed:
        try:
            known[found.id] = users.parse(found.id, found.fields)
        except (TypeError, ValueError, AttributeError):
            odd.append(found.path)
    return known, tuple(odd)


def _truths(
    known: Mapping[str, User],
    by_customer: Mapping[str, tuple[Subscription, ...]],
    provider: Provider,
    terms: PaymentTerms,
    now: datetime,
) -> Iterator[tuple[str, Truth]]:
    """Yield what Stripe says of each user with a customer that it knows.

    The list of all subscriptions leaves out what became of their payments and what was bought once: both are asked
    for where the block would differ without them, and purchases wherever the table sells any.
    """
    for user in known.values():
        customers = [each for each in user.customers if each in by_customer]
        if not customers:
            continue
        listed = tuple(each for one in customers for each in by_customer[one])
        truth = Truth(listed, typed=frozenset(user.typed_customers))
        block = entitlement.block_of(user.billing, truth, terms, now)
        if in_words(block) != in_words(user.billing) or terms.table.sells_once:
            truth = truth_of(provider, customers, truth.typed, terms.table) or Truth(typed=truth.typed)
        yield user.id, truth


def differences(observed: Observations, terms: PaymentTerms, now: datetime) -> list[Difference]:
    """Return everything that differs, worst first."""
    return [
        *_in_erasures(observed),
        *_in_billing(observed, terms, now),
        *_in_customers(observed, terms, now),
        *_in_accounts(observed, now),
        *_in_addresses(observed, now),
        *_in_deleted_accounts(observed, now),
        *_in_contacts(observed, now),
        *_in_tickets(observed, now),
        *(Difference("document", path, "cannot be read", "a document of another shape") for path in observed.odd),
    ]


def _in_erasures(observed: Observations) -> Iterator[Difference]:
    """Yield users who were erased and of whom there is something again: a backup was restored."""
    for user_id in observed.users:
        if erasures.path(user_id) in observed.erased:
            yield Difference("erased", user_id, "a user", "an erased one is back; then: ./launch users reapply")


def _in_billing(observed: Observations, terms: PaymentTerms, now: datetime) -> Iterator[Difference]:
    for user_id, truth in observed.truths.items():
        user = observed.users[user_id]
        kept, true = in_words(user.billing), in_words(entitlement.block_of(user.billing, truth, terms, now))
        if kept != true:
            repair = _of_user(user.id, user.customers[0], "billing", now)
            yield Difference("billing", user.id, kept, true, repair)
        for price in entitlement.paid_for_nothing(truth, terms.table):
            yield Difference("price", user.id, "no plan", f"pays for {price}, which payments.plans does not name")


def _in_customers(observed: Observations, terms: PaymentTerms, now: datetime) -> Iterator[Difference]:
    """Yield customers that are to be linked, and those that pay for a plan which nobody has.

    One of no known user that pays for nothing in the table may belong to another product on the same Stripe account.
    """
    for customer, owner in sorted(observed.owners.items()):
        subscriptions, bought = observed.subscriptions[customer], observed.bought.get(customer, ())
        truth = f"customer {customer} with {_how_many(subscriptions, bought)}"
        if owner.user_id and erasures.path(owner.user_id) not in observed.erased:
            kept = f"customer of {owner.before}, whose account is gone" if owner.before else "no such customer"
            repair = _of_user(owner.user_id, customer, customer, now)
            yield Difference("customer", owner.user_id, kept, truth, repair)
            continue
        held = entitlement.holdings(Truth(subscriptions, bought), terms.table)
        paid = next((each.plan for each in held if each.is_paid), "")
        if paid:
            taken = f"; user {owner.conflict} has its address and another that runs" if owner.conflict else ""
            taken = f"; {erasures.REASON}: end it at Stripe" if owner.user_id else taken
            yield Difference("customer", customer, "no user", f"{truth} pays for {paid}{taken}")


def _how_many(subscriptions: Sequence[Subscription], bought: Sequence[Purchase]) -> str:
    """Return how much a customer has, such as `2 subscriptions and 1 purchase`."""
    counted = [("purchase", len(bought))] if bought else []
    if subscriptions or not bought:
        counted.insert(0, ("subscription", len(subscriptions)))
    return " and ".join(f"{count} {what}{'s' if count != 1 else ''}" for what, count in counted)


def _in_accounts(observed: Observations, now: datetime) -> Iterator[Difference]:
    for account in observed.accounts:
        user = observed.users.get(account.id, User(account.id))
        if account.email and not user.signed_up and now.timestamp() - account.created > SETTLING.total_seconds():
            event = _event(
                "account", account.id, "signup_completed", {"id": "reconcile", "data": {}}, now, account.email
            )
            yield Difference("account", account.id, "no signup", "an account in Firebase", Repair(event, SYNC_CRM))
        if user.signed_up and account.email.casefold() != user.email.casefold():
            change = "another one" if account.email and user.email else "one" if account.email else "none any more"
            event = _event("address", account.id, ADDRESS_DIFFERS, {}, now, account.email)
            kept = "an address" if user.email else "no address"
            yield Difference("address", account.id, kept, f"{change} in Firebase", Repair(event, SYNC_CRM))
        says, entitled = account.claims.get(PLAN, FREE), user.billing.entitled(now)
        if says != entitled:
            repair = Repair(_event("claims", user.id, DIFFER, {}, now), SYNC_PAYMENTS)
            yield Difference("claims", user.id, f"the token says {says}", f"entitled to {entitled}", repair)


def _in_addresses(observed: Observations, now: datetime) -> Iterator[Difference]:
    """Yield users whose mail from Stripe goes to an address that they had before."""
    for account in observed.accounts:
        user = observed.users.get(account.id)
        same = user is not None and user.email.casefold() == account.email.casefold()
        if user and same and user.stripe_address and (account.email_verified or not account.email):
            repair = Repair(_event("stripe address", user.id, ADDRESS_PROVED, {}, now), SYNC_CRM)
            yield Difference("address", user.id, "Stripe's mail goes to the one before", "another one", repair)


def _in_deleted_accounts(observed: Observations, now: datetime) -> Iterator[Difference]:
    """Yield users whose account was deleted, and what they still pay for, which a person has to end.

    A subscription is not canceled by itself: an account may be deleted by mistake, and another one of the same person
    takes its customers over (see customer_owners). A user may also never have had one: a buyer's text, or the metadata
    of a customer that came from elsewhere, named nobody.
    """
    living = {account.id for account in observed.accounts}
    for user in observed.users.values():
        says = DELETED if user.id in observed.gone else ACTIVE if user.id in living else ""
        if not says or erasures.path(user.id) in observed.erased:
            continue
        if user.signed_up and says != (user.account or ACTIVE):
            repair = Repair(_event("account", user.id, ACCOUNT_DIFFERS, {"account": says}, now), SYNC_CRM)
            yield Difference("account", user.id, f"an {user.account or ACTIVE} account", f"{says} in Firebase", repair)
        moves = any(observed.owners[each].user_id for each in user.customers if each in observed.owners)
        has_plan = user.signed_up or user.billing.plan != FREE  # else the price is what is told
        if says == DELETED and user.billing.status in RUNNING and has_plan and not moves:
            why = "the account is deleted" if user.signed_up else NO_ACCOUNT
            cure = f"{why}; end it at Stripe, or: ./launch users erase {user.id}"
            yield Difference("deleted", user.id, f"pays for {user.billing.subscribed_plan or 'something'}", cure)


def _in_contacts(observed: Observations, now: datetime) -> Iterator[Difference]:
    for user in observed.users.values():
        if user.signed_up and not user.crm_contact_id:
            if refusal := observed.refused.get(user.id):  # asking again would be refused again, each night
                truth = f"{refusal.fields.get('reason')}; then: ./launch events replay {refusal.id}"
                yield Difference("contact", user.id, "no contact", truth)
                continue
            event = _event("contact", user.id, MISSING_CONTACT, {}, now)
            yield Difference("contact", user.id, "no contact", "a user who signed up", Repair(event, SYNC_CRM))


def _in_tickets(observed: Observations, now: datetime) -> Iterator[Difference]:
    """Yield tickets that the helpdesk does not show. Their effect has ended badly, and waits for a person."""
    for found in observed.tickets:
        created = found.fields.get("createdAt")
        if not isinstance(created, datetime) or now - created > SETTLING:
            yield Difference("ticket", found.id, "a ticket", "no thread at the helpdesk")


def _of_user(user_id: str, customer: str, what: str, now: datetime) -> Repair:
    body = {"customer": customer, "userId": user_id}
    return Repair(_event(what, user_id, "billing_differs", body, now), SYNC_PAYMENTS)


def _event(what: str, user_id: str, kind: str, body: Mapping[str, Any], now: datetime, email: str = "") -> Event:
    """Return a repair's event: one a minute for each thing, however often it is asked for."""
    text = "\x00".join((what, user_id, f"{now:%Y-%m-%dT%H:%M}"))
    id_ = "rec_" + hashlib.sha256(text.encode()).hexdigest()[:40]
    return Event(id_, entitlements.RECONCILING, kind, json.dumps(body), id_, user_id, email)


def in_words(block: users.Billing) -> str:
    """Return what of a billing block is compared."""
    return f"{block.status} on plan {block.plan}"


def refused_contacts(documents: Documents) -> Mapping[str, Found]:
    """Return the contact effects that were refused, by user, the latest of each."""
    failed = every(documents, Query("outbox", (("state", "==", EffectState.FAILED.value),), limit=PAGE))
    contacts = [found for found in failed if found.fields.get("kind") == CONTACT and _is_whole(found)]
    return {
        str(found.fields["payload"].get("userId")): found
        for found in sorted(contacts, key=lambda found: found.fields["createdAt"])
    }


def _is_whole(effect: Found) -> bool:
    """Tell whether a record of the outbox says when it was made and for whom: one may be written by hand."""
    return isinstance(effect.fields.get("createdAt"), datetime) and isinstance(effect.fields.get("payload"), Mapping)


def _accounts(accounts: Accounts) -> Iterable[Account]:
    found, after = accounts.page()
    yield from found
    while after:
        found, after = accounts.page(after)
        yield from found
