"""Payments as the queue drives them: a provider that says what is true, and events that hint at it."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from handlers import reconcile
from handlers.billing.payments import Payments
from handlers.billing.plans import Plan, PlanTable, Price
from handlers.billing.stripe_events import Purchase, Subscription
from handlers.failures import NotYet
from handlers.work import inbox, users
from handlers.work.inbox import Event, EventState
from handlers.work.users import Billing
from handlers.work.worker import Worker

TABLE = PlanTable(
    (
        Plan("basic", ("basic_monthly", "price_basic")),
        Plan("pro", ("pro_monthly", "price_pro"), ("pro_for_good",)),
        Plan("team", ("team_monthly",)),
    )
)


class Till:
    """The service with all that Stripe says around it. Prices are named by their lookup keys."""

    def __init__(self, documents, queue, stripe, accounts, terms, clock, log, lines) -> None:
        self.documents, self.queue, self.stripe, self.accounts = documents, queue, stripe, accounts
        self.terms, self.clock, self.log, self.lines, self.count = replace(terms, table=TABLE), clock, log, lines, 0

    @property
    def worker(self) -> Worker:
        payments = Payments(self.documents, self.stripe, self.accounts, self.terms, self.clock)
        return Worker(self.documents, self.queue, payments.prepare, {}, self.clock, self.log)

    def choose(self, **choices: str) -> None:
        """Set the founder's choices: what a pause, a refund or a lost dispute does."""
        self.terms = replace(self.terms, table=replace(self.terms.table, **choices))

    def has(self, customer: str, *subscriptions: Subscription) -> None:
        self.stripe.truth[customer] = list(subscriptions)

    def bought(self, customer: str, *purchases: Purchase) -> None:
        self.stripe.truth.setdefault(customer, [])
        self.stripe.bought[customer] = list(purchases)

    def hear(self, customer: str, kind: str = "customer.subscription.updated", times: int = 1, **thing: Any) -> str:
        """Have Stripe tell that something about a customer changed; return how the event ended."""
        self.count += 1
        body = {"livemode": True, "data": {"object": {"customer": customer, **thing}}}
        event = Event(f"evt_{self.count}", "stripe", kind, json.dumps(body), f"c{self.count}")
        inbox.store(self.documents, event, EventState.RECEIVED, self.clock())
        for _ in range(times):
            with suppress(NotYet):
                self.worker.process(event.id)
        return str(self.documents.kept[f"inbox/{event.id}"]["state"])

    def checkout(self, customer: str, user: str, **thing: Any) -> str:
        """Have a buyer end a checkout whose `client_reference_id` is the user."""
        return self.hear(customer, "checkout.session.completed", client_reference_id=user, **thing)

    def billing(self, user: str = "u1") -> Billing:
        return users.parse(user, self.documents.kept.get(f"users/{user}")).billing

    def plan(self, user: str = "u1") -> str:
        return self.billing(user).entitled(self.clock())

    def differences(self) -> list[reconcile.Difference]:
        now = self.clock()
        seen = reconcile.look(self.documents, self.stripe, self.accounts, self.terms, now)
        return reconcile.differences(seen, self.terms, now)

    @property
    def final_failures(self) -> int:
        return self.lines.getvalue().count('"outcome": "final_failure"')


def sub(id_: str, customer: str, *lookup_keys: str, status: str = "active", ends: int = 2_000, **more) -> Subscription:
    """Return a subscription with an item for each lookup key, in this order."""
    prices = tuple(Price(f"price_of_{key}", key) for key in lookup_keys)
    return Subscription(id_, customer, status, prices, ends, **more)


@pytest.fixture
def till(documents, queue, stripe, accounts, terms, clock, log, lines) -> Till:
    return Till(documents, queue, stripe, accounts, terms, clock, log, lines)


@pytest.fixture
def make_till(new_documents, new_queue, new_stripe, new_accounts, terms, new_clock, log, lines):
    """Return a maker of new ones."""
    return lambda: Till(new_documents(), new_queue(), new_stripe(), new_accounts(), terms, new_clock(), log, lines)


@pytest.fixture
def subscription():
    return sub


@pytest.fixture
def purchase():
    """Return a maker of purchases by lookup keys."""

    def make(id_: str, customer: str, *lookup_keys: str, **more) -> Purchase:
        return Purchase(id_, customer, tuple(Price(f"price_of_{key}", key) for key in lookup_keys), f"pi_{id_}", **more)

    return make
