"""From what Stripe knows to the user's billing block, whatever order its events come in."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handlers.billing import entitlement
from handlers.billing.entitlement import Truth
from handlers.billing.payment_terms import PaymentTerms
from handlers.billing.payments import Payments
from handlers.billing.plans import Price
from handlers.billing.stripe_events import STRIPE_KINDS, Customer, Subscription, facts, subscription
from handlers.failures import NotYet, Unavailable
from handlers.work import inbox, users
from handlers.work.inbox import Event, EventState
from handlers.work.users import Billing
from handlers.work.worker import Worker

PRO_PRICE = (Price("price_pro", "pro"),)
OLD_PRICE = (Price("price_old", "old"),)

fresh_each_time = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
STATUSES = (*entitlement.RANK, "a_status_of_tomorrow")
PRO = Subscription("sub_1", "cus_1", "active", PRO_PRICE, 2_000)


def event(number=1, kind="customer.subscription.updated", **thing):
    body = {"id": f"evt_{number}", "type": kind, "livemode": True, "data": {"object": thing}}
    return Event(f"evt_{number}", "stripe", kind, json.dumps(body), f"correlation-{number}")


def checkout(number=1, customer="cus_1", user="u1", **more):
    return event(number, "checkout.session.completed", customer=customer, client_reference_id=user, **more)


def of_customer(number=1, customer="cus_1", **more):
    return event(number, customer=customer, id="sub_1", status="active", **more)


@pytest.fixture
def worker_of(new_documents, new_queue, new_stripe, accounts, terms, clock, log):
    def make(documents=None, queue=None, provider=None) -> Worker:
        documents = documents or new_documents()
        payments = Payments(documents, provider or new_stripe(), accounts, terms, clock)
        return Worker(documents, queue or new_queue(), payments.prepare, {}, clock, log)

    return make


@pytest.fixture
def make_worker(worker_of, new_stripe):
    """Return a maker of a worker and its payment provider, both new at each call."""

    def make():
        provider = new_stripe()
        return worker_of(provider=provider), provider

    return make


def deliver(worker, *events):
    """Deliver as Stripe and Cloud Tasks do: whatever is not done comes again, after the others."""
    waiting = list(events)
    for each in events:
        inbox.store(worker.documents, each, EventState.RECEIVED, worker.clock())
    for _ in range(50):
        waiting = [each for each in waiting if not settled(worker, each)]
        if not waiting:
            return
    raise AssertionError(f"never settled: {waiting}")


def settled(worker, each) -> bool:
    try:
        return worker.process(each.id).is_final
    except KeyError:  # no performer for mails in these tests: the decision is what they look at
        return True
    except (NotYet, Unavailable):
        return False


def block(worker, user="u1"):
    return users.parse(user, worker.documents.kept.get(f"users/{user}")).billing


def test_a_paid_checkout_makes_the_user_a_subscriber(worker_of, stripe):
    stripe.truth["cus_1"] = [PRO]
    worker = worker_of(provider=stripe)
    deliver(worker, checkout())
    assert block(worker) == Billing("pro", "active", "sub_1", 1, 1, "evt_1", "pro", None, "pro")
    assert worker.documents.kept["customers/cus_1"]["userId"] == "u1"
    assert worker.documents.kept["users/u1"]["stripeCustomerId"] == "cus_1"


def test_a_change_causes_one_sync_and_one_notification(worker_of, stripe):
    stripe.truth["cus_1"] = [PRO]
    worker = worker_of(provider=stripe)
    deliver(worker, checkout(1), of_customer(2), of_customer(3))
    assert set(worker.documents.of("outbox")) == {f"outbox/evt_1.{name}" for name in ("crm", "mail", "claims")}
    assert block(worker).rev == 1


@fresh_each_time
@given(st.lists(st.sampled_from(range(6)), min_size=6, max_size=24).filter(lambda order: set(order) == set(range(6))))
def test_every_order_and_repetition_of_events_ends_as_stripe_says(make_worker, order):
    worker, provider = make_worker()
    provider.truth["cus_1"] = [
        replace(PRO, status="past_due"),
        Subscription("sub_0", "cus_1", "canceled", OLD_PRICE),
    ]
    events = [checkout(0), *(of_customer(number) for number in range(1, 6))]
    deliver(worker, *(events[number] for number in order))
    ends = worker.clock() + timedelta(days=14)
    assert replace(block(worker), last_event_id="", checks=0) == Billing(
        "pro", "past_due", "sub_1", 1, 0, "", "pro", ends, "free", ends
    )


def test_all_permutations_of_five_events_end_as_stripe_says(make_worker):
    for order in itertools.permutations(range(5)):
        worker, provider = make_worker()
        provider.truth["cus_1"] = [PRO]
        events = [checkout(0), *(of_customer(number) for number in range(1, 5))]
        deliver(worker, *(events[number] for number in order))
        assert (block(worker).status, block(worker).rev) == ("active", 1)


@fresh_each_time
@given(st.lists(st.sampled_from(STATUSES), min_size=1, max_size=6))
def test_the_last_truth_wins_even_when_an_earlier_look_comes_late(make_worker, statuses):
    """Each look at Stripe is interrupted by a whole other event that sees a newer truth."""
    worker, provider = make_worker()
    provider.truth["cus_1"] = [replace(PRO, status=statuses[0])]
    deliver(worker, checkout(0))
    later = iter(enumerate(statuses[1:], start=1))
    look = provider.subscriptions

    def interrupted(customer):
        seen = look(customer)
        if step := next(later, None):
            number, status = step
            provider.truth["cus_1"] = [replace(PRO, status=status)]
            deliver(worker, of_customer(number))
        return seen

    provider.subscriptions = interrupted
    deliver(worker, of_customer(99))
    assert block(worker).status == statuses[-1]


def test_an_old_look_does_not_win_when_the_truth_went_there_and_back(make_worker):
    """The trap: the newer look changes nothing, so the revision stands still; only the count of looks moves."""
    worker, provider = make_worker()
    provider.truth["cus_1"] = [PRO]
    deliver(worker, checkout(0))
    inbox.store(worker.documents, of_customer(1), EventState.RECEIVED, worker.clock())
    provider.truth["cus_1"] = [replace(PRO, status="past_due")]
    held = inbox.claim(worker.documents, "evt_1", worker.clock())
    old_look = worker.prepare(held)
    provider.truth["cus_1"] = [PRO]
    deliver(worker, of_customer(2))
    with pytest.raises(inbox.Stale):
        inbox.complete(worker.documents, held, old_look, worker.clock())
    assert block(worker).status == "active"


def test_an_event_before_the_checkout_that_names_the_user_waits_for_it(worker_of, stripe):
    stripe.truth["cus_1"] = [PRO]
    worker = worker_of(provider=stripe)
    inbox.store(worker.documents, of_customer(1), EventState.RECEIVED, worker.clock())
    with pytest.raises(NotYet):
        worker.process("evt_1")
    deliver(worker, checkout(2), of_customer(1))
    assert block(worker).status == "active"


def test_a_customer_who_is_no_user_of_ours_and_pays_nothing_is_let_go_in_the_end(worker_of, stripe):
    stripe.truth["cus_1"] = [replace(PRO, status="canceled")]
    worker = worker_of(provider=stripe)
    deliver(worker, of_customer(1))
    assert worker.documents.kept["inbox/evt_1"]["state"] == "ignored"


def test_a_customer_whose_metadata_names_the_user_needs_no_checkout(worker_of, stripe):
    stripe.truth["cus_1"], stripe.customers["cus_1"] = [PRO], Customer("u7")
    worker = worker_of(provider=stripe)
    deliver(worker, of_customer(1))
    assert block(worker, "u7").status == "active"


def test_whose_customer_it_is_cannot_be_typed_over_by_a_later_buyer(worker_of, stripe):
    stripe.truth["cus_1"] = [PRO]
    worker = worker_of(provider=stripe)
    deliver(worker, checkout(1, user="u1"), checkout(2, user="u2"))
    assert block(worker, "u1").status == "active"
    assert "users/u2" not in worker.documents.kept


def test_a_guest_checkout_of_the_same_user_does_not_hide_the_running_subscription(worker_of, stripe):
    stripe.truth["cus_1"] = [PRO]
    stripe.truth["cus_2"] = [Subscription("sub_2", "cus_2", "incomplete", PRO_PRICE)]
    worker = worker_of(provider=stripe)
    deliver(worker, checkout(1, "cus_1"), checkout(2, "cus_2"))
    assert block(worker).subscription_id == "sub_1"
    assert worker.documents.kept["users/u1"]["stripeCustomerId"] == "cus_1"


def test_a_failed_payment_keeps_the_plan_and_says_past_due(worker_of, stripe):
    worker = worker_of(provider=stripe)
    parent = {"subscription_details": {"subscription": "sub_1"}}
    stripe.truth["cus_1"] = [replace(PRO, status="past_due")]
    deliver(worker, checkout(1), event(2, "invoice.payment_failed", customer="cus_1", parent=parent))
    assert (block(worker).plan, block(worker).status) == ("pro", "past_due")
    stripe.truth["cus_1"] = [PRO]
    deliver(worker, event(3, "invoice.paid", customer="cus_1", parent=parent))
    assert (block(worker).plan, block(worker).status) == ("pro", "active")


@given(st.permutations([replace(PRO, id=f"sub_{n}", status=status) for n, status in enumerate(STATUSES)]))
def test_the_block_does_not_depend_on_the_order_in_which_subscriptions_are_listed(listed):
    assert entitlement.block_of(Billing(), Truth(tuple(listed)), PaymentTerms(""), NOW).subscription_id == "sub_0"


def test_a_customer_without_subscriptions_is_on_the_free_plan():
    assert entitlement.block_of(Billing("pro", "active", "sub_1", 3), Truth(), PaymentTerms(""), NOW) == Billing(
        "free", "none", "", 3
    )


def test_a_subscription_is_read_as_the_api_writes_it():
    price = {"id": "price_pro", "lookup_key": "pro"}
    thing = {
        "id": "sub_1",
        "customer": {"id": "cus_1"},
        "status": "active",
        "items": {"data": [{"price": price, "current_period_end": 2_000}]},
        "metadata": {},
    }
    assert subscription(thing) == PRO


names = ["id", "customer", "status", "items", "data", "price", "lookup_key", "metadata", "user_id", "plan", "parent"]
names += ["subscription_details", "subscription", "client_reference_id", "payment_status", "current_period_end"]
keys = st.sampled_from(names)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4),
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.sampled_from(sorted(STRIPE_KINDS)), st.dictionaries(keys, json_values))
def test_an_object_of_any_shape_is_read_without_an_error(kind, thing):
    said = facts(kind, {"livemode": True, "data": {"object": thing}})
    assert "/" not in said.customer + said.user_id


@pytest.mark.parametrize("name", ["a/b", "..", ".", "__all__", "u" * 129])
def test_a_user_id_that_cannot_be_a_document_names_no_user(name):
    assert (
        facts(
            "checkout.session.completed", {"livemode": True, "data": {"object": {"client_reference_id": name}}}
        ).user_id
        == ""
    )
