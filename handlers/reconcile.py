"""Where what we keep differs from the truth elsewhere, and the event that repairs it by the way that every event takes.

Observers ask Stripe, Firebase and Firestore; `differences` and the functions below it judge, and ask nobody.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from handlers.billing import customer_owners, entitlements
from handlers.billing.custom_claims import DIFFER, PLAN
from handlers.billing.payment_terms import PaymentTerms
from handlers.billing.stripe_api import Provider
from handlers.billing.stripe_events import Subscription
from handlers.outside.firebase_accounts import Account, Accounts
from handlers.service_manifest import SYNC_CRM, SYNC_PAYMENTS
from handlers.signup import MISSING_CONTACT
from handlers.work import users
from handlers.work.documents import Documents, Found, Query, every
from handlers.work.inbox import Event
from handlers.work.users import FREE, User

SETTLING = timedelta(hours=1)  # what is younger may still be on its way
PAGE = 300


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
    """All that was found: subscriptions by customer, who a customer without a link is, accounts, users, tickets."""

    subscriptions: Mapping[str, tuple[Subscription, ...]]
    owners: Mapping[str, str]
    accounts: tuple[Account, ...]
    users: Mapping[str, User]
    tickets: tuple[Found, ...]


def look(documents: Documents, provider: Provider, accounts: Accounts) -> Observations:
    """Ask Stripe, Firebase and Firestore; raises Unavailable."""
    by_customer: dict[str, tuple[Subscription, ...]] = {}
    for each in provider.all_subscriptions():
        by_customer[each.customer] = (*by_customer.get(each.customer, ()), each)
    known = {found.id: users.parse(found.id, found.fields) for found in every(documents, Query("users", limit=PAGE))}
    linked = {customer for user in known.values() for customer in user.customers}
    for customer in linked - set(by_customer):
        answer = provider.subscriptions(customer)
        if answer is not None:  # None: not a customer of this account, so that nothing is known against us
            by_customer[customer] = answer
    named = {
        each: customer_owners.of_customer(documents, provider, accounts, each) for each in set(by_customer) - linked
    }
    unopened = Query("tickets", (("helpdeskId", "==", ""),), limit=PAGE)
    return Observations(by_customer, named, tuple(_accounts(accounts)), known, tuple(every(documents, unopened)))


def differences(observed: Observations, terms: PaymentTerms, now: datetime) -> list[Difference]:
    """Return everything that differs, worst first."""
    return [
        *_in_billing(observed, terms, now),
        *_in_customers(observed, now),
        *_in_accounts(observed, now),
        *_in_contacts(observed, now),
        *_in_tickets(observed, now),
    ]


def _in_billing(observed: Observations, terms: PaymentTerms, now: datetime) -> Iterator[Difference]:
    for user in observed.users.values():
        listed = [observed.subscriptions[each] for each in user.customers if each in observed.subscriptions]
        if not listed:
            continue
        true = entitlements.block_of(user.billing, [each for some in listed for each in some], terms, now)
        kept, truth = _in_words(user.billing), _in_words(true)
        if kept != truth:
            yield Difference("billing", user.id, kept, truth, _of_user(user.id, user.customers[0], "billing", now))


def _in_customers(observed: Observations, now: datetime) -> Iterator[Difference]:
    """Yield customers of nobody. Of no known user: they may belong to another product on the same Stripe account."""
    for customer, user_id in sorted(observed.owners.items()):
        if user_id:
            count = len(observed.subscriptions[customer])
            truth = f"customer {customer} with {count} subscription{'s' if count != 1 else ''}"
            yield Difference("customer", user_id, "no such customer", truth, _of_user(user_id, customer, customer, now))


def _in_accounts(observed: Observations, now: datetime) -> Iterator[Difference]:
    for account in observed.accounts:
        user = observed.users.get(account.id, User(account.id))
        if account.email and not user.signed_up and now.timestamp() - account.created > SETTLING.total_seconds():
            event = _event(
                "account", account.id, "signup_completed", {"id": "reconcile", "data": {}}, now, account.email
            )
            yield Difference("account", account.id, "no signup", "an account in Firebase", Repair(event, SYNC_CRM))
        says, entitled = account.claims.get(PLAN, FREE), user.billing.entitled(now)
        if says != entitled:
            repair = Repair(_event("claims", user.id, DIFFER, {}, now), SYNC_PAYMENTS)
            yield Difference("claims", user.id, f"the token says {says}", f"entitled to {entitled}", repair)


def _in_contacts(observed: Observations, now: datetime) -> Iterator[Difference]:
    for user in observed.users.values():
        if user.signed_up and not user.crm_contact_id:
            event = _event("contact", user.id, MISSING_CONTACT, {}, now)
            yield Difference("contact", user.id, "no contact", "a user who signed up", Repair(event, SYNC_CRM))


def _in_tickets(observed: Observations, now: datetime) -> Iterator[Difference]:
    """Yield tickets that the helpdesk does not show. Their effect has ended badly, and waits for a person."""
    for found in observed.tickets:
        if now - found.fields["createdAt"] > SETTLING:
            yield Difference("ticket", found.id, "a ticket", "no thread at the helpdesk")


def _of_user(user_id: str, customer: str, what: str, now: datetime) -> Repair:
    body = {"customer": customer, "userId": user_id}
    return Repair(_event(what, user_id, "billing_differs", body, now), SYNC_PAYMENTS)


def _event(what: str, user_id: str, kind: str, body: Mapping[str, Any], now: datetime, email: str = "") -> Event:
    """Return a repair's event: one a minute for each thing, however often it is asked for."""
    text = "\x00".join((what, user_id, f"{now:%Y-%m-%dT%H:%M}"))
    id_ = "rec_" + hashlib.sha256(text.encode()).hexdigest()[:40]
    return Event(id_, entitlements.RECONCILING, kind, json.dumps(body), id_, user_id, email)


def _in_words(block: users.Billing) -> str:
    return f"{block.status} on plan {block.plan}"


def _accounts(accounts: Accounts) -> Iterable[Account]:
    found, after = accounts.page()
    yield from found
    while after:
        found, after = accounts.page(after)
        yield from found
