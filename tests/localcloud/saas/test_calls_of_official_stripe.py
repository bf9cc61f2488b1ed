"""The calls of Stripe's official client against the stand-in: each works, or says at once that it does not.

Never a hang, a 404 for what Stripe has, or a 400 for what Stripe takes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import requests
import stripe

from localcloud.saas.stripe import parameters
from localcloud.saas.stripe.app import app
from localcloud.saas.stripe.ledger import Ledger
from tests.localcloud.saas import official_parameters

NOT_DONE = re.compile(r"The rehearsal's Stripe does not do .+\.")


class Account:
    """An account with one of everything; each call of the list begins with what the ones before have left."""

    def __init__(self, api: Any, raw: Any) -> None:
        self.api, self.raw = api, raw
        self.customer = api.customers.create({"email": "list@acme.test"})
        self.product = api.products.create({"name": "Plan"})
        recurring: Any = {"currency": "eur", "unit_amount": 900, "recurring": {"interval": "month"}}
        self.price = api.prices.create({**recurring, "product": self.product.id, "lookup_key": "list"})
        self.other = api.prices.create({**recurring, "product": self.product.id})
        self.bought = self.subscribe(self.customer.id)
        self.item = self.bought["items"]["data"][0]
        self.charge = api.charges.list({"customer": self.customer.id}).data[0]
        self.refund = api.refunds.create({"charge": self.charge.id, "amount": 100})
        self.dispute = raw("POST", f"/v1/test_helpers/charges/{self.charge.id}/dispute").json()["id"]
        self.invoice = api.invoices.list({"customer": self.customer.id}).data[0]
        self.session = api.checkout.sessions.create(self.once())
        self.hook = api.webhook_endpoints.create({"url": "https://a.test/h", "enabled_events": ["invoice.paid"]})

    def subscribe(self, customer: str) -> Any:
        return self.api.subscriptions.create({"customer": customer, "items": [{"price": self.price.id}]})

    def once(self) -> Any:
        return {"mode": "subscription", "line_items": [{"price": self.price.id, "quantity": 1}]}

    def bare(self) -> Any:
        return self.api.customers.create({"email": "bare@acme.test"})


@pytest.fixture(scope="module")
def account(chosen: Any) -> Account:
    address = f"http://{chosen.address('stripe')}"
    client = stripe.StripeClient("sk_test_1", base_addresses={"api": address}, max_network_retries=0)

    def raw(method: str, path: str) -> Any:
        return requests.request(method, address + path, headers={"Authorization": "Bearer sk_test_1"}, timeout=5)

    return Account(client.v1, raw)


Act = Callable[[Any, Account], Any]
WORKS: dict[str, Act] = {
    "customers.create": lambda api, it: api.customers.create({"email": "new@acme.test", "metadata": {"a": "b"}}),
    "customers.retrieve": lambda api, it: api.customers.retrieve(it.customer.id),
    "customers.update": lambda api, it: api.customers.update(it.customer.id, {"name": "Ada"}),
    "customers.list": lambda api, it: api.customers.list({"limit": 3}),
    "customers.search": lambda api, it: api.customers.search({"query": "email:'list@acme.test'"}),
    "customers.delete": lambda api, it: api.customers.delete(it.bare().id),
    "products.create": lambda api, it: api.products.create({"name": "Other"}),
    "products.retrieve": lambda api, it: api.products.retrieve(it.product.id),
    "products.update": lambda api, it: api.products.update(it.product.id, {"description": "Seats"}),
    "products.list": lambda api, it: api.products.list({"active": True}),
    "products.search": lambda api, it: api.products.search({"query": "name:'Plan'"}),
    "products.delete": lambda api, it: api.products.delete(api.products.create({"name": "Gone"}).id),
    "prices.create": lambda api, it: api.prices.create({"currency": "eur", "unit_amount": 5, "product": it.product.id}),
    "prices.retrieve": lambda api, it: api.prices.retrieve(it.price.id),
    "prices.update": lambda api, it: api.prices.update(it.price.id, {"nickname": "Monthly"}),
    "prices.list": lambda api, it: api.prices.list({"lookup_keys": ["list"]}),
    "prices.search": lambda api, it: api.prices.search({"query": f"product:'{it.product.id}'"}),
    "subscriptions.create": lambda api, it: it.subscribe(it.bare().id),
    "subscriptions.retrieve": lambda api, it: api.subscriptions.retrieve(it.bought.id),
    "subscriptions.update": lambda api, it: api.subscriptions.update(it.bought.id, {"metadata": {"seats": "2"}}),
    "subscriptions.update, paused": lambda api, it: api.subscriptions.update(
        it.bought.id, {"pause_collection": {"behavior": "void"}}
    ),
    "subscriptions.list": lambda api, it: api.subscriptions.list({"customer": it.customer.id, "status": "all"}),
    "subscriptions.search": lambda api, it: api.subscriptions.search({"query": "status:'active'"}),
    "subscriptions.cancel": lambda api, it: api.subscriptions.cancel(it.subscribe(it.bare().id).id),
    "subscription_items.list": lambda api, it: api.subscription_items.list({"subscription": it.bought.id}),
    "subscription_items.retrieve": lambda api, it: api.subscription_items.retrieve(it.item["id"]),
    "subscription_items.update": lambda api, it: api.subscription_items.update(it.item["id"], {"quantity": 3}),
    "subscription_items.create and delete": lambda api, it: api.subscription_items.delete(
        api.subscription_items.create({"subscription": it.bought.id, "price": it.other.id}).id
    ),
    "invoices.retrieve": lambda api, it: api.invoices.retrieve(it.invoice.id),
    "invoices.list": lambda api, it: api.invoices.list({"customer": it.customer.id}),
    "invoices.search": lambda api, it: api.invoices.search({"query": "total>0"}),
    "charges.retrieve": lambda api, it: api.charges.retrieve(it.charge.id),
    "charges.update": lambda api, it: api.charges.update(it.charge.id, {"description": "Seats"}),
    "charges.list": lambda api, it: api.charges.list({"customer": it.customer.id}),
    "charges.search": lambda api, it: api.charges.search({"query": f"customer:'{it.customer.id}'"}),
    "refunds.create": lambda api, it: api.refunds.create({"charge": it.charge.id, "amount": 50}),
    "refunds.create, with metadata": lambda api, it: api.refunds.create(
        {"charge": it.charge.id, "amount": 50, "metadata": {"why": "late"}}
    ),
    "refunds.retrieve": lambda api, it: api.refunds.retrieve(it.refund.id),
    "refunds.update": lambda api, it: api.refunds.update(it.refund.id, {"metadata": {"why": "late"}}),
    "refunds.list": lambda api, it: api.refunds.list({"charge": it.charge.id}),
    "disputes.retrieve": lambda api, it: api.disputes.retrieve(it.dispute),
    "disputes.list": lambda api, it: api.disputes.list({"charge": it.charge.id}),
    "disputes.update": lambda api, it: api.disputes.update(it.dispute, {"evidence": {"customer_name": "Ada"}}),
    "disputes.close": lambda api, it: api.disputes.close(it.dispute),
    "billing_portal.sessions.create": lambda api, it: api.billing_portal.sessions.create({"customer": it.customer.id}),
    "checkout.sessions": lambda api, it: (
        api.checkout.sessions.retrieve(it.session.id),
        api.checkout.sessions.list({"limit": 3}),
        api.checkout.sessions.line_items.list(it.session.id),
    ),
    "events": lambda api, it: api.events.retrieve(api.events.list({"limit": 1}).data[0].id),
    "webhook_endpoints": lambda api, it: (
        api.webhook_endpoints.retrieve(it.hook.id),
        api.webhook_endpoints.update(it.hook.id, {"enabled_events": ["*"]}),
        api.webhook_endpoints.list({"limit": 3}),
        api.webhook_endpoints.delete(it.hook.id),
    ),
}
REFUSED: dict[str, Act] = {
    "coupons.create": lambda api, it: api.coupons.create({"percent_off": 5}),
    "payment_intents.create": lambda api, it: api.payment_intents.create({"amount": 5, "currency": "eur"}),
    "setup_intents.create": lambda api, it: api.setup_intents.create(),
    "payment_links.list": lambda api, it: api.payment_links.list(),
    "balance.retrieve": lambda api, it: api.balance.retrieve(),
    "invoices.create": lambda api, it: api.invoices.create({"customer": it.customer.id}),
    "invoices.create_preview": lambda api, it: api.invoices.create_preview({"customer": it.customer.id}),
    "invoices.void_invoice": lambda api, it: api.invoices.void_invoice(it.invoice.id),
    "invoice_items.create": lambda api, it: api.invoice_items.create({"customer": it.customer.id}),
    "subscriptions.resume": lambda api, it: api.subscriptions.resume(it.bought.id),
    "subscription_schedules.list": lambda api, it: api.subscription_schedules.list(),
    "refunds.cancel": lambda api, it: api.refunds.cancel(it.refund.id),
    "charges.capture": lambda api, it: api.charges.capture(it.charge.id),
    "checkout.sessions.expire": lambda api, it: api.checkout.sessions.expire(it.session.id),
    "billing_portal.configurations.list": lambda api, it: api.billing_portal.configurations.list(),
    "customers.create, tax_exempt": lambda api, it: api.customers.create({"tax_exempt": "none"}),
    "subscriptions.update, days_until_due": lambda api, it: api.subscriptions.update(
        it.bought.id, {"days_until_due": 3}
    ),
    "charges.list, by date": lambda api, it: api.charges.list({"transfer_group": "x"}),
    "customers.retrieve, expanded": lambda api, it: api.customers.retrieve(it.customer.id, {"expand": ["sources"]}),
}


@pytest.mark.parametrize("call", WORKS)
def test_a_call_of_the_official_client_works(account: Account, call: str) -> None:
    WORKS[call](account.api, account)


@pytest.mark.parametrize("call", REFUSED)
def test_a_call_that_is_not_rehearsed_says_so_and_is_no_mistake_of_the_caller(account: Account, call: str) -> None:
    with pytest.raises(stripe.APIError) as refused:
        REFUSED[call](account.api, account)
    assert refused.value.http_status == 501
    assert NOT_DONE.search(str(refused.value.user_message))


def test_a_parameter_that_stripe_does_not_have_either_is_the_callers_mistake(account: Account) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="Received unknown parameter: emial"):
        account.api.customers.create({"emial": "a@b.c"})


def test_the_parameters_of_every_call_are_those_of_the_official_client(world: Any) -> None:
    routes = app(Ledger(world, lambda: 0.0), lambda: None)._app.routes
    wanted = {
        (method, route.path)
        for route in routes
        for method in route.methods - {"HEAD"}
        if route.path.startswith("/v1/") and "/test_helpers/" not in route.path
    }
    assert set(parameters.table()) == wanted
    assert parameters.table() == official_parameters.table(wanted)
