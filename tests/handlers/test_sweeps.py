"""What the clock looks after: work that got stuck, events that never came, and what differs from the truth."""

from __future__ import annotations

import json
from datetime import timedelta
from functools import partial

import pytest

from handlers import reconcile, signup, sweeps
from handlers.billing.payments import Payments
from handlers.billing.plans import Price
from handlers.billing.stripe_events import Customer, Subscription
from handlers.doors.routing import Call
from handlers.doors.scheduler_calls import SweepDoor
from handlers.failures import NotYet, Rejected, Unavailable
from handlers.outside.firebase_accounts import Account
from handlers.rounds import night
from handlers.work import erasures, inbox, outbox
from handlers.work.acceptor import Acceptor
from handlers.work.effects import ContactSync
from handlers.work.inbox import Event, EventState
from handlers.work.worker import Worker

PRO_PRICE = (Price("price_pro", "pro"),)

PRO = Subscription("sub_1", "cus_1", "active", PRO_PRICE, 2_000)
ADA = {"email": "ada@acme.test", "signedUpAt": 1, "crmContactId": "7", "stripeCustomerIds": ["cus_1"]}


def paying():
    """Return the record of somebody who pays; documents are merged into it."""
    return {**ADA, "billing": {"plan": "pro", "status": "active", "subscriptionId": "sub_1", "subscribedPlan": "pro"}}


@pytest.fixture
def acceptor(documents, queue, clock, log):
    return Acceptor(documents, queue, clock, log)


@pytest.fixture
def door(acceptor, stripe, accounts, terms, log):
    return SweepDoor(acceptor, stripe, accounts, terms, log)


def store(acceptor, number=1, state=EventState.RECEIVED):
    event = Event(f"evt_{number}", "stripe", "invoice.paid", "{}", f"c{number}")
    inbox.store(acceptor.documents, event, state, acceptor.clock(), "sync-payments")


def listed(number):
    return {"id": f"evt_{number}", "type": "invoice.paid", "livemode": True, "data": {"object": {"customer": "cus_1"}}}


def test_an_event_whose_task_was_lost_is_sent_again_after_two_minutes(acceptor, queue, clock):
    store(acceptor)
    clock.move(seconds=119)
    assert sweeps.stuck(acceptor).sent == 0
    clock.move(seconds=1)
    assert sweeps.stuck(acceptor).sent == 1
    assert [(task.queue, task.path) for task in queue.sent] == [("payments", "/events/evt_1/run")]


def test_an_event_that_waits_for_a_provider_is_sent_again_once_an_hour_and_not_each_minute(acceptor, queue, clock):
    store(acceptor)
    for _ in range(120):
        clock.move(minutes=1)
        sweeps.stuck(acceptor)
    assert len(queue.sent) == 3  # of the hours that begin, go by, and end


@pytest.mark.parametrize("state", [EventState.DONE, EventState.IGNORED, EventState.DEAD])
def test_what_is_at_its_end_is_left_alone(acceptor, clock, state):
    store(acceptor, state=state)
    clock.move(hours=5)
    assert sweeps.stuck(acceptor).seen == 0


def test_an_event_under_a_lease_is_not_stuck_until_the_lease_has_ended(acceptor, queue, clock):
    store(acceptor)
    clock.move(minutes=5)
    inbox.claim(acceptor.documents, "evt_1", clock())
    assert sweeps.stuck(acceptor).seen == 0
    clock.move(seconds=61)
    assert sweeps.stuck(acceptor).sent == 1


def test_an_effect_that_is_overdue_is_sent_again_and_a_timer_is_not_before_its_time(acceptor, queue, clock):
    now = clock()
    effects = (
        outbox.Effect("evt_1.crm", "crm_contact", "sync-crm", {}),
        outbox.Effect("evt_1.timer", "timer", "sync-payments", {}, now + timedelta(days=3)),
    )
    acceptor.documents.transact(lambda _: (None, [outbox.new_effect(each, "evt_1", "c1", now) for each in effects]))
    clock.move(minutes=3)
    sweeps.stuck(acceptor)
    assert queue.paths == ["/effects/evt_1.crm/run"]
    clock.move(days=3)
    sweeps.stuck(acceptor)
    assert "/effects/evt_1.timer/run" in queue.paths


def test_events_of_stripe_that_never_came_are_taken_in_once(acceptor, stripe, queue, clock):
    stripe.listed = [listed(1), listed(2), listed(3)]
    store(acceptor, 2)
    assert sweeps.stripe_events(acceptor, stripe, "live") == sweeps.Swept(3, 2)
    assert set(acceptor.documents.of("inbox")) == {f"inbox/evt_{number}" for number in (1, 2, 3)}
    assert json.loads(acceptor.documents.kept["inbox/evt_1"]["body"]) == listed(1)
    assert sweeps.stripe_events(acceptor, stripe, "live").sent == 0
    assert acceptor.documents.kept[sweeps.CURSOR]["until"] == clock()


def test_the_cursor_stays_where_it_is_when_stripe_fails_half_way(acceptor, stripe):
    def broken(since, *, undelivered=False):
        yield listed(1)
        raise Unavailable("Stripe: answered 503")

    stripe.events = broken
    with pytest.raises(Unavailable):
        sweeps.stripe_events(acceptor, stripe, "live")
    assert sweeps.CURSOR not in acceptor.documents.kept
    assert "inbox/evt_1" in acceptor.documents.kept


def found(door):
    seen = reconcile.look(door.acceptor.documents, door.provider, door.accounts, door.terms, door.acceptor.clock())
    return reconcile.differences(seen, door.terms, door.acceptor.clock())


def test_where_everything_agrees_nothing_differs(door, documents, stripe, accounts):
    documents.kept["users/u1"], stripe.truth["cus_1"] = paying(), [PRO]
    accounts.kept["u1"] = Account("u1", "ada@acme.test", True, {"plan": "pro"})
    assert found(door) == []


def test_a_billing_block_that_stripe_contradicts_is_repaired_through_the_inbox(
    door, documents, queue, stripe, accounts, terms, clock, log
):
    documents.kept["users/u1"], stripe.truth["cus_1"] = (
        paying(),
        [Subscription("sub_1", "cus_1", "canceled", PRO_PRICE)],
    )
    accounts.kept["u1"] = Account("u1", "ada@acme.test", True, {"plan": "pro"})
    (difference,) = found(door)
    assert (difference.kind, difference.kept, difference.truth) == (
        "billing",
        "active on plan pro",
        "canceled on plan free",
    )
    assert documents.of("inbox") == {}, "looking changes nothing"
    door(Call({}, {"name": "night"}))
    worker = Worker(documents, queue, Payments(documents, stripe, accounts, terms, clock).prepare, {}, clock, log)
    assert worker.process(difference.repair.event.id) is EventState.DONE
    assert documents.kept["users/u1"]["billing"]["plan"] == "free"
    assert [each.kind for each in found(door)] == ["claims"]  # which the effect of that event renews


def test_a_customer_from_before_the_launch_is_found_for_its_user(door, documents, stripe, accounts):
    stripe.truth["cus_1"], stripe.customers["cus_1"] = [PRO], Customer("", "ada@acme.test")
    stripe.truth["cus_2"] = [Subscription("sub_2", "cus_2", "active", (Price("price_other", "other"),))]
    documents.kept["users/u1"] = {"email": "ada@acme.test", "signedUpAt": 1, "crmContactId": "7"}
    accounts.kept["u1"] = Account("u1", "ada@acme.test", True)
    difference, lost = found(door)
    assert (lost.kind, lost.subject, lost.kept, lost.repair) == ("customer", "cus_2", "no user", None)
    assert "pays for other" in lost.truth
    assert (difference.kind, difference.subject) == ("customer", "u1")
    assert json.loads(difference.repair.event.body) == {"customer": "cus_1", "userId": "u1"}


def test_a_subscription_that_stripe_does_not_know_is_not_held_against_the_user(door, documents, accounts):
    documents.kept["users/u1"] = paying()
    accounts.kept["u1"] = Account("u1", "ada@acme.test", True, {"plan": "pro"})
    assert found(door) == []


def test_accounts_without_a_record_and_users_without_a_contact_are_found(door, documents, accounts, clock):
    accounts.kept["u1"] = Account("u1", "ada@acme.test", False, {}, clock().timestamp() - 7_200)
    accounts.kept["u2"] = Account("u2", "bob@acme.test", False, {}, clock().timestamp() - 60)  # still signing up
    accounts.kept["u3"] = Account("u3", "", False, {}, 0)  # anonymous
    accounts.kept["u4"] = Account("u4", "eve@acme.test")
    documents.kept["users/u4"] = {"email": "eve@acme.test", "signedUpAt": 1}
    assert [(each.kind, each.subject) for each in found(door)] == [("account", "u1"), ("contact", "u4")]


def test_a_contact_that_the_crm_refuses_is_told_to_a_person_and_not_asked_for_each_night(
    door, documents, queue, accounts, clock
):
    accounts.kept["u4"] = Account("u4", "eve@acme.test")
    documents.kept["users/u4"] = {"email": "eve@acme.test", "signedUpAt": 1}
    refused = {"kind": "crm_contact", "state": "failed", "payload": {"userId": "u4"}, "createdAt": clock()}
    documents.kept["outbox/int_1.crm"] = {**refused, "reason": "HubSpot answered 400: company is missing"}
    (difference,) = found(door)
    assert (difference.kind, difference.repair) == ("contact", None)
    assert difference.truth == "HubSpot answered 400: company is missing; then: ./launch events replay int_1.crm"
    assert door(Call({}, {"name": "night"})).body == {"differences": 1, "repairs_sent": 0, "forgotten_intents": 0}
    assert queue.sent == []


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("old@acme.test", "new@acme.test", ("an address", "another one in Firebase")),
        ("", "new@acme.test", ("no address", "one in Firebase")),
        ("old@acme.test", "", ("an address", "none any more in Firebase")),
    ],
)
def test_an_address_that_was_changed_linked_or_removed_is_followed(
    door, documents, queue, accounts, crm, clock, log, before, after, words
):
    documents.kept["users/u1"] = {"email": before, "signedUpAt": 1, "crmContactId": "7"}
    accounts.kept["u1"] = Account("u1", after, True)
    (difference,) = found(door)
    assert (difference.kind, difference.kept, difference.truth) == ("address", *words)
    door(Call({}, {"name": "night"}))
    contacts = {"crm_contact": ContactSync(documents, crm, accounts)}
    worker = Worker(documents, queue, lambda held: partial(signup.decide, held.event, clock()), contacts, clock, log)
    worker.process(difference.repair.event.id)
    worker.perform(f"{difference.repair.event.id}.crm")
    assert documents.kept["users/u1"]["email"] == after
    assert crm.requests[-1][1]["email"] == after
    assert found(door) == []


def test_claims_that_say_more_than_is_paid_for_are_found_and_renewed(
    door, documents, queue, accounts, stripe, terms, clock, log
):
    accounts.kept["u1"] = Account("u1", "", False, {"plan": "pro"})
    (difference,) = found(door)
    assert (difference.kept, difference.truth) == ("the token says pro", "entitled to free")
    door(Call({}, {"name": "night"}))
    worker = Worker(documents, queue, Payments(documents, stripe, accounts, terms, clock).prepare, {}, clock, log)
    worker.process(difference.repair.event.id)
    assert f"/effects/{difference.repair.event.id}.claims/run" in queue.paths


def test_an_intent_that_eventarc_dropped_is_taken_in_and_one_with_a_status_is_left_alone(door, documents, queue, clock):
    asked = {"kind": "signup_completed", "data": {"name": "Ada"}, "email": "ada@acme.test", "createdAt": clock()}
    documents.kept["users/u1/intents/i1"], documents.kept["users/u1/intents/i2"] = asked, asked
    documents.kept["users/u1/statuses/i2"] = {"state": "done"}
    assert door(Call({}, {"name": "night"})).body["forgotten_intents"] == 0, "it may still be on its way"
    clock.move(hours=2)
    assert door(Call({}, {"name": "night"})).body["forgotten_intents"] == 1
    assert [task.service for task in queue.sent if task.path.startswith("/events/int_")] == ["sync-crm"]
    assert documents.kept["users/u1/statuses/i1"]["code"] == "signup_pending"
    assert door(Call({}, {"name": "night"})).body["forgotten_intents"] == 0


@pytest.mark.parametrize("created", [True, False])
def test_an_intent_is_kept_for_ninety_days_and_never_played_again_after_its_status_is_gone(
    door, documents, queue, clock, created
):
    asked = {"kind": "signup_completed", "data": {"name": "Ada"}, "email": "ada@acme.test"}
    documents.kept["users/u1/intents/i1"] = {**asked, **({"createdAt": clock()} if created else {})}
    documents.created["users/u1/intents/i1"] = clock()
    documents.kept["users/u1/statuses/i1"] = {"state": "done"}
    clock.move(days=90)
    door(Call({}, {"name": "night"}))
    assert "users/u1/intents/i1" in documents.kept
    clock.move(hours=1)
    del documents.kept["users/u1/statuses/i1"]
    assert door(Call({}, {"name": "night"})).body["forgotten_intents"] == 0
    assert "users/u1/intents/i1" not in documents.kept
    assert not [task for task in queue.sent if task.path.startswith("/events/int_")]


def test_no_document_of_the_founders_own_is_deleted_for_its_age(door, documents, clock):
    own = {"users/u1/intents/i1": {"kind": "goal", "data": 1, "owner": "u1", "createdAt": clock()}}
    own |= {"projects/p1/intents/i1": {"kind": "goal", "data": {}, "createdAt": clock()}}
    documents.kept |= own
    clock.move(days=400)
    door(Call({}, {"name": "night"}))
    assert set(own) <= set(documents.kept)


def test_an_intent_that_an_erased_users_app_still_wrote_is_deleted_in_the_night(door, documents, clock):
    documents.kept[erasures.path("u1")] = {"erasedAt": clock()}
    asked = {"kind": "signup_completed", "data": {"name": "Ada"}, "email": "ada@acme.test", "createdAt": clock()}
    documents.kept["users/u1/intents/i1"] = asked
    door(Call({}, {"name": "night"}))
    assert set(documents.kept) - {night.PLACE} == {erasures.path("u1")}


def test_an_erased_user_whom_a_backup_brought_back_is_told_to_a_person(door, documents, clock):
    documents.kept |= {erasures.path("u1"): {"erasedAt": clock()}, "users/u1": {"email": "ada@acme.test"}}
    documents.kept["users/u2"] = {"email": "eve@acme.test"}
    assert [(each.kind, each.subject, each.repair) for each in found(door) if each.kind == "erased"] == [
        ("erased", "u1", None)
    ]


def test_an_erased_users_customer_is_nobodys_and_no_difference(door, documents, stripe, clock):
    documents.kept[erasures.path("cus_1")] = {"erasedAt": clock()}
    stripe.truth["cus_1"], stripe.customers["cus_1"] = [PRO], Customer("u1")
    assert found(door) == []


def test_a_ticket_without_a_thread_waits_for_a_person(door, documents, clock):
    documents.kept["tickets/tkt_1"] = {"helpdeskId": "", "createdAt": clock()}
    assert found(door) == []
    clock.move(hours=2)
    (difference,) = found(door)
    assert (difference.kind, difference.repair) == ("ticket", None)


def test_the_door_knows_its_sweeps_and_no_others(door):
    assert door(Call({}, {"name": "minute"})).body == {"stuck": 0, "sent": 0}
    assert door(Call({}, {"name": "hour"})).body == {"events": 0, "missed": 0, "history": 0, "unanswered": 0}
    assert door(Call({}, {"name": "night"})).body == {"differences": 0, "repairs_sent": 0, "forgotten_intents": 0}
    with pytest.raises(Rejected):
        door(Call({}, {"name": "year"}))


def test_who_holds_an_event_is_not_disturbed_by_the_sweeps_task(acceptor, clock):
    store(acceptor)
    inbox.claim(acceptor.documents, "evt_1", clock())
    with pytest.raises(NotYet):
        inbox.claim(acceptor.documents, "evt_1", clock())


def test_what_stripe_kept_from_before_the_first_sweep_was_not_missed(door, stripe):
    stripe.listed = [listed(1), listed(2)]
    assert door(Call({}, {"name": "hour"})).body == {"events": 2, "missed": 0, "history": 2, "unanswered": 0}
    stripe.listed = [listed(3)]
    assert door(Call({}, {"name": "hour"})).body == {"events": 1, "missed": 1, "unanswered": 0}


@pytest.mark.parametrize(
    ("state", "hours", "count"),
    [("new", 25, 1), ("assigned", 25, 1), ("new", 23, 0), ("waiting_on_user", 99, 0), ("resolved", 99, 0)],
)
def test_a_ticket_that_waits_for_the_team_for_a_day_is_unanswered(acceptor, clock, state, hours, count):
    acceptor.documents.create("tickets/tkt_1", {"state": state, "updatedAt": clock()})
    acceptor.documents.create("tickets/tkt_odd", {"state": state, "updatedAt": "yesterday"})
    clock.move(hours=hours)
    assert sweeps.unanswered(acceptor) == count
