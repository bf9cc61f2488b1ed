"""A private service at work: parallel deliveries, crashes at every step, outages of what it calls."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from handlers import intents, signup
from handlers.billing.payments import Payments
from handlers.billing.plans import Price
from handlers.billing.stripe_events import Subscription
from handlers.failures import NotYet, Unavailable
from handlers.outside.firebase_accounts import Account
from handlers.outside.http_client import Refused
from handlers.senders.id_tokens import Person
from handlers.support.desk import Desk
from handlers.support.helpdesk import TicketOpening
from handlers.support.ticket_decisions import SupportTerms
from handlers.work import inbox, outbox, users
from handlers.work.effects import ContactSync, Notification
from handlers.work.inbox import Event, EventState
from handlers.work.outbox import EffectState
from handlers.work.task_queue import effect_task, task_id
from handlers.work.worker import Worker

TWO_HOURS = timedelta(hours=2)
SIGNUP = Event("int_1", "intent", "signup_completed", '{"id":"a","data":{"name":"Ada"}}', "c1", "u1", "ada@acme.test")
SUPPORT = Event(
    "int_2",
    "intent",
    "support_requested",
    json.dumps({"id": "b", "data": {"subject": "Héllo 👋", "message": "🦜" * 5_000}}),
    "c2",
    "u1",
    "ada@acme.test",
)


@pytest.fixture
def crm_worker(documents, queue, crm, accounts, clock, log):
    def prepare(held):
        return partial(signup.decide, held.event, clock())

    return Worker(documents, queue, prepare, {"crm_contact": ContactSync(documents, crm, accounts)}, clock, log)


@pytest.fixture
def support_worker(documents, queue, helpdesk, mailer, clock, log):
    desk = Desk(documents, helpdesk, SupportTerms("help@acme.test"), clock)
    performers = {
        "helpdesk_ticket": TicketOpening(documents, helpdesk),
        "notification": Notification(mailer, TWO_HOURS),
    }
    return Worker(documents, queue, desk.prepare, performers, clock, log)


@pytest.fixture
def payments_worker(documents, queue, stripe, accounts, terms, mailer, clock, log):
    stripe.truth["cus_1"] = [Subscription("sub_1", "cus_1", "active", (Price("price_pro", "pro"),), 1)]
    prepare = Payments(documents, stripe, accounts, terms, clock).prepare
    performers = {"notification": Notification(mailer, TWO_HOURS)}
    return Worker(documents, queue, prepare, performers, clock, log)


def receive(worker, event):
    inbox.store(worker.documents, event, EventState.RECEIVED, worker.clock())


def deliver(worker, event_id):
    """Deliver an event, and then the effects that are this service's own, as their queues would; return its state.

    Each is tried, then the first trouble is raised.
    """
    state, troubles = worker.process(event_id), []
    for effect_id in worker.documents.kept[inbox.path(event_id)]["effects"]:
        try:
            if outbox.find(worker.documents, effect_id).effect.kind in worker.performers:
                worker.perform(effect_id)
        except (NotYet, Unavailable) as trouble:
            troubles.append(trouble)
    if troubles:
        raise troubles[0]
    return state


def checkout(number=1):
    thing = {"customer": "cus_1", "client_reference_id": "u1", "subscription": "sub_1"}
    body = json.dumps({"id": f"evt_{number}", "livemode": True, "data": {"object": thing}})
    return Event(f"evt_{number}", "stripe", "checkout.session.completed", body, "c3")


def test_a_signup_makes_one_user_and_one_contact(crm_worker, crm):
    receive(crm_worker, SIGNUP)
    assert deliver(crm_worker, "int_1") is EventState.DONE
    user = crm_worker.documents.kept["users/u1"]
    assert (user["email"], user["name"], user["crmContactId"]) == ("ada@acme.test", "Ada", "contact-of-u1")
    assert user["billing"] == {
        "plan": "free", "status": "none", "subscriptionId": "", "rev": 0, "checks": 0, "lastEventId": "",
        "subscribedPlan": "", "graceUntil": None, "paidPlan": "free", "graceCounted": None,
    }  # fmt: skip
    sent = {"email": "ada@acme.test", "firstname": "Ada", "launch_plan": "free", "launch_billing_status": "none"}
    assert crm.requests == [("u1", sent)]


def test_a_second_device_signing_up_the_same_user_changes_nothing(crm_worker, crm):
    receive(crm_worker, SIGNUP)
    receive(crm_worker, Event("int_9", "intent", "signup_completed", SIGNUP.body, "c9", "u1", "ada@acme.test"))
    deliver(crm_worker, "int_1")
    deliver(crm_worker, "int_9")
    assert len(crm.requests) == 1


def test_a_signup_after_the_payment_leaves_billing_alone(crm_worker, crm):
    crm_worker.documents.kept["users/u1"] = {"billing": {"plan": "pro", "status": "active", "rev": 4, "checks": 7}}
    receive(crm_worker, SIGNUP)
    deliver(crm_worker, "int_1")
    assert crm_worker.documents.kept["users/u1"]["billing"] == {
        "plan": "pro", "status": "active", "rev": 4, "checks": 7,
    }  # fmt: skip
    assert crm.requests[0][1]["launch_plan"] == "pro"


def test_a_support_request_makes_one_ticket_and_one_notification(support_worker, helpdesk, mailer):
    receive(support_worker, SUPPORT)
    deliver(support_worker, "int_2")
    deliver(support_worker, "int_2")
    (ticket,) = support_worker.documents.of("tickets").values()
    assert (ticket["subject"], ticket["message"], ticket["helpdeskId"]) == ("Héllo 👋", "🦜" * 5_000, "1")
    assert ticket["state"] == "new"
    assert len(helpdesk.tickets) == len(mailer.mails) == 1
    assert next(iter(mailer.mails.values()))[:2] == ("help@acme.test", "Support request: Héllo 👋")


def test_fifty_parallel_deliveries_make_one_change_one_sync_and_one_notification(payments_worker, mailer):
    receive(payments_worker, checkout())

    def delivered(_):
        with suppress(NotYet):
            deliver(payments_worker, "evt_1")

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(delivered, range(50)))
    assert payments_worker.documents.kept["users/u1"]["billing"]["rev"] == 1
    assert [(task.queue, task.service, task.path) for task in payments_worker.queue.sent] == [
        ("crm", "sync-crm", "/effects/evt_1.crm/run"),
        ("mail", "sync-payments", "/effects/evt_1.mail/run"),
        ("identity", "sync-payments", "/effects/evt_1.claims/run"),
    ]
    assert len(mailer.mails) == 1


def test_an_event_does_not_wait_for_the_providers_of_its_effects(support_worker, helpdesk, mailer):
    receive(support_worker, SUPPORT)
    helpdesk.fault = Unavailable("Zendesk: answered 503")
    assert support_worker.process("int_2") is EventState.DONE
    assert {task.queue for task in support_worker.queue.sent} == {"helpdesk", "mail"}
    assert not mailer.mails


def test_fifty_parallel_deliveries_of_one_effect_make_one_upsert(crm_worker, crm):
    receive(crm_worker, SIGNUP)
    inbox.complete(
        crm_worker.documents,
        inbox.claim(crm_worker.documents, "int_1", crm_worker.clock()),
        partial(signup.decide, SIGNUP, crm_worker.clock()),
        crm_worker.clock(),
    )

    def perform(_):
        with suppress(NotYet):
            crm_worker.perform("int_1.crm")

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(perform, range(50)))
    assert len(crm.requests) == 1


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("call", range(1, 25))
def test_a_store_that_fails_at_any_call_costs_nothing_but_another_delivery(
    payments_worker, documents, mailer, clock, call, when
):
    receive(payments_worker, checkout())
    documents.calls, documents.fail_at = 0, (call, when)
    for _ in range(8):
        with suppress(NotYet, Unavailable):
            deliver(payments_worker, "evt_1")
        clock.move(seconds=61)
    assert documents.kept["users/u1"]["billing"]["rev"] == 1
    assert documents.kept["inbox/evt_1"]["state"] == "done"
    assert documents.kept["outbox/evt_1.mail"]["state"] == "done"
    assert payments_worker.queue.paths == [f"/effects/evt_1.{name}/run" for name in ("crm", "mail", "claims")]
    assert len(mailer.mails) == 1


def test_a_mail_whose_answer_was_cut_off_is_sent_again_under_the_same_key(support_worker, mailer):
    receive(support_worker, SUPPORT)
    mailer.cut_after = True
    with pytest.raises(Unavailable):
        deliver(support_worker, "int_2")
    deliver(support_worker, "int_2")
    assert list(mailer.mails) == ["int_2.mail"]


def test_a_mail_of_unknown_outcome_is_not_sent_again_when_its_key_is_forgotten(support_worker, mailer, clock, lines):
    receive(support_worker, SUPPORT)
    mailer.cut_after = True
    with pytest.raises(Unavailable):
        deliver(support_worker, "int_2")
    clock.move(hours=3)
    mailer.mails.clear()
    deliver(support_worker, "int_2")
    assert support_worker.documents.kept["outbox/int_2.mail"]["state"] == "unknown"
    assert not mailer.mails
    assert "final_failure" in lines.getvalue()


def test_a_helpdesk_that_is_down_does_not_hold_the_notification_back(support_worker, helpdesk, mailer):
    receive(support_worker, SUPPORT)
    helpdesk.fault = Unavailable("Zendesk: answered 503")
    with pytest.raises(Unavailable):
        deliver(support_worker, "int_2")
    assert len(mailer.mails) == 1
    helpdesk.fault = None
    deliver(support_worker, "int_2")
    assert len(helpdesk.tickets) == len(mailer.mails) == 1


def test_while_the_helpdesk_is_down_the_app_is_told_that_the_message_is_here(support_worker, helpdesk):
    receive(support_worker, replace(SUPPORT, client_id="b"))
    helpdesk.fault = Unavailable("Zendesk: answered 503")
    with pytest.raises(Unavailable):
        deliver(support_worker, "int_2")
    status = support_worker.documents.kept["users/u1/statuses/b"]
    assert (status["state"], status["code"]) == ("delayed", "support_delayed")
    helpdesk.fault = None
    deliver(support_worker, "int_2")
    status = support_worker.documents.kept["users/u1/statuses/b"]
    assert (status["state"], status["code"]) == ("done", "support_received")


def test_what_a_provider_refuses_for_good_ends_as_failed_and_is_told(crm_worker, crm, lines):
    receive(crm_worker, SIGNUP)
    crm.fault = Refused("HubSpot answered 400 (VALIDATION_ERROR) to the upsert")
    assert deliver(crm_worker, "int_1") is EventState.DONE
    assert crm_worker.documents.kept["outbox/int_1.crm"]["state"] == "failed"
    assert '"outcome": "final_failure"' in lines.getvalue()


def test_two_syncs_that_overtake_each_other_leave_the_latest_in_the_crm(crm_worker, crm):
    receive(crm_worker, SIGNUP)
    send = crm.upsert

    def overtaken(user_id, properties, **proven):
        crm.upsert = send
        crm_worker.documents.kept["users/u1"]["billing"]["plan"] = "pro"
        return send(user_id, properties, **proven)

    crm.upsert = overtaken
    deliver(crm_worker, "int_1")
    assert [properties["launch_plan"] for _, properties in crm.requests] == ["free", "pro"]
    assert crm_worker.perform("int_1.crm") is EffectState.DONE


@pytest.mark.parametrize(
    ("account", "is_proven"),
    [
        (Account("u1", "Ada@acme.test", True), True),
        (Account("u1", "ada@acme.test", False), False),
        (Account("u1", "other@acme.test", True), False),
        (None, False),
    ],
)
def test_an_address_is_proven_when_firebase_says_so_of_that_very_address(crm_worker, crm, accounts, account, is_proven):
    if account:
        accounts.kept["u1"] = account
    receive(crm_worker, SIGNUP)
    deliver(crm_worker, "int_1")
    assert crm.verified is is_proven


def test_an_error_of_ours_is_given_back_counted_and_ends_among_the_dead_letters(documents, queue, clock, log, lines):
    def broken(_):
        raise KeyError("ada@acme.test")

    worker = Worker(documents, queue, broken, {}, clock, log)
    receive(worker, SIGNUP)
    for _ in range(inbox.MAX_FAULTS):
        with pytest.raises(KeyError):
            worker.process("int_1")
    assert worker.process("int_1") is EventState.DEAD
    assert '"outcome": "final_failure"' in lines.getvalue()


def test_no_log_line_names_a_person(support_worker, crm_worker, lines):
    receive(support_worker, SUPPORT)
    receive(crm_worker, SIGNUP)
    deliver(support_worker, "int_2")
    deliver(crm_worker, "int_1")
    written = lines.getvalue()
    assert [json.loads(line)["service"] for line in written.splitlines()]
    assert not any(word in written for word in ("ada@", "Ada", "Héllo", "🦜", "\\ud83e"))


def test_an_effect_that_is_not_there_is_an_error_of_its_own(crm_worker):
    with pytest.raises(LookupError):
        crm_worker.perform("nothing")
    with pytest.raises(LookupError):
        outbox.find(crm_worker.documents, "nothing")


def test_an_effect_for_later_is_scheduled_and_not_performed_before(crm_worker, crm, clock):
    due = clock() + timedelta(days=3)
    later = outbox.Effect("evt_1.later", "crm_contact", "sync-crm", {"userId": "u1"}, due)
    crm_worker.documents.transact(lambda _: (None, [outbox.new_effect(later, "evt_1", "c1", clock())]))
    assert crm_worker.perform("evt_1.later") is EffectState.PENDING
    assert [task.at for task in crm_worker.queue.sent] == [due]
    assert not crm.requests
    clock.move(days=3)
    assert crm_worker.perform("evt_1.later") is EffectState.DONE


def test_what_is_due_beyond_the_reach_of_cloud_tasks_goes_in_hops(clock):
    far = outbox.Effect("evt_1.far", "crm_contact", "sync-crm", {}, clock() + timedelta(days=70))
    hops, seen = 0, set()
    while (task := effect_task(far, "c1", clock())).at:
        assert task.at - clock() < timedelta(days=30)
        seen.add(task_id(task))
        clock.move(seconds=(task.at - clock()).total_seconds())
        hops += 1
    assert (hops, len(seen), clock()) == (3, 3, far.due)


def test_events_about_one_customer_that_come_at_once_ask_the_provider_once_each(
    documents, queue, stripe, accounts, terms, clock, log
):
    asked = []

    class Slow(type(stripe)):
        def subscriptions(self, customer):
            asked.append(customer)
            time.sleep(0.02)
            return super().subscriptions(customer)

    slow = Slow()
    slow.truth["cus_1"] = [Subscription("sub_1", "cus_1", "active", (Price("price_pro", "pro"),), 2_000)]
    documents.create(users.customer_path("cus_1"), {"userId": "u1"})
    payments = Payments(documents, slow, accounts, terms, clock)
    worker = Worker(documents, queue, payments.prepare, {}, clock, log, payments.subject)
    body = json.dumps({"livemode": True, "data": {"object": {"id": "sub_1", "customer": "cus_1"}}})
    events = [Event(f"evt_{n}", "stripe", "customer.subscription.updated", body, "c") for n in range(8)]
    for each in events:
        inbox.store(documents, each, EventState.RECEIVED, clock())
    with ThreadPoolExecutor(len(events)) as pool:
        assert set(pool.map(worker.process, [each.id for each in events])) == {EventState.DONE}
    assert len(asked) == len(events)


def test_a_signup_that_leaves_its_data_out_is_one_without_a_name(crm_worker):
    bare = intents.parse(Person("u1", "ada@acme.test"), "signup_completed", b'{"id":"bare"}', "c").event
    receive(crm_worker, bare)
    assert crm_worker.process(bare.id) is EventState.DONE
    assert crm_worker.documents.kept["users/u1"]["email"] == "ada@acme.test"
