"""A round sees what changed the next night and everything within the week, whatever stops it on the way."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handlers.billing.plans import Price
from handlers.billing.stripe_events import Customer, Subscription
from handlers.doors.routing import Call
from handlers.doors.scheduler_calls import SweepDoor
from handlers.failures import Unavailable
from handlers.outside.firebase_accounts import Account
from handlers.rounds import intents, night, people, plan
from handlers.work.acceptor import Acceptor
from handlers.work.task_queue import Task

USERS = 12
PRO = (Price("price_pro", "pro"),)


def paging(stripe, accounts):
    """Have both answer three things at a time."""
    size = 3

    def subscription_page(after=""):
        found = list(stripe.all_subscriptions())
        begin = 1 + [each.id for each in found].index(after) if after else 0
        page = found[begin : begin + size]
        return tuple(page), page[-1].id if len(found) > begin + len(page) else ""

    def page(after=""):
        found = sorted((each for each in accounts.kept.values() if each.id > after), key=lambda each: each.id)
        return found[:size], found[size - 1].id if len(found) > size else ""

    stripe.subscription_page, accounts.page = subscription_page, page


@pytest.fixture
def world(new_documents, new_queue, new_stripe, new_accounts, new_clock, terms, log, monkeypatch):
    """Return a function that makes twelve users with whom everything agrees, and the door that looks at them."""
    monkeypatch.setattr(intents, "SIZE", 4)
    monkeypatch.setattr(people, "FEW", 2)
    monkeypatch.setattr(people, "SIZE", 3)
    monkeypatch.setattr(night, "SLICE", 0.0)

    def make():
        documents, queue, stripe, accounts, clock = (
            new_documents(),
            new_queue(),
            new_stripe(),
            new_accounts(),
            new_clock(),
        )
        paging(stripe, accounts)
        for number in range(USERS):
            agree(documents, stripe, accounts, clock, number)
        door = SweepDoor(Acceptor(documents, queue, clock, log), stripe, accounts, terms, log, lambda: 0.0)
        return SimpleNamespace(
            door=door, documents=documents, queue=queue, stripe=stripe, accounts=accounts, clock=clock
        )

    return make


def agree(documents, stripe, accounts, clock, number):
    """Make one user: every second one pays, some by a second subscription after one that has ended."""
    user, customer = f"u{number:02}", f"cus_{number}"
    pays = number % 2 == 0
    billing = {"plan": "pro", "status": "active", "subscriptionId": f"sub_{number}", "subscribedPlan": "pro"}
    documents.kept[f"users/{user}"] = {
        "email": f"{user}@acme.test",
        "signedUpAt": clock(),
        "crmContactId": str(number),
        "stripeCustomerIds": [customer],
        **({"billing": billing} if pays else {}),
    }
    documents.kept[f"customers/{customer}"] = {"userId": user}
    stripe.truth[customer] = [Subscription(f"sub_{number}", customer, "active", PRO)] if pays else []
    if number % 4 == 0:
        stripe.truth[customer].append(Subscription(f"old_{number}", customer, "canceled", PRO))
    accounts.kept[user] = Account(user, f"{user}@acme.test", True, {"plan": "pro"} if pays else {}, 1.0)
    asked = {"kind": "signup_completed", "data": {}, "email": "", "createdAt": clock() - timedelta(days=3)}
    documents.kept[f"users/{user}/intents/i"] = asked
    documents.kept[f"users/{user}/statuses/i"] = {"state": "done"}


def go_round(world, faults=()):
    """Let a night's round go to its end as Cloud Tasks does, and return what it found; at `faults` the store fails."""
    found = {"differences": 0, "forgotten_intents": 0}
    left, name = list(faults), "night"
    for _ in range(1_000):
        world.documents.calls, world.documents.fail_at = 0, left.pop() if left else None
        try:
            body = world.door(Call({}, {"name": name})).body
        except Unavailable:
            continue  # Cloud Scheduler, or Cloud Tasks, has the same request made again
        finally:
            world.documents.fail_at = None
        for each in found:
            found[each] += body.get(each, 0)
        tasks = [task for task in world.queue.sent if task.path == "/sweeps/on"]
        world.queue.sent = [task for task in world.queue.sent if task not in tasks]
        name = "on"
        if not world.documents.kept[night.PLACE]["step"]:
            return found
    raise AssertionError("the round has no end")


def plants(world, number):
    """What may differ of a user, by name: each makes it so."""
    user, customer = f"u{number:02}", f"cus_{number}"
    record, accounts, stripe = world.documents.kept[f"users/{user}"], world.accounts.kept, world.stripe
    ended = [replace(each, status="canceled") for each in stripe.truth[customer]]
    running = [Subscription(f"new_{number}", customer, "active", PRO)]
    return {
        "contact": lambda: record.update(crmContactId=""),
        "address": lambda: accounts.update({user: replace(accounts[user], email="new@acme.test")}),
        "claims": lambda: accounts.update({user: replace(accounts[user], claims={"plan": "max"})}),
        "account": lambda: world.documents.kept.pop(f"users/{user}"),
        "intent": lambda: world.documents.kept.pop(f"users/{user}/statuses/i"),
        "billing": lambda: stripe.truth.update({customer: ended if number % 2 == 0 else running}),
        "customer": lambda: (
            stripe.truth.update(cus_x=[Subscription("sub_x", "cus_x", "active", PRO)]),
            stripe.customers.update(cus_x=Customer(user, "")),
        ),
    }


NAMES = ("contact", "address", "claims", "account", "intent", "billing", "customer")


def test_where_everything_agrees_no_night_finds_anything(world):
    here = world()
    for _ in range(15):
        assert go_round(here) == {"differences": 0, "forgotten_intents": 0}
        here.clock.move(days=1)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(NAMES),
    number=st.integers(0, USERS - 1),
    nights=st.integers(1, 9),
    faults=st.lists(st.tuples(st.integers(1, 12), st.sampled_from(["before", "after"])), max_size=3),
)
def test_whatever_differs_is_found_within_the_week(world, name, number, nights, faults):
    here = world()
    for _ in range(nights):
        go_round(here, faults)
        here.clock.move(days=1)
    plants(here, number)[name]()
    found = 0
    for _ in range(plan.NIGHTS):
        here.clock.move(days=1)
        found += sum(go_round(here, faults).values())
    assert found > 0


def test_a_paid_plan_whose_subscription_is_in_no_list_any_more_is_found_within_two_weeks(world):
    """Stripe keeps what has ended; one that is gone without a trace is missed after a week, and then asked for."""
    here = world()
    go_round(here)
    here.stripe.truth["cus_2"] = []
    found = 0
    for _ in range(2 * plan.NIGHTS):
        here.clock.move(days=1)
        found += go_round(here)["differences"]
    assert found > 0


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("number", [0, 5])
def test_what_differs_and_was_touched_is_found_the_next_night(world, name, number):
    here = world()
    go_round(here)
    here.clock.move(days=1)
    plants(here, number)[name]()
    touch(here, name, number)
    here.clock.move(hours=8)
    assert sum(go_round(here).values()) > 0


def touch(here, name, number):
    """Leave the trace that a change leaves: an event of Stripe's or of the inbox, a new account or a new intent."""
    user, customer, now = f"u{number:02}", f"cus_{number}", here.clock()
    if name in {"contact", "address", "claims"}:
        here.documents.kept["inbox/evt_1"] = {"userId": user, "receivedAt": now, "state": "done"}
    if name == "account":
        here.accounts.kept[user] = replace(here.accounts.kept[user], created=now.timestamp())
    if name == "intent":
        here.documents.kept[f"users/{user}/intents/i"]["createdAt"] = now
    if name in {"billing", "customer"}:
        customer = "cus_x" if name == "customer" else customer
        here.stripe.listed = [event(each) for each in here.stripe.truth[customer]]


def event(shown):
    items = [{"price": {"id": price.id, "lookup_key": price.lookup_key}} for price in shown.prices]
    thing = {"id": shown.id, "customer": shown.customer, "status": shown.status, "items": {"data": items}}
    return {"id": f"evt_{shown.id}", "type": "customer.subscription.updated", "data": {"object": thing}}


def test_what_was_kept_late_is_looked_at_in_the_next_night(world):
    here = world()
    go_round(here)
    plants(here, 11)["contact"]()
    late = {"userId": "u11", "receivedAt": here.clock() - timedelta(minutes=30), "state": "done"}
    here.documents.kept["inbox/evt_1"] = late
    here.clock.move(days=1)
    assert go_round(here)["differences"] > 0


def test_events_that_stripe_shows_late_are_asked_for_again(world):
    here, asked = world(), []
    go_round(here)
    begun = here.documents.kept[night.PLACE]["until"]
    here.stripe.event_page = lambda since, after="": (asked.append(since), ([], ""))[1]
    here.clock.move(days=1)
    go_round(here)
    assert asked == [int((begun - timedelta(hours=1)).timestamp())]


def test_two_requests_at_one_round_do_every_page_once(world):
    here = world()
    here.door(Call({}, {"name": "night"}))
    before = here.documents.kept[night.PLACE]["number"]
    here.door(Call({}, {"name": "night"}))  # Cloud Scheduler comes again although the first call was well
    assert here.documents.kept[night.PLACE]["number"] == before + 1


def test_a_round_that_was_lost_on_its_way_is_taken_up_in_the_next_hour(world):
    here = world()
    here.door(Call({}, {"name": "night"}))
    here.queue.sent.clear()
    here.clock.move(minutes=10)
    here.door(Call({}, {"name": "hour"}))
    assert here.queue.sent == [], "it may still be on its way"
    here.clock.move(minutes=10)
    here.door(Call({}, {"name": "hour"}))
    assert [(task.service, task.path) for task in here.queue.sent if isinstance(task, Task)] == [
        ("reconcile", "/sweeps/on")
    ]


def test_a_night_after_the_first_week_looks_at_a_seventh(world):
    here = world()
    go_round(here)
    for _ in range(plan.NIGHTS - 1):
        here.clock.move(days=1)
        before = {name: walk["seen"] for name, walk in here.documents.kept[night.PLACE]["walks"].items()}
        go_round(here)
        walks = here.documents.kept[night.PLACE]["walks"]
        seen = walks["users"]["seen"] - before["users"]
        assert 0 < seen <= -(-USERS // plan.NIGHTS) + people.FEW - 1 or not walks["users"]["seen"]
