"""A user who was erased stays erased, whatever comes late."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from handlers import intents
from handlers.billing.payments import Payments
from handlers.failures import Rejected
from handlers.senders.id_tokens import Person
from handlers.work import erasures, inbox, outbox
from handlers.work.acceptor import Acceptor
from handlers.work.documents import Write
from handlers.work.inbox import Decision, Event, EventState
from handlers.work.outbox import Effect
from handlers.work.worker import Worker


@pytest.fixture
def erased(documents, clock):
    documents.transact(lambda _: (None, [erasures.tombstone("u1", clock())]))
    return documents


@pytest.mark.parametrize(
    "write",
    [
        Write("users/u1", {"billing": {"plan": "pro"}}),
        Write("users/u1/statuses/a", {"code": "x"}),
        Write("customers/cus_1", {"userId": "u1"}),
    ],
)
def test_an_event_that_comes_late_makes_nothing_of_the_user_again(erased, clock, write):
    event = Event("evt_1", "stripe", "invoice.paid", "{}", "c")
    inbox.store(erased, event, EventState.RECEIVED, clock())
    held = inbox.claim(erased, "evt_1", clock())
    effect = Effect("evt_1.crm", "crm_contact", "sync-crm", {"userId": "u1"})
    decision = inbox.complete(erased, held, lambda _: Decision((write,), (effect,)), clock())
    assert (decision.state, decision.reason) == (EventState.IGNORED, "the user was erased")
    assert write.path not in erased.kept
    assert not erased.of("outbox")


def test_another_users_event_is_decided_as_always(erased, clock):
    inbox.store(erased, Event("evt_1", "stripe", "invoice.paid", "{}", "c"), EventState.RECEIVED, clock())
    held = inbox.claim(erased, "evt_1", clock())
    inbox.complete(erased, held, lambda _: Decision((Write("users/u2", {"n": 1}),)), clock())
    assert erased.kept["users/u2"] == {"n": 1}


def test_an_intent_of_an_erased_user_is_refused_and_nothing_is_kept(erased, queue, clock, log):
    intent = intents.parse(Person("u1", ""), "signup_completed", b'{"id":"a"}', "c")
    with pytest.raises(Rejected) as refused:
        Acceptor(erased, queue, clock, log).accept(intent.event, intent.service, intent.first, intent.budget)
    assert refused.value.status == 401
    assert list(erased.kept) == [erasures.path("u1")]


def test_an_effect_that_a_restored_outbox_still_holds_is_not_performed(erased, queue, clock, log):
    effect = Effect("evt_1.crm", "crm_contact", "sync-crm", {"userId": "u1"})
    erased.transact(lambda _: (None, [outbox.new_effect(effect, "evt_1", "c", clock())]))
    crm: list[Effect] = []
    worker = Worker(erased, queue, lambda _: lambda _: Decision(), {"crm_contact": Performed(crm)}, clock, log)
    assert worker.perform("evt_1.crm") == outbox.EffectState.FAILED
    assert crm == []
    assert erased.kept["outbox/evt_1.crm"]["reason"] == "the user was erased"


class Performed:
    """Keeps what it was asked to perform."""

    replay_window = timedelta.max

    def __init__(self, asked):
        self._asked = asked

    def perform(self, effect):
        self._asked.append(effect)
        return lambda _: []


def test_an_event_remembers_whom_it_was_about_so_that_their_erasure_finds_it(documents, clock):
    inbox.store(documents, Event("evt_1", "stripe", "invoice.paid", "{}", "c"), EventState.RECEIVED, clock())
    held = inbox.claim(documents, "evt_1", clock())
    writes = (Write("users/u1", {"n": 1}), Write("customers/cus_1", {"userId": "u1"}), Write("charges/ch_1", {}))
    inbox.complete(documents, held, lambda _: Decision(writes), clock())
    assert documents.kept["inbox/evt_1"]["about"] == ["u1"]


def test_a_late_event_of_an_erased_customer_is_ignored_before_anybody_is_asked(
    documents, stripe, accounts, terms, clock
):
    documents.transact(lambda _: (None, [erasures.tombstone("cus_1", clock())]))
    body = {"livemode": True, "data": {"object": {"customer": "cus_1", "metadata": {"user_id": "u1"}}}}
    event = Event("evt_1", "stripe", "customer.subscription.deleted", json.dumps(body), "c")
    inbox.store(documents, event, EventState.RECEIVED, clock())
    held = inbox.claim(documents, "evt_1", clock())
    decision = Payments(documents, stripe, accounts, terms, clock).prepare(held)(documents.get)
    assert (decision.state, decision.reason) == (EventState.IGNORED, "the user was erased")


CHARGE = {
    "id": "ch_1",
    "object": "charge",
    "customer": "cus_1",
    "amount": 900,
    "currency": "eur",
    "amount_refunded": 900,
}
REFUND = {"id": "re_1", "object": "refund", "charge": "ch_1"}
DISPUTE = {"id": "dp_1", "object": "dispute", "charge": "ch_1", "status": "needs_response", "reason": "fraudulent"}


@pytest.fixture
def late(documents, queue, stripe, accounts, terms, clock, log):
    """Return a function that has an event about an erased customer's charge come late, and returns its record."""
    documents.transact(lambda _: (None, [erasures.tombstone("cus_1", clock())]))
    stripe.charges["ch_1"], stripe.disputes["dp_1"] = CHARGE, DISPUTE
    worker = Worker(documents, queue, Payments(documents, stripe, accounts, terms, clock).prepare, {}, clock, log)

    def come(kind, thing):
        body = json.dumps({"livemode": True, "data": {"object": {**thing, "receipt_email": "ada@acme.test"}}})
        inbox.store(documents, Event("evt_1", "stripe", kind, body, "c"), EventState.RECEIVED, clock())
        worker.process("evt_1")
        return documents.kept["inbox/evt_1"]

    return come


@pytest.mark.parametrize(
    ("kind", "thing"), [("charge.refunded", CHARGE), ("refund.updated", REFUND), ("refund.failed", REFUND)]
)
def test_a_refund_that_comes_late_makes_no_record_of_an_erased_customers_charge(late, documents, kind, thing):
    record = late(kind, thing)
    assert (record["state"], record["reason"]) == ("ignored", "the user was erased")
    assert documents.of("charges") == {}


def test_a_dispute_that_comes_late_is_told_and_its_record_says_of_nobody(late, documents):
    assert late("charge.dispute.created", DISPUTE)["state"] == "done"
    assert documents.kept["outbox/evt_1.dispute"]["payload"]["to"] == "founder@acme.test"
    assert documents.kept["charges/ch_1"]["customer"] == ""


def test_what_an_event_of_an_erased_customer_said_is_not_kept_and_cannot_be_replayed(late, documents, clock):
    record = late("charge.refunded", CHARGE)
    assert (record["body"], "acme.test" in str(record)) == ("{}", False)
    assert inbox.reopen(documents, "evt_1", clock()) is EventState.IGNORED
    assert documents.kept["inbox/evt_1"]["state"] == "ignored"
