"""A crowd of events costs few questions to Stripe: one look is enough for all that were there before it."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress

import pytest

from handlers.billing import later_looks
from handlers.billing.plans import Price
from handlers.billing.stripe_events import Subscription
from handlers.failures import NotYet
from handlers.work import inbox
from handlers.work.inbox import Event, EventState

UPDATED = "customer.subscription.updated"


def pays(plan: str = "pro_monthly", customer: str = "cus_1") -> Subscription:
    return Subscription("sub_1", customer, "active", (Price(f"price_{plan}", plan),), 2_000)


@pytest.fixture
def asked(till) -> list[str]:
    """The customers whom Stripe was asked about, in order."""
    calls: list[str] = []
    look: Callable[[str], object] = till.stripe.subscriptions

    def counted(customer: str) -> object:
        calls.append(customer)
        return look(customer)

    till.stripe.subscriptions = counted
    return calls


def arrive(till, id_: str, customer: str = "cus_1", kind: str = UPDATED, **thing: object) -> str:
    """Have an event kept and not yet processed."""
    body = {"livemode": True, "data": {"object": {"customer": customer, **thing}}}
    event = Event(id_, "stripe", kind, json.dumps(body), f"c{id_}")
    inbox.store(till.documents, event, EventState.RECEIVED, till.clock())
    return id_


def process(till, *ids: str) -> list[str]:
    for id_ in ids:
        with suppress(NotYet):
            till.worker.process(id_)
    return [till.documents.kept[f"inbox/{id_}"]["state"] for id_ in ids]


def test_fifty_events_that_waited_are_answered_by_one_look(till, asked):
    till.has("cus_1", pays("basic_monthly"))
    till.checkout("cus_1", "u1")
    crowd = [arrive(till, f"evt_late{number}") for number in range(50)]
    till.has("cus_1", pays("pro_monthly"))
    till.clock.move(seconds=30)
    asked.clear()
    assert process(till, *crowd) == ["done"] * 50
    assert asked == ["cus_1"]
    assert till.plan() == "pro"
    kept = till.documents.kept["inbox/evt_late49"]
    assert (kept["reason"], kept["about"], kept["effects"]) == (later_looks.REASON, ["u1"], [])


def test_what_comes_after_the_look_or_about_then_has_its_own(till, asked):
    till.has("cus_1", pays())
    till.checkout("cus_1", "u1")
    asked.clear()
    for number, seconds in enumerate((0, 4.9, 60)):
        till.clock.move(seconds=seconds)
        process(till, arrive(till, f"evt_next{number}"))
    assert len(asked) == 3


def test_a_look_begins_before_stripe_is_asked(till):
    till.has("cus_1", pays("basic_monthly"))
    till.checkout("cus_1", "u1")
    first, look = arrive(till, "evt_slow"), till.stripe.subscriptions

    def slow(customer: str) -> object:
        seen = look(customer)
        till.has("cus_1", pays("pro_monthly"))
        arrive(till, "evt_meanwhile")
        till.clock.move(seconds=30)
        till.stripe.subscriptions = look
        return seen

    till.clock.move(seconds=20)
    till.stripe.subscriptions = slow
    process(till, first)
    assert till.plan() == "basic"
    till.clock.move(seconds=60)
    process(till, "evt_meanwhile")
    assert till.plan() == "pro"


def test_another_customer_of_the_same_user_is_looked_at(till, asked):
    for customer in ("cus_1", "cus_2"):
        till.has(customer, pays(customer=customer))
        till.checkout(customer, "u1", metadata={"user_id": "u1"})
    waiting = arrive(till, "evt_one", "cus_1"), arrive(till, "evt_two", "cus_2")
    till.clock.move(seconds=10)
    asked.clear()
    process(till, *waiting)
    assert asked == ["cus_1", "cus_2", "cus_1", "cus_2"]


@pytest.mark.parametrize(
    ("kind", "thing"),
    [
        ("checkout.session.completed", {"client_reference_id": "u2"}),
        (UPDATED, {"metadata": {"user_id": "u2"}}),
    ],
)
def test_an_event_that_names_another_owner_has_its_own_look(till, asked, kind, thing):
    till.has("cus_1", pays())
    till.checkout("cus_1", "u1")
    waiting = arrive(till, "evt_before"), arrive(till, "evt_other", kind=kind, **thing)
    till.clock.move(seconds=10)
    asked.clear()
    process(till, *waiting)
    assert len(asked) == 2


def test_the_proof_of_what_only_a_buyer_wrote_has_its_own_look(till):
    till.has("cus_1", pays("basic_monthly"))
    till.checkout("cus_1", "u1", metadata={"user_id": "u1"})
    till.has("cus_2", pays("pro_monthly", "cus_2"))
    till.checkout("cus_2", "u1")
    assert till.documents.kept["users/u1"]["stripeTypedCustomerIds"] == ["cus_2"]
    waiting = arrive(till, "evt_hint", "cus_2"), arrive(till, "evt_proof", "cus_2", metadata={"user_id": "u1"})
    till.clock.move(seconds=10)
    process(till, *waiting)
    assert till.documents.kept["users/u1"]["stripeTypedCustomerIds"] == []


def test_a_replay_that_a_person_asks_for_is_a_look(till, asked):
    till.has("cus_1", pays())
    till.checkout("cus_1", "u1")
    waiting = arrive(till, "evt_first"), arrive(till, "evt_dead")
    till.clock.move(seconds=10)
    process(till, *waiting)
    till.documents.kept["inbox/evt_dead"]["state"] = "dead"
    till.clock.move(seconds=10)
    inbox.reopen(till.documents, "evt_dead", till.clock())
    asked.clear()
    assert process(till, "evt_dead") == ["done"]
    assert asked == ["cus_1"]


def test_a_link_from_before_says_nothing_about_looks(till, asked):
    till.has("cus_1", pays())
    till.checkout("cus_1", "u1")
    waiting = arrive(till, "evt_first")
    till.clock.move(seconds=60)
    till.documents.kept["customers/cus_1"] = {"userId": "u1"}
    asked.clear()
    process(till, waiting)
    assert asked == ["cus_1"]


def test_refunds_and_disputes_always_have_their_own_look(till, asked):
    till.has("cus_1", pays())
    till.checkout("cus_1", "u1")
    till.stripe.charges = {"ch_1": {"id": "ch_1", "customer": "cus_1", "amount": 1, "refunded": False}}
    waiting = arrive(till, "evt_first")
    charged = arrive(till, "evt_refund", kind="charge.refunded", object="charge", id="ch_1")
    till.clock.move(seconds=10)
    asked.clear()
    process(till, waiting, charged)
    assert len(asked) == 2
