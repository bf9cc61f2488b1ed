"""A failed payment: grace period, reminders that look again when they fire, downgrade at its end, and recovery."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from handlers.billing.custom_claims import ClaimsCache
from handlers.billing.dunning import MARGIN
from handlers.billing.payment_terms import PaymentTerms
from handlers.billing.payments import Payments
from handlers.billing.plans import Price
from handlers.billing.stripe_events import Customer, Subscription
from handlers.failures import NotYet, Unavailable
from handlers.logs import Log
from handlers.outside.firebase_accounts import Account
from handlers.work import inbox, users
from handlers.work.acceptor import Acceptor
from handlers.work.effects import Notification
from handlers.work.inbox import Event, EventState
from handlers.work.timers import Timer
from handlers.work.worker import Worker

PRO = Subscription("sub_1", "cus_1", "active", (Price("price_pro", "pro"),), 2_000)
USER = "users/u1"


class Service:
    """`sync-payments` with all it performs; `run` delivers what is due, as the queues do."""

    def __init__(self, documents, queue, stripe, accounts, mailer, clock, log, terms) -> None:
        accept = Acceptor(documents, queue, clock, log).accept
        performers = {
            "notification": Notification(mailer, timedelta(hours=23)),
            "custom_claims": ClaimsCache(documents, accounts, clock),
            "timer": Timer(accept),
        }
        prepare = Payments(documents, stripe, accounts, terms, clock).prepare
        self.worker = Worker(documents, queue, prepare, performers, clock, log)
        self.stripe, self.accounts, self.mailer, self.clock = stripe, accounts, mailer, clock
        self.documents, self.queue, self.count = documents, queue, 0
        self.waiting = []

    def is_now(self, status: str) -> None:
        """Have Stripe's truth change and its event delivered."""
        self.count += 1
        self.stripe.truth["cus_1"] = [replace(PRO, status=status)]
        body = json.dumps(
            {"livemode": True, "data": {"object": {"id": "sub_1", "customer": "cus_1", "metadata": {"user_id": "u1"}}}}
        )
        event = Event(f"evt_{self.count}", "stripe", "customer.subscription.updated", body, f"c{self.count}")
        inbox.store(self.documents, event, EventState.RECEIVED, self.clock())
        self.worker.process(event.id)
        self.run()

    def run(self) -> None:
        """Perform every task that is due, and what those bring."""
        while due := self._due():
            for task in due:
                _, kind, id_, _ = task.path.split("/")
                with suppress(KeyError):  # the CRM is another service's
                    (self.worker.process if kind == "events" else self.worker.perform)(id_)

    def _due(self):
        self.waiting += self.queue.sent
        self.queue.sent.clear()
        due = [task for task in self.waiting if task.at is None or task.at <= self.clock()]
        self.waiting = [task for task in self.waiting if task not in due]
        return due

    def after(self, **time: float) -> None:
        """Let time pass, with every timer in it firing when it is due."""
        end = self.clock() + timedelta(**time)
        while soonest := min((task.at for task in (self._due(), self.waiting)[1] if task.at <= end), default=None):
            self.clock.now = soonest
            self.run()
        self.clock.now = end
        self.run()

    @property
    def billing(self):
        return users.parse("u1", self.documents.kept.get(USER)).billing

    def mails(self, word: str) -> list[str]:
        return [to for to, subject, _ in self.mailer.mails.values() if word in subject]


@pytest.fixture
def service(documents, queue, stripe, accounts, mailer, clock, log):
    documents.kept[USER] = {"email": "ada@acme.test", "name": "Ada", "signedUpAt": clock()}
    accounts.kept["u1"] = Account("u1", "ada@acme.test", True, {"staff": True})
    made = Service(documents, queue, stripe, accounts, mailer, clock, log, PaymentTerms("founder@acme.test"))
    made.is_now("active")
    return made


def test_a_failed_payment_keeps_the_plan_for_the_grace_period_and_then_ends_it(service):
    service.is_now("past_due")
    assert (service.billing.plan, service.billing.grace_until) == ("pro", service.clock() + timedelta(days=14))
    service.after(days=13, hours=23)
    assert service.billing.plan == "pro"
    service.after(hours=2)
    assert (service.billing.plan, service.billing.status) == ("free", "past_due")
    assert service.accounts.kept["u1"].claims == {"staff": True, "plan": "free"}


def test_reminders_go_to_the_user_on_their_days_and_no_more(service):
    service.is_now("past_due")
    seen = []
    for _ in range(16):
        seen.append(len(service.mails("did not go through")))
        service.after(days=1)
    assert seen == [0, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3, 3, 3, 3]
    assert set(service.mails("did not go through")) == {"ada@acme.test"}


def test_a_reminder_looks_at_stripe_again_when_it_fires(service):
    service.is_now("past_due")
    service.stripe.truth["cus_1"] = [PRO]  # paid in the meantime, and no event of it has come
    service.after(days=2)
    assert not service.mails("did not go through")
    assert (service.billing.status, service.billing.plan) == ("active", "pro")


def test_a_reminder_of_a_period_that_ended_well_does_not_remind_in_the_next(service):
    service.is_now("past_due")
    service.after(hours=20)
    service.is_now("active")
    service.is_now("past_due")
    service.after(hours=5)  # the first period's reminder fires here, the second's later
    assert not service.mails("did not go through")
    service.after(hours=20)
    assert len(service.mails("did not go through")) == 1


def test_recovery_undoes_the_downgrade(service):
    service.is_now("past_due")
    service.after(days=15)
    assert service.billing.plan == "free"
    service.is_now("active")
    assert (service.billing.plan, service.billing.grace_until) == ("pro", None)
    assert service.accounts.kept["u1"].claims["plan"] == "pro"


@pytest.mark.parametrize("status", ["canceled", "unpaid", "incomplete_expired", "paused"])
def test_what_is_canceled_or_unpaid_ends_the_plan_at_once(service, status):
    service.is_now("past_due")
    service.is_now(status)
    assert (service.billing.plan, service.billing.grace_until) == ("free", None)
    service.after(days=20)
    assert not service.mails("did not go through")


def test_without_a_grace_period_the_plan_ends_with_the_payment(service):
    service.worker = replace(
        service.worker,
        prepare=Payments(
            service.documents,
            service.stripe,
            service.accounts,
            PaymentTerms("f@acme.test", timedelta(0), ()),
            service.clock,
        ).prepare,
    )
    service.is_now("past_due")
    assert service.billing.plan == "free"


def test_claims_wait_for_firebase_and_then_say_the_present_plan(service):
    service.accounts.is_down = True
    with pytest.raises(Unavailable):
        service.is_now("unpaid")
    service.accounts.is_down = False
    service.stripe.truth["cus_1"] = [PRO]
    service.worker.perform(f"evt_{service.count}.claims")
    assert service.accounts.kept["u1"].claims["plan"] == service.billing.plan == "free"


def test_a_customer_from_before_the_launch_is_known_by_a_verified_address(service):
    service.accounts.kept["u2"] = Account("u2", "bob@acme.test", True)
    service.stripe.truth["cus_2"] = [replace(PRO, id="sub_2", customer="cus_2")]
    service.stripe.customers["cus_2"] = Customer("", "bob@acme.test")
    process(service, "cus_2")
    assert service.documents.kept["users/u2"]["billing"]["plan"] == "pro"
    assert service.documents.kept["customers/cus_2"]["userId"] == "u2"


@pytest.mark.parametrize("account", [Account("u2", "bob@acme.test", False), Account("u1", "ada@acme.test", True)])
def test_an_unproved_address_and_another_customers_address_name_no_user(service, account):
    service.accounts.kept[account.id] = account
    service.stripe.truth["cus_2"] = [replace(PRO, id="sub_2", customer="cus_2")]
    service.stripe.customers["cus_2"] = Customer("", account.email)
    with pytest.raises(NotYet):
        process(service, "cus_2")
    assert "customers/cus_2" not in service.documents.kept


def process(service, customer):
    body = json.dumps({"livemode": True, "data": {"object": {"id": "sub_2", "customer": customer}}})
    event = Event("evt_other", "stripe", "customer.subscription.updated", body, "c9")
    inbox.store(service.documents, event, EventState.RECEIVED, service.clock())
    service.worker.process("evt_other")


class Walk(RuleBasedStateMachine):
    """A model of the promise: whatever happens to the payment and to the time, the plan is what the terms say.

    Patience is had once, from the first failure until something is paid; a trial pays nothing.
    """

    make: Callable[[], Service]

    @initialize()
    def begin(self) -> None:
        self.service = self.make()
        self.service.is_now("active")
        self.status, self.since = "active", None

    @rule(status=st.sampled_from(["active", "past_due", "unpaid", "canceled", "trialing"]))
    def changes(self, status: str) -> None:
        if status == "active":
            self.since = None
        if status == "past_due" and self.since is None:
            self.since = self.service.clock()
        self.status = status
        self.service.is_now(status)

    @rule(hours=st.integers(1, 100))
    def time_passes(self, hours: int) -> None:
        self.service.after(hours=hours)

    @rule()
    def an_event_comes_again(self) -> None:
        self.service.worker.process("evt_1")
        self.service.run()

    @invariant()
    def the_plan_is_what_the_terms_say(self) -> None:
        if not hasattr(self, "service"):
            return
        now, grace = self.service.clock(), timedelta(days=3)
        passed = now - (self.since or now)
        kept = self.status in {"active", "trialing"} or (self.status == "past_due" and passed < grace)
        entitled = self.service.billing.entitled(self.service.clock())
        assert entitled == ("pro" if kept else "free")
        if not grace <= passed < grace + MARGIN:
            assert self.service.billing.plan == entitled
            assert self.service.accounts.kept["u1"].claims.get("plan", "free") == entitled


def test_every_walk_through_paying_and_not_paying_ends_as_the_terms_say(
    new_documents, new_queue, new_stripe, new_mailer, new_clock, new_accounts
):
    def make() -> Service:
        documents, clock, directory = new_documents(), new_clock(), new_accounts()
        documents.kept[USER] = {"email": "ada@acme.test", "signedUpAt": clock()}
        directory.kept["u1"] = Account("u1", "ada@acme.test", True)
        terms, quiet = PaymentTerms("f@acme.test", timedelta(days=3), (timedelta(days=1),)), Log({}, io.StringIO())
        return Service(documents, new_queue(), new_stripe(), directory, new_mailer(), clock, quiet, terms)

    walk = type("OurWalk", (Walk,), {"make": staticmethod(make)})
    run_state_machine_as_test(walk, settings=settings(max_examples=40, stateful_step_count=25, deadline=None))
