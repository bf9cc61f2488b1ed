"""A Stripe that is not ours drives the payments: localstripe, a process of its own bound to loopback.

It signs each event once for each registered webhook: two webhooks of one address with two secrets are duplicate
deliveries under the current and the previous signing secret. Its events are delivered by itself; what the queue would
deliver, the test does.
"""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace

import pytest
import requests

from handlers.billing.payments import Payments
from handlers.billing.stripe_api import Stripe
from handlers.doors.routing import route
from handlers.doors.stripe_webhook import StripeDoor
from handlers.failures import NotYet, Unavailable
from handlers.work import users
from handlers.work.acceptor import Acceptor
from handlers.work.worker import Worker
from localcloud.base.ports import free_port

USER = "u1"
# Its own start() listens on every address and keeps its objects in a file of a fixed name.
SERVER = """
import sys
from aiohttp import web
from localstripe.resources import store
from localstripe.server import app
store.dump_to_disk = lambda: None
web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), access_log=None, print=None)
"""


class Peer:
    """localstripe's API."""

    def __init__(self, url: str) -> None:
        self.url = url

    def __call__(self, method: str, path: str, **data):
        answer = requests.request(method, f"{self.url}{path}", json=data or None, auth=("sk_test_x", ""), timeout=10)
        assert answer.ok, answer.text
        return answer.json() if answer.text else {}


@contextmanager
def serving():
    port = free_port()
    process = subprocess.Popen([sys.executable, "-W", "ignore", "-c", SERVER, str(port)])
    url = f"http://127.0.0.1:{port}"
    try:
        until(lambda: answers(url))
        yield url
    finally:
        process.terminate()
        process.wait(10)


def answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/v1/plans", auth=("sk_test_x", ""), timeout=1).ok
    except requests.ConnectionError:
        return False


def until(true, seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def peer():
    with serving() as url:
        yield Peer(url)


@pytest.fixture
def ours(peer, serve, documents, queue, secret_cache, accounts, terms, clock, log, lines):
    terms = replace(terms, mode="test")
    door = StripeDoor(secret_cache, Acceptor(documents, queue, clock, log), time.time, log, "test")
    url = serve([route("/webhooks/stripe", door, log)])
    for name, secret in (("current", "whsec_current"), ("previous", "whsec_previous")):
        peer("POST", f"/_config/webhooks/{name}", url=f"{url}/webhooks/stripe", secret=secret)
    payments = Payments(documents, Stripe(secret_cache, "test", peer.url), accounts, terms, clock)
    worker = Worker(documents, queue, payments.prepare, {}, clock, log)
    return SimpleNamespace(documents=documents, worker=worker, lines=lines)


def drain(ours) -> None:
    """Deliver what waits in the inbox, as the queue does."""
    for path, record in list(ours.documents.of("inbox").items()):
        if record["state"] in {"received", "failed"}:
            try:
                ours.worker.process(path.removeprefix("inbox/"))
            except (NotYet, Unavailable):
                continue


def billing(ours):
    return users.parse(USER, ours.documents.kept.get(f"users/{USER}")).billing


def has_heard(ours, kind: str) -> bool:
    drain(ours)
    return any(record["kind"] == kind and record["state"] == "done" for record in ours.documents.of("inbox").values())


def duplicates(ours) -> int:
    return ours.lines.getvalue().count('"duplicate"')


def subscribe(peer):
    customer = peer("POST", "/v1/customers", email="ada@acme.test", metadata={"user_id": USER})["id"]
    card = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2040, "cvc": "123"}
    method = peer("POST", "/v1/payment_methods", type="card", card=card)["id"]
    peer("POST", f"/v1/payment_methods/{method}/attach", customer=customer)
    peer("POST", f"/v1/customers/{customer}", invoice_settings={"default_payment_method": method})
    product = peer("POST", "/v1/products", name="Pro", type="service")["id"]
    plan = {"amount": 900, "currency": "eur", "interval": "month", "product": product}
    price = peer("POST", "/v1/plans", id="pro", **plan)["id"]
    return peer("POST", "/v1/subscriptions", customer=customer, items=[{"plan": price}], metadata={"plan": "pro"})


def test_subscribed_delivered_twice_with_two_secrets_and_canceled_the_record_equals_its_state(peer, ours):
    subscription = subscribe(peer)
    until(lambda: has_heard(ours, "customer.subscription.created"))
    until(lambda: duplicates(ours) > 0)
    theirs = peer("GET", f"/v1/subscriptions/{subscription['id']}")
    assert (billing(ours).status, billing(ours).plan) == (theirs["status"], "pro") == ("active", "pro")
    assert billing(ours).subscription_id == theirs["id"]

    peer("DELETE", f"/v1/subscriptions/{subscription['id']}")
    until(lambda: has_heard(ours, "customer.subscription.deleted"))
    assert (billing(ours).status, billing(ours).plan) == ("canceled", "free")
    assert "previous_secret" in ours.lines.getvalue()

    records = ours.documents.of("inbox")
    assert {record["state"] for record in records.values()} <= {"done", "ignored"}
    assert billing(ours).rev == 2
    mails = [path for path in ours.documents.of("outbox") if path.endswith(".mail")]
    assert len(mails) == 2
