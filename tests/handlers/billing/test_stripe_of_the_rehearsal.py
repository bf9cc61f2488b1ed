"""The plan follows what a Stripe with Stripe's shapes says: portal, refund, dispute, pause, and payments once."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
import stripe as official

from handlers.billing.payments import Payments
from handlers.billing.plans import Plan, PlanTable
from handlers.billing.stripe_api import Stripe
from handlers.outside.secret_cache import SecretCache
from handlers.work import inbox, users
from handlers.work.inbox import Event, EventState
from handlers.work.worker import Worker
from localcloud.base import ports
from localcloud.base.process import on_thread
from localcloud.saas.server import serve

TABLE = PlanTable((Plan("basic", ("basic",)), Plan("pro", ("pro",), ("pro_for_good",))))


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    home = tmp_path_factory.mktemp("stripe")
    ports.allocate(home)
    with on_thread(serve(home)):
        yield f"http://{ports.load(home).address('stripe')}"


class Shop:
    """The founder's Stripe by its official client, and our worker, which is told every event that it has not seen."""

    def __init__(self, address: str, provider: Stripe, worker: Worker) -> None:
        self.client = official.StripeClient("sk_test_x", base_addresses={"api": address})
        self.provider = provider
        self.worker, self.seen = worker, {each["id"] for each in self._events()}

    def price(self, key: str, *, once: bool = False) -> str:
        more: Any = {} if once else {"recurring": {"interval": "month"}}
        wanted: Any = {"currency": "eur", "unit_amount": 900, "lookup_key": key, "product_data": {"name": key}, **more}
        return self.client.v1.prices.create(params=wanted).id

    def subscribe(self, user: str, *keys: str) -> Any:
        customer = self.client.v1.customers.create(params={"metadata": {"user_id": user}})
        items: Any = [{"price": self.price(key)} for key in keys]
        made = self.client.v1.subscriptions.create(params={"customer": customer.id, "items": items})
        self.deliver()
        return made

    def does(self, path: str, **wanted: Any) -> Any:
        """Have a bank or a buyer act."""
        made = self.client.raw_request("post", f"/v1/{path}", **wanted)
        self.deliver()
        return json.loads(made.body)

    def deliver(self) -> None:
        documents, clock = self.worker.documents, self.worker.clock
        for each in reversed([each for each in self._events() if each["id"] not in self.seen]):
            self.seen.add(each["id"])
            event = Event(each["id"], "stripe", each["type"], json.dumps(each, default=str), each["id"])
            inbox.store(documents, event, EventState.RECEIVED, clock())
            if each["type"] != "customer.created":
                self.worker.process(event.id)

    def charge_of(self, subscription: Any) -> str:
        return str(self.client.v1.charges.list(params={"customer": subscription.customer}).data[0].id)

    def plan(self, user: str) -> str:
        kept = self.worker.documents.get(users.path(user))
        return users.parse(user, kept).billing.entitled(self.worker.clock())

    def _events(self) -> list[dict[str, Any]]:
        return [each.to_dict() for each in self.client.v1.events.list(params={"limit": 100}).auto_paging_iter()]


@pytest.fixture
def shop(address, documents, queue, secret_cache: SecretCache, accounts, terms, clock, log):
    terms = replace(terms, mode="test", table=TABLE)
    provider = Stripe(secret_cache, "test", address)
    payments = Payments(documents, provider, accounts, terms, clock)
    return Shop(address, provider, Worker(documents, queue, payments.prepare, {}, clock, log))


def test_an_upgrade_in_the_portal_leaves_the_metadata_and_raises_the_plan(shop):
    bought = shop.subscribe("u1", "basic")
    assert shop.plan("u1") == "basic"
    items: Any = [{"price": shop.price("pro")}]
    shop.client.v1.subscriptions.update(bought.id, params={"items": items})
    shop.deliver()
    assert shop.plan("u1") == "pro"


def test_an_add_on_first_is_not_the_plan(shop):
    shop.subscribe("u2", "storage", "basic")
    assert shop.plan("u2") == "basic"


def test_a_refund_in_part_changes_nothing_one_in_full_ends_the_plan_and_its_failure_brings_it_back(shop):
    charge = shop.charge_of(shop.subscribe("u3", "pro"))
    shop.client.v1.refunds.create(params={"charge": charge, "amount": 400})
    shop.deliver()
    assert shop.plan("u3") == "pro"
    rest = shop.client.v1.refunds.create(params={"charge": charge})
    shop.deliver()
    assert shop.plan("u3") == "free"
    shop.does(f"test_helpers/refunds/{rest.id}/fail")
    assert shop.plan("u3") == "pro"
    assert shop.worker.documents.get(f"charges/{charge}")["refunded"] == 400


def test_the_next_payment_brings_a_refunded_plan_back(shop):
    bought = shop.subscribe("u4", "pro")
    shop.client.v1.refunds.create(params={"charge": shop.charge_of(bought)})
    shop.deliver()
    assert shop.plan("u4") == "free"
    shop.does(f"test_helpers/subscriptions/{bought.id}/recover")  # a renewal that is paid
    assert shop.plan("u4") == "pro"


@pytest.mark.parametrize(("end", "plan"), [("lost", "free"), ("won", "pro")])
def test_a_dispute_ends_the_plan_when_it_is_lost(shop, end, plan):
    dispute = shop.does(f"test_helpers/charges/{shop.charge_of(shop.subscribe(f'u5{end}', 'pro'))}/dispute")
    assert shop.plan(f"u5{end}") == "pro"
    shop.does(f"test_helpers/disputes/{dispute['id']}/close", status=end)
    assert shop.plan(f"u5{end}") == plan


def test_a_pause_is_seen(shop):
    bought = shop.subscribe("u6", "pro")
    shop.client.v1.subscriptions.update(bought.id, params={"pause_collection": {"behavior": "void"}})
    (found,) = shop.provider.subscriptions(bought.customer)
    assert found.is_paused
    shop.client.v1.subscriptions.update(bought.id, params={"pause_collection": ""})
    (found,) = shop.provider.subscriptions(bought.customer)
    assert not found.is_paused


def buy_once(shop, user: str, **more: Any) -> dict[str, Any]:
    lines: Any = [{"price": shop.price("pro_for_good", once=True)}]
    wanted: Any = {"mode": "payment", "client_reference_id": user, "line_items": lines, "customer_creation": "always"}
    made = shop.client.v1.checkout.sessions.create(params=wanted)
    done: dict[str, Any] = shop.does(f"test_helpers/checkout/sessions/{made.id}/complete", **more)
    return done


def test_a_payment_once_entitles_until_it_is_refunded(shop):
    session = buy_once(shop, "u7")
    assert shop.plan("u7") == "pro"
    shop.client.v1.refunds.create(params={"payment_intent": session["payment_intent"]})
    shop.deliver()
    assert shop.plan("u7") == "free"


def test_a_payment_that_takes_days_entitles_when_it_has_arrived(shop):
    session = buy_once(shop, "u8", delayed="true")
    assert shop.plan("u8") == "free"
    shop.does(f"test_helpers/checkout/sessions/{session['id']}/arrive")
    assert shop.plan("u8") == "pro"
