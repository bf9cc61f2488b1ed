"""An attempted payment: what the app is told while Stripe's word is on its way."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from handlers import intents
from handlers.billing import payment_attempts
from handlers.failures import NotYet
from handlers.senders.id_tokens import Person
from handlers.work import inbox, statuses
from handlers.work.inbox import EventState


@pytest.fixture
def held(documents, clock):
    body = b'{"id":"p","data":{"plan":"pro"}}'
    intent = intents.parse(Person("u1", "ada@acme.test"), "payment_attempted", body, "c")
    inbox.store(documents, intent.event, EventState.RECEIVED, clock(), intent.first)
    return inbox.claim(documents, intent.event.id, clock())


@pytest.fixture
def code(documents, clock, held):
    """Decides on the attempt and returns what the app is told."""

    def decide():
        inbox.complete(documents, held, partial(payment_attempts.decide, held, clock()), clock())
        return documents.kept[statuses.path("u1", "p")]["code"]

    return decide


def pays(documents, plan, status="active"):
    documents.kept["users/u1"] = {"billing": {"plan": plan, "status": status}}


def test_the_app_waits_while_stripe_has_said_nothing(documents, code):
    assert documents.kept[statuses.path("u1", "p")]["state"] == "pending"
    with pytest.raises(NotYet):
        code()


def test_the_app_hears_of_the_payment_once_billing_has_it(documents, code):
    pays(documents, "pro")
    assert code() == "payment_received"


@pytest.mark.parametrize(("plan", "status"), [("basic", "active"), ("pro", "past_due")])
def test_another_plan_or_a_failed_payment_is_not_the_one_waited_for(documents, code, plan, status):
    pays(documents, plan, status)
    with pytest.raises(NotYet):
        code()


def test_a_card_that_is_declined_after_the_attempt_is_told_at_once(documents, code, clock):
    documents.kept["users/u1"] = {"billing": {"plan": "pro", "status": "past_due", "lastEventId": "evt_1"}}
    documents.kept["inbox/evt_1"] = {"receivedAt": clock()}
    assert code() == "payment_declined"


def test_a_card_that_was_declined_before_says_nothing_about_this_attempt(documents, code, clock):
    documents.kept["users/u1"] = {"billing": {"plan": "pro", "status": "past_due", "lastEventId": "evt_1"}}
    documents.kept["inbox/evt_1"] = {"receivedAt": clock() - timedelta(seconds=1)}
    with pytest.raises(NotYet):
        code()


def test_a_card_that_is_declined_again_while_payment_is_late_is_told_and_begins_no_second_grace_period(
    till, subscription
):
    """Stripe tells of each declined attempt, and the subscription stays `past_due` as it was."""
    till.has("cus_1", subscription("sub_1", "cus_1", "pro_monthly", status="past_due"))
    till.hear("cus_1", "invoice.payment_failed", parent={"subscription_details": {"metadata": {"user_id": "u1"}}})
    ends, rev = till.billing().grace_until, till.billing().rev
    till.clock.move(days=2)
    attempt = intents.parse(Person("u1", ""), "payment_attempted", b'{"id":"again"}', "c")
    inbox.store(till.documents, attempt.event, EventState.RECEIVED, till.clock(), attempt.first)
    held = inbox.claim(till.documents, attempt.event.id, till.clock())
    till.hear("cus_1")
    with pytest.raises(NotYet):  # that something is late still says nothing about this attempt
        payment_attempts.decide(held, till.clock(), till.documents.get)
    till.hear("cus_1", "invoice.payment_failed")
    told = payment_attempts.decide(held, till.clock(), till.documents.get)
    assert (told.code, till.billing().grace_until, till.billing().rev) == ("payment_declined", ends, rev)


def test_after_ten_minutes_the_app_says_that_nothing_was_heard(documents, code, clock):
    clock.move(minutes=11)
    assert code() == "payment_unconfirmed"


def test_an_attempt_never_changes_billing(documents, code, clock):
    pays(documents, "basic")
    clock.move(minutes=11)
    code()
    assert documents.kept["users/u1"] == {"billing": {"plan": "basic", "status": "active"}}


def test_an_attempt_that_leaves_its_data_out_waits_for_any_plan(documents, clock):
    intent = intents.parse(Person("u1", ""), "payment_attempted", b'{"id":"bare"}', "c")
    inbox.store(documents, intent.event, EventState.RECEIVED, clock(), intent.first)
    bare = inbox.claim(documents, intent.event.id, clock())
    with pytest.raises(NotYet):
        payment_attempts.decide(bare, clock(), documents.get)
    pays(documents, "pro")
    assert payment_attempts.decide(bare, clock(), documents.get).code == "payment_received"
