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
def make_shop(address, documents, queue, secret_cache: SecretCache, accounts, terms, clock, log):
    """Return a maker of shops by the table of plans."""
    provider = Stripe(secret_cache, "test", address)

    def make(table: PlanTable) -> Shop:
        payments = Payments(documents, provider, accounts, replace(terms, mode="test", table=table), clock)
        return Shop(address, provider, Worker(documents, queue, payments.prepare, {}, clock, log))

    return make


@pytest.fixture
def shop(make_shop):
    return make_shop(TABLE)


@pytest.fixture
def shop_that_keeps(make_shop):
    return make_shop(replace(TABLE, dispute_lost="keep"))


def test_an_upgrade_in_the_portal_leaves_the_metadata_and_raises_the_plan(shop):
    bought = shop.subscribe("u1", "basic")
    assert shop.plan("u1") == "basic"
    items: Any = [{"id": bought["items"]["data"][0]["id"], "price": shop.price("pro")}]
    shop.client.v1.subscriptions.update(bought.id, params={"items": items})
    shop.deliver()
    assert shop.plan("u1") == "pro"


def test_an_add_on_first_is_not_the_plan(shop):
    shop.subscribe("u2", "storage", "basic")
    assert shop.plan("u2") == "basic"


def test_the_plan_may_be_the_eleventh_item(shop):
    shop.subscribe("u31", *(f"storage{number}" for number in range(10)), "pro")
    assert shop.plan("u31") == "pro"


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


def test_a_bill_that_is_not_paid_does_not_bring_a_refunded_plan_back(shop):
    bought = shop.subscribe("u30", "pro")
    shop.client.v1.refunds.create(params={"charge": shop.charge_of(bought)})
    shop.does(f"test_helpers/subscriptions/{bought.id}/fail_payment")
    assert shop.plan("u30") == "free"
    shop.does(f"test_helpers/subscriptions/{bought.id}/recover")
    assert shop.plan("u30") == "pro"


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


def lost_and_then_won(shop, user: str, charge: str) -> tuple[str, ...]:
    """Have the bank decide for the buyer and then for the shop; return the plans after each."""
    dispute = shop.does(f"test_helpers/charges/{charge}/dispute")["id"]
    shop.does(f"test_helpers/disputes/{dispute}/close", status="lost")
    after_loss = shop.plan(user)
    shop.does(f"test_helpers/disputes/{dispute}/close", status="won")
    return after_loss, shop.plan(user), shop.worker.documents.get(f"charges/{charge}")["disputes"][dispute]["status"]


def test_a_dispute_that_is_lost_and_then_won_brings_the_plan_back(shop):
    charge = shop.charge_of(shop.subscribe("u9", "pro"))
    assert lost_and_then_won(shop, "u9", charge) == ("free", "pro", "won")
    mails = [kept["payload"].get("subject", "") for kept in shop.worker.documents.of("outbox").values()]
    told = [subject.partition(":")[0] for subject in mails if subject.startswith("Dispute")]
    assert sorted(told) == ["Dispute lost", "Dispute needs_response", "Dispute won"]


def test_a_purchase_whose_dispute_is_lost_and_then_won_entitles_again(shop):
    session = buy_once(shop, "u10")
    wanted: Any = {"payment_intent": session["payment_intent"]}
    charge = shop.client.v1.charges.list(params=wanted).data[0].id
    assert lost_and_then_won(shop, "u10", str(charge)) == ("free", "pro", "won")


def test_where_a_lost_dispute_keeps_the_plan_its_reversal_changes_nothing(shop_that_keeps):
    charge = shop_that_keeps.charge_of(shop_that_keeps.subscribe("u11", "pro"))
    assert lost_and_then_won(shop_that_keeps, "u11", charge) == ("pro", "pro", "won")


@pytest.mark.parametrize("kind", ["closed", "funds_reinstated", "updated"])
def test_any_one_event_of_a_reversed_dispute_is_enough(shop, kind):
    user = f"u12{kind}"
    charge = shop.charge_of(shop.subscribe(user, "pro"))
    dispute = shop.does(f"test_helpers/charges/{charge}/dispute")["id"]
    shop.does(f"test_helpers/disputes/{dispute}/close", status="lost")
    shop.client.raw_request("post", f"/v1/test_helpers/disputes/{dispute}/close", status="won")
    others = [each["id"] for each in shop._events() if each["type"] != f"charge.dispute.{kind}"]
    shop.seen.update(others)
    if kind == "updated":
        thing = shop.client.v1.disputes.retrieve(dispute).to_dict()
        shop.does("test_helpers/events", type="charge.dispute.updated", data={"object": thing})
    shop.deliver()
    assert shop.plan(user) == "pro"
    assert shop.worker.documents.get(f"charges/{charge}")["disputes"][dispute]["status"] == "won"


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
