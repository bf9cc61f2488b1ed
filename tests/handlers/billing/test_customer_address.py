"""Where a user's address or account changes in Firebase, the CRM, our reminders and Stripe's own mail follow."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from handlers import reconcile, signup
from handlers.billing.customer_address import CustomerAddress
from handlers.billing.plans import Price
from handlers.billing.stripe_events import Customer, Subscription
from handlers.doors.routing import Call
from handlers.doors.scheduler_calls import SweepDoor
from handlers.outside.firebase_accounts import Account
from handlers.work import users
from handlers.work.acceptor import Acceptor
from handlers.work.effects import ContactSync
from handlers.work.inbox import Decision, Event
from handlers.work.worker import Worker

OLD, NEW = "ada@acme.test", "ada@new.test"
ADA = {"email": OLD, "signedUpAt": 1, "crmContactId": "7", "stripeCustomerIds": ["cus_1"], "stripeCustomerId": "cus_1"}


@pytest.fixture
def active():
    return Subscription("sub_1", "cus_1", "active", (Price("price_pro", "pro"),), 2_000)


@pytest.fixture
def door(documents, queue, clock, log, stripe, accounts, terms):
    return SweepDoor(Acceptor(documents, queue, clock, log), stripe, accounts, terms, log)


@pytest.fixture
def night(door, documents, queue, clock, log, stripe, accounts, crm):
    """One night and all that follows from it; returns what differed, and what differs afterwards."""

    def play():
        seen = differences(door)
        door(Call({}, {"name": "night"}))
        decide = lambda held: lambda read: signup.decide(held.event, clock(), read)  # noqa: E731
        performers = {
            "crm_contact": ContactSync(documents, crm, accounts),
            "stripe_address": CustomerAddress(documents, stripe, accounts),
        }
        worker = Worker(documents, queue, decide, performers, clock, log)
        while queue.sent:
            task = queue.sent.pop(0)
            kind, id_, _ = task.path.strip("/").split("/")
            worker.process(id_) if kind == "events" else worker.perform(id_)
        clock.move(days=1)
        return seen, differences(door)

    return play


def differences(door):
    now = door.acceptor.clock()
    seen = reconcile.look(door.acceptor.documents, door.provider, door.accounts, door.terms, now)
    return [(each.kind, each.truth) for each in reconcile.differences(seen, door.terms, now)]


@pytest.fixture
def ada(documents, stripe, accounts):
    documents.kept["users/u1"] = dict(ADA)
    stripe.truth["cus_1"], stripe.customers["cus_1"] = [], Customer("u1", OLD)
    accounts.kept["u1"] = Account("u1", OLD, True)
    return documents


def test_a_changed_address_reaches_the_record_the_crm_and_stripe_within_a_night(ada, night, stripe, accounts, crm):
    accounts.kept["u1"] = Account("u1", NEW, True)
    before, after = night()
    assert (before, after) == ([("address", "another one in Firebase")], [])
    assert (ada.kept["users/u1"]["email"], stripe.customers["cus_1"].email) == (NEW, NEW)
    assert crm.requests[-1][1]["email"] == NEW
    assert ada.kept["users/u1"]["stripeAddress"] == ""


def test_stripes_mail_waits_until_the_new_address_is_proved(ada, night, stripe, accounts):
    accounts.kept["u1"] = Account("u1", NEW, False)
    night()
    assert (ada.kept["users/u1"]["email"], stripe.customers["cus_1"].email) == (NEW, OLD)
    accounts.kept["u1"] = Account("u1", NEW, True)
    before, after = night()
    assert (before, after, stripe.customers["cus_1"].email) == ([("address", "another one")], [], NEW)


def test_who_changes_twice_before_anything_is_proved_is_followed_from_what_stripe_has(ada, night, stripe, accounts):
    for address, is_proved in (("b@acme.test", False), (NEW, True)):
        accounts.kept["u1"] = Account("u1", address, is_proved)
        night()
    assert stripe.customers["cus_1"].email == NEW


def test_a_removed_address_gets_no_more_mail_from_anybody(ada, night, stripe, accounts, crm):
    accounts.kept["u1"] = Account("u1")
    _, after = night()
    assert (ada.kept["users/u1"]["email"], stripe.customers["cus_1"].email, after) == ("", "", [])
    assert crm.requests[-1][1]["email"] == ""


def test_a_linked_address_is_known_and_stripe_has_nothing_to_follow(ada, night, stripe, accounts):
    ada.kept["users/u1"]["email"] = ""
    _, after = night()
    assert (ada.kept["users/u1"]["email"], stripe.customers["cus_1"].email, after) == (OLD, OLD, [])


@pytest.mark.parametrize(("has", "typed"), [("invoices@acme.test", []), (OLD, ["cus_1"]), ("", [])])
def test_an_address_that_stripe_was_given_on_purpose_and_a_strangers_customer_stay(
    ada, night, stripe, accounts, has, typed
):
    stripe.customers["cus_1"] = Customer("u1", has)
    ada.kept["users/u1"]["stripeTypedCustomerIds"] = typed
    accounts.kept["u1"] = Account("u1", NEW, True)
    _, after = night()
    assert (stripe.customers["cus_1"].email, after) == (has, [])


def test_an_app_that_signs_up_again_with_another_address_is_followed_at_once(ada, clock):
    event = Event("e1", "intent", "signup_completed", '{"data": {}}', "c", "u1", NEW, "i1")
    decision = signup.decide(event, clock(), ada.get)
    assert {effect.kind for effect in decision.effects} == {"crm_contact", "stripe_address"}
    assert decision.writes[0].fields["stripeAddress"] == OLD


def test_a_deleted_account_is_told_to_the_crm_once_and_nobody_is_reminded_any_more(ada, night, accounts, crm):
    del accounts.kept["u1"]
    before, after = night()
    assert (before, after) == ([("account", "deleted in Firebase")], [])
    assert crm.requests[-1][1]["launch_account"] == "deleted"
    accounts.kept["u1"] = Account("u1", OLD, True)
    before, after = night()
    assert (before, after) == ([("account", "active in Firebase")], [])
    assert crm.requests[-1][1]["launch_account"] == "active"


def test_what_a_deleted_account_still_pays_for_is_told_to_a_person_each_night(ada, night, stripe, accounts, active):
    stripe.truth["cus_1"] = [active]
    ada.kept["users/u1"]["billing"] = {
        "plan": "pro",
        "status": "active",
        "subscriptionId": active.id,
        "subscribedPlan": "pro",
    }
    del accounts.kept["u1"]
    _, after = night()
    assert [kind for kind, _ in after] == ["deleted"]
    assert "./launch users erase u1" in after[0][1]


def test_nobody_whose_customer_goes_to_another_account_of_theirs_is_told_of(ada, door, stripe, accounts, active):
    stripe.truth["cus_1"], stripe.customers["cus_1"] = [active], Customer("", OLD)
    billing = {"plan": "pro", "status": "active", "subscriptionId": active.id, "subscribedPlan": "pro"}
    ada.kept["users/u1"] |= {"billing": billing, "account": "deleted"}
    accounts.kept = {"u2": Account("u2", OLD, True)}
    assert "deleted" not in [kind for kind, _ in differences(door)]


def test_a_user_who_never_signed_up_has_no_account_to_miss(documents, door):
    documents.kept["users/u9"] = {"supportThreadId": "7"}
    assert differences(door) == []


def test_an_account_event_says_nothing_of_somebody_who_is_not_known(documents, clock):
    event = Event("e1", "reconcile", signup.ACCOUNT_DIFFERS, json.dumps({"account": "deleted"}), "c", "u1")
    assert signup.decide(event, clock(), documents.get) == Decision(state="ignored")
    assert replace(users.parse("u1", None), account="deleted").account == "deleted"
