"""Refunds and disputes are recorded as Stripe has them now, whatever order their events come in."""

from __future__ import annotations

import itertools
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handlers.billing.payments import Payments
from handlers.failures import NotYet
from handlers.work import inbox
from handlers.work.inbox import Event, EventState
from handlers.work.worker import Worker

CHARGE = {"id": "ch_1", "object": "charge", "customer": "cus_1", "amount": 900, "currency": "eur"}
DISPUTE = {
    "id": "dp_1",
    "object": "dispute",
    "charge": "ch_1",
    "amount": 900,
    "currency": "eur",
    "reason": "fraudulent",
}

STATUSES = ["needs_response", "under_review", "lost", "won", "warning_needs_response", "warning_closed", "prevented"]
KINDS = ["created", "updated", "closed", "funds_withdrawn", "funds_reinstated"]


@pytest.fixture
def make_worker(new_documents, new_queue, accounts, terms, clock, log):
    """Return a maker of workers with nothing kept, by what Stripe is."""

    def make(stripe):
        documents = new_documents()
        return Worker(
            documents, new_queue(), Payments(documents, stripe, accounts, terms, clock).prepare, {}, clock, log
        )

    return make


@pytest.fixture
def worker(documents, queue, stripe, accounts, terms, clock, log):
    return Worker(documents, queue, Payments(documents, stripe, accounts, terms, clock).prepare, {}, clock, log)


def process(worker, number, kind, thing):
    event = Event(f"evt_{number}", "stripe", kind, json.dumps({"livemode": True, "data": {"object": thing}}), "c1")
    inbox.store(worker.documents, event, EventState.RECEIVED, worker.clock())
    return worker.process(event.id)


def test_a_refund_is_recorded_at_its_charge(worker, stripe):
    stripe.charges["ch_1"] = {**CHARGE, "amount_refunded": 400}
    process(worker, 1, "charge.refunded", CHARGE)
    kept = worker.documents.kept["charges/ch_1"]
    assert (kept["refunded"], kept["amount"], kept["customer"]) == (400, 900, "cus_1")


def test_refunds_in_any_order_end_as_stripe_says(worker, stripe):
    for order, amounts in enumerate(itertools.permutations((100, 400, 900))):
        stripe.charges[f"ch_{order}"] = {**CHARGE, "id": f"ch_{order}", "amount_refunded": 900}
        for step, amount in enumerate(amounts):
            thing = {**CHARGE, "id": f"ch_{order}", "amount_refunded": amount}
            process(worker, order * 10 + step, "charge.refunded", thing)
        assert worker.documents.kept[f"charges/ch_{order}"]["refunded"] == 900


@pytest.mark.parametrize("kind", ["refund.failed", "refund.updated"])
def test_a_refund_that_fails_later_is_taken_back(worker, stripe, kind):
    stripe.charges["ch_1"] = {**CHARGE, "amount_refunded": 900}
    process(worker, 1, "charge.refunded", CHARGE)
    stripe.charges["ch_1"] = {**CHARGE, "amount_refunded": 0}
    process(worker, 2, kind, {"id": "re_1", "object": "refund", "charge": "ch_1", "status": "failed"})
    assert worker.documents.kept["charges/ch_1"]["refunded"] == 0


def test_an_old_look_at_a_charge_is_not_committed_over_a_newer_one(worker, stripe):
    stripe.charges["ch_1"] = {**CHARGE, "amount_refunded": 900}
    event = Event("evt_1", "stripe", "charge.refunded", json.dumps({"livemode": True, "data": {"object": CHARGE}}), "c")
    inbox.store(worker.documents, event, EventState.RECEIVED, worker.clock())
    held = inbox.claim(worker.documents, "evt_1", worker.clock())
    old_look = worker.prepare(held)
    stripe.charges["ch_1"] = {**CHARGE, "amount_refunded": 0}
    process(worker, 2, "refund.failed", {"object": "refund", "charge": "ch_1"})
    with pytest.raises(inbox.Stale):
        inbox.complete(worker.documents, held, old_look, worker.clock())


def test_a_dispute_is_recorded_and_told_once_for_each_state(worker, stripe):
    stripe.charges["ch_1"] = CHARGE
    stripe.disputes["dp_1"] = {**DISPUTE, "status": "needs_response"}
    process(worker, 1, "charge.dispute.created", DISPUTE)
    process(worker, 2, "charge.dispute.updated", DISPUTE)
    assert list(worker.documents.of("outbox")) == ["outbox/evt_1.dispute"]
    mail = worker.documents.kept["outbox/evt_1.dispute"]["payload"]
    assert (mail["to"], mail["subject"]) == (
        "founder@acme.test",
        "Dispute needs_response: 900 in the smallest unit of EUR",
    )
    assert worker.documents.kept["charges/ch_1"]["disputes"]["dp_1"]["reason"] == "fraudulent"


def test_a_closed_dispute_is_not_opened_again_by_a_late_event(worker, stripe):
    stripe.charges["ch_1"] = CHARGE
    stripe.disputes["dp_1"] = {**DISPUTE, "status": "lost"}
    process(worker, 1, "charge.dispute.closed", {**DISPUTE, "status": "lost"})
    process(worker, 2, "charge.dispute.created", {**DISPUTE, "status": "needs_response"})
    assert worker.documents.kept["charges/ch_1"]["disputes"]["dp_1"]["status"] == "lost"


def test_a_lost_dispute_that_is_won_after_all_is_recorded_and_told(worker, stripe):
    stripe.charges["ch_1"] = CHARGE
    for number, (status, kind) in enumerate((("lost", "closed"), ("won", "funds_reinstated"), ("won", "closed"))):
        stripe.disputes["dp_1"] = {**DISPUTE, "status": status}
        process(worker, number, f"charge.dispute.{kind}", DISPUTE)
    assert worker.documents.kept["charges/ch_1"]["disputes"]["dp_1"]["status"] == "won"
    assert list(worker.documents.of("outbox")) == ["outbox/evt_0.dispute", "outbox/evt_1.dispute"]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(STATUSES), st.sampled_from(KINDS)), min_size=1, max_size=8))
def test_whatever_a_dispute_goes_through_the_record_is_what_stripe_says_last(make_worker, new_stripe, steps):
    stripe = new_stripe()
    worker = make_worker(stripe)
    stripe.charges["ch_1"] = CHARGE
    for number, (status, kind) in enumerate(steps):
        stripe.disputes["dp_1"] = {**DISPUTE, "status": status}
        process(worker, number, f"charge.dispute.{kind}", {**DISPUTE, "status": "needs_response"})
    assert worker.documents.kept["charges/ch_1"]["disputes"]["dp_1"]["status"] == steps[-1][0]


def test_a_look_at_a_dispute_from_before_its_reversal_is_not_committed_over_it(worker, stripe):
    stripe.charges["ch_1"] = CHARGE
    stripe.disputes["dp_1"] = {**DISPUTE, "status": "lost"}
    body = json.dumps({"livemode": True, "data": {"object": DISPUTE}})
    inbox.store(
        worker.documents,
        Event("evt_1", "stripe", "charge.dispute.closed", body, "c"),
        EventState.RECEIVED,
        worker.clock(),
    )
    held = inbox.claim(worker.documents, "evt_1", worker.clock())
    old_look = worker.prepare(held)
    stripe.disputes["dp_1"] = {**DISPUTE, "status": "won"}
    process(worker, 2, "charge.dispute.funds_reinstated", DISPUTE)
    with pytest.raises(inbox.Stale):
        inbox.complete(worker.documents, held, old_look, worker.clock())


@pytest.mark.parametrize("kind", ["charge.refunded", "charge.dispute.created"])
def test_an_object_that_stripe_does_not_know_waits_and_is_not_believed(worker, kind):
    with pytest.raises(NotYet):
        process(worker, 1, kind, {**DISPUTE, "status": "lost"} if "dispute" in kind else CHARGE)
    assert not worker.documents.of("charges")


@pytest.mark.parametrize("kind", ["refund.updated", "refund.failed"])
def test_a_refund_of_no_charge_is_set_aside(worker, kind):
    assert process(worker, 1, kind, {"id": "re_1", "object": "refund", "charge": None}) is EventState.IGNORED
    assert worker.documents.of("charges") == {}
