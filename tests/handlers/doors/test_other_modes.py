"""Events of another mode or account of Stripe's: acknowledged, kept as ignored, counted, and never believed."""

from __future__ import annotations

import json
import time
from types import SimpleNamespace

import pytest
import requests

from handlers import sweeps
from handlers.billing.payments import Payments
from handlers.billing.plans import Price
from handlers.billing.stripe_events import Subscription
from handlers.doors.routing import route
from handlers.doors.stripe_webhook import StripeDoor
from handlers.failures import NotYet
from handlers.senders import stripe_signatures
from handlers.work import inbox
from handlers.work.acceptor import Acceptor
from handlers.work.inbox import EventState
from handlers.work.worker import Worker

PRO_PRICE = (Price("price_pro", "pro"),)

BOUGHT = {
    "customer": "cus_test",
    "client_reference_id": "u1",
    "subscription": "sub_test",
    "payment_status": "paid",
    "metadata": {"plan": "pro"},
}


@pytest.fixture
def stack(serve, documents, queue, secret_cache, stripe, accounts, terms, clock, log, lines):
    """A live stack with the public door and the service behind it."""
    acceptor = Acceptor(documents, queue, clock, log)
    door = StripeDoor(secret_cache, acceptor, time.time, log, "live")
    payments = Payments(documents, stripe, accounts, terms, clock)
    worker = Worker(documents, queue, payments.prepare, {}, clock, log, payments.subject)
    url = serve([route("/webhooks/stripe", door, log)])
    return SimpleNamespace(url=url, documents=documents, queue=queue, worker=worker, stripe=stripe, lines=lines)


def post(stack, number=1, secret="whsec_previous", **said):
    """Deliver a paid checkout, signed by the secret of a second endpoint that is still valid."""
    thing = {"id": f"evt_{number}", "type": "checkout.session.completed", "data": {"object": BOUGHT}, **said}
    body, at = json.dumps(thing).encode(), int(time.time())
    signature = f"t={at},v1={stripe_signatures.sign(body, secret, at)}"
    headers = {"Content-Type": "application/json", "Stripe-Signature": signature}
    return requests.post(f"{stack.url}/webhooks/stripe", body, headers=headers, timeout=5)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"livemode": False}, "of test mode"),
        ({}, "of no mode"),
        ({"livemode": "true"}, "of no mode"),
        ({"livemode": True, "account": "acct_1"}, "of the connected account acct_1"),
        ({"livemode": True, "account": "acct_1", "context": "acct_1"}, "of the connected account acct_1"),
        ({"livemode": True, "context": "acct_2"}, "of acct_2, an account of an organization"),
        ({"livemode": True, "account": None, "context": "acct_2/acct_3"}, "of acct_2/acct_3, an account"),
    ],
)
def test_an_event_of_another_mode_or_account_is_kept_as_ignored_and_counted(stack, said, reason):
    answer = post(stack, **said)
    assert (answer.status_code, answer.json()["state"]) == (200, "ignored")
    record = stack.documents.kept["inbox/evt_1"]
    assert record["state"] == "ignored"
    assert reason in record["reason"]
    assert not stack.queue.sent
    assert '"outcome": "foreign_event"' in stack.lines.getvalue()
    assert "users/u1" not in stack.documents.kept


@pytest.mark.parametrize("kind", ["v2.core.event_destination.ping", "v1.customer.subscription.updated"])
def test_a_thin_event_is_acknowledged_so_that_stripe_keeps_the_endpoint_and_says_what_to_change(stack, kind):
    about = {"id": "ed_1", "type": "v2.core.event_destination", "url": "/v2/core/event_destinations/ed_1"}
    answer = post(stack, type=kind, object="v2.core.event", livemode=True, data=None, related_object=about)
    assert (answer.status_code, answer.json()["state"]) == (200, "ignored")
    assert "snapshot payloads" in stack.documents.kept["inbox/evt_1"]["reason"]
    assert not stack.queue.sent
    inbox.reopen(stack.documents, "evt_1", stack.worker.clock())
    assert stack.worker.process("evt_1") is EventState.IGNORED  # whoever replays it hears the same


def test_an_event_of_the_stacks_own_mode_is_taken(stack):
    stack.stripe.truth["cus_test"] = [Subscription("sub_test", "cus_test", "active", PRO_PRICE, 2_000)]
    assert post(stack, livemode=True, account=None, context=None).json()["state"] == "received"
    stack.worker.process("evt_1")
    assert stack.documents.kept["users/u1"]["billing"]["plan"] == "pro"


def test_a_customer_whom_the_key_does_not_know_is_granted_nothing_and_ends_as_a_dead_letter(stack, clock):
    post(stack, livemode=True)
    for _ in range(8):
        with pytest.raises(NotYet):
            stack.worker.process("evt_1")
    assert "users/u1" not in stack.documents.kept
    clock.move(days=3, minutes=1)
    assert stack.worker.process("evt_1") is EventState.DEAD
    assert "final_failure" in stack.lines.getvalue()
    assert "users/u1" not in stack.documents.kept


def test_what_was_stored_before_the_mode_was_checked_is_ignored_by_the_service_too(stack, clock):
    body = json.dumps({"livemode": False, "data": {"object": BOUGHT}})
    event = inbox.Event("evt_9", "stripe", "checkout.session.completed", body, "c9")
    inbox.store(stack.documents, event, EventState.RECEIVED, clock())
    assert stack.worker.process("evt_9") is EventState.IGNORED
    assert "users/u1" not in stack.documents.kept


def test_the_hourly_sweep_looks_at_the_mode_as_the_door_does(stack, clock, log):
    listed = {"id": "evt_1", "type": "invoice.paid", "livemode": False, "data": {"object": {"customer": "cus_1"}}}
    stack.stripe.listed = [listed]
    acceptor = Acceptor(stack.documents, stack.queue, clock, log)
    sweeps.stripe_events(acceptor, stack.stripe, "live")
    assert stack.documents.kept["inbox/evt_1"]["state"] == "ignored"
    assert not stack.queue.sent
