"""What the official client asks for beside the handlers' own calls, and that objects are whole as it wants them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import stripe

FIELDS = json.loads((Path(__file__).parent / "stripe_fields.json").read_text())["fields"]
MOVED = {"invoice.subscription"}  # to `parent`, by the version itself (docs.stripe.com/changelog/basil)


@pytest.fixture
def price(api):
    product = api.products.create({"name": "Plan", "metadata": {"team": "blue"}})
    made = {"currency": "eur", "unit_amount": 900, "recurring": {"interval": "month"}, "product": product.id}
    return api.prices.create(made)


@pytest.fixture
def subscription(api, price):
    customer = api.customers.create({"email": "shape@acme.test", "metadata": {"user": "shape-1"}})
    return api.subscriptions.create({"customer": customer.id, "items": [{"price": price.id, "quantity": 2}]})


def events(api, *types):
    return [each for each in api.events.list({"limit": 100}) if each.type in types]


def lacking(thing):
    """The fields that an object of Stripe's has and this one has not, also in what is inside of it."""
    found = []
    if isinstance(thing, dict):
        kind = thing.get("object") if isinstance(thing.get("object"), str) else ""
        found += [f"{kind}.{name}" for name in FIELDS.get(kind, ()) if name not in thing]
        found += [each for value in thing.values() for each in lacking(value)]
    if isinstance(thing, list):
        found += [each for value in thing for each in lacking(value)]
    return sorted(set(found) - MOVED)


def test_every_object_and_event_has_all_fields_of_its_kind(api, raw, subscription):
    session = api.checkout.sessions.create(
        {"mode": "subscription", "line_items": [{"price": subscription["items"]["data"][0].price.id, "quantity": 1}]}
    )
    raw("POST", f"/v1/test_helpers/checkout/sessions/{session.id}/complete")
    raw("POST", f"/v1/test_helpers/subscriptions/{subscription.id}/fail_payment")
    charge = api.charges.list({"customer": subscription.customer}).data[0]
    refund = api.refunds.create({"charge": charge.id, "amount": 100})
    raw("POST", f"/v1/test_helpers/refunds/{refund.id}/fail")
    dispute = raw("POST", f"/v1/test_helpers/charges/{charge.id}/dispute").json()
    raw("POST", f"/v1/test_helpers/disputes/{dispute['id']}/close")
    listed = raw("GET", "/v1/events?limit=100").json()["data"]
    kinds = {each["data"]["object"]["object"] for each in listed}
    assert {"customer", "subscription", "invoice", "checkout.session", "charge", "refund", "dispute"} <= kinds
    assert lacking(listed) == []
    lines = raw("GET", f"/v1/checkout/sessions/{session.id}/line_items").json()["data"]
    payments = raw("GET", "/v1/invoice_payments").json()["data"]
    hook = raw("POST", "/v1/webhook_endpoints", {"url": "https://a.test/h", "enabled_events": ["invoice.paid"]}).json()
    raw("DELETE", f"/v1/webhook_endpoints/{hook['id']}")
    assert lacking([lines, payments, hook]) == []


def test_items_are_added_changed_and_taken_away(api, price, subscription):
    (item,) = api.subscription_items.list({"subscription": subscription.id}).data
    assert (item.subscription, item.quantity) == (subscription.id, 2)
    changed = api.subscription_items.update(item.id, {"quantity": 5, "metadata": {"seats": "5"}})
    assert (changed.quantity, changed.metadata["seats"]) == (5, "5")
    other = api.prices.create({"currency": "eur", "unit_amount": 100, "product": price.product})
    added = api.subscription_items.create({"subscription": subscription.id, "price": other.id})
    assert api.subscription_items.retrieve(added.id).price.id == other.id
    with pytest.raises(stripe.InvalidRequestError, match="Cannot add multiple subscription items"):
        api.subscription_items.create({"subscription": subscription.id, "price": other.id})
    assert api.subscription_items.delete(item.id).deleted
    with pytest.raises(stripe.InvalidRequestError, match="at least one active plan"):
        api.subscription_items.delete(added.id)
    with pytest.raises(stripe.InvalidRequestError, match="No such subscription_item"):
        api.subscription_items.retrieve(item.id)
    updates = [each.data.object["id"] for each in events(api, "customer.subscription.updated")]
    assert updates.count(subscription.id) == 3


def test_collection_is_paused_and_goes_on(api, subscription):
    paused = api.subscriptions.update(subscription.id, {"pause_collection": {"behavior": "void"}})
    assert paused.pause_collection["behavior"] == "void"
    assert api.subscriptions.update(subscription.id, {"pause_collection": ""}).pause_collection is None


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("email:'shape@acme.test'", True),
        ("email:'SHAPE@acme.test' AND metadata['user']:'shape-1'", True),
        ("email:'shape@acme.test' metadata['user']:'other'", False),
        ('email:\'nobody@acme.test\' OR metadata["user"]:"shape-1"', True),
        ("email~'shape@'", True),
        ("-email:'shape@acme.test'", False),
        ("created>1000 AND email:'shape@acme.test'", True),
        ("name:null AND email:'shape@acme.test'", True),
    ],
)
def test_customers_are_searched_for(api, subscription, query, found):
    listed = api.customers.search({"query": query, "limit": 100})
    assert (subscription.customer in [each.id for each in listed.auto_paging_iter()]) is found


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("phones:'1'", "unsupported search field"),
        ("email=a", "unable to parse"),
        ("name:'a' AND name:'b' OR name:'c'", "not by both"),
    ],
)
def test_a_search_that_stripe_does_not_read_is_refused(api, query, words):
    with pytest.raises(stripe.InvalidRequestError, match=words):
        api.customers.search({"query": query})


def test_other_kinds_are_searched_for_too(api, price, subscription):
    assert api.subscriptions.search({"query": "status:'active'"}).data
    assert api.products.search({"query": "metadata['team']:'blue'"}).data
    assert api.prices.search({"query": f"product:'{price.product}'"}).data[0].id == price.id
    assert api.charges.search({"query": f"customer:'{subscription.customer}'"}).data
    assert api.invoices.search({"query": "total>0"}).data


def test_a_customer_is_sent_to_the_portal(api, subscription):
    session = api.billing_portal.sessions.create({"customer": subscription.customer, "return_url": "https://a.test"})
    assert session.url.startswith("https://billing.stripe.com/p/session/")
    with pytest.raises(stripe.InvalidRequestError, match="No such customer"):
        api.billing_portal.sessions.create({"customer": "cus_nobody"})


def test_products_and_prices_are_changed_and_ended(api, price):
    assert api.products.update(price.product, {"name": "Renamed", "active": False}).active is False
    assert price.product in [each.id for each in api.products.list({"active": False, "limit": 100})]
    assert api.prices.update(price.id, {"active": False, "nickname": "old"}).nickname == "old"
    with pytest.raises(stripe.InvalidRequestError, match="cannot be deleted"):
        api.products.delete(price.product)
    bare = api.products.create({"name": "Bare"})
    assert api.products.delete(bare.id).deleted


def test_refunds_and_disputes_are_looked_at_and_answered(api, raw, subscription):
    charge = api.charges.list({"customer": subscription.customer}).data[0]
    refund = api.refunds.create({"charge": charge.id, "amount": 100})
    assert api.refunds.retrieve(refund.id).amount == 100
    assert api.refunds.update(refund.id, {"metadata": {"why": "late"}}).metadata["why"] == "late"
    assert api.charges.update(charge.id, {"description": "Seats"}).description == "Seats"
    dispute = raw("POST", f"/v1/test_helpers/charges/{charge.id}/dispute").json()
    answered = api.disputes.update(dispute["id"], {"evidence": {"customer_name": "Ada"}})
    assert (answered.status, answered.evidence.customer_name) == ("under_review", "Ada")
    assert api.disputes.close(dispute["id"]).status == "lost"
    with pytest.raises(stripe.InvalidRequestError, match="already closed"):
        api.disputes.close(dispute["id"])


def test_what_the_stand_in_does_not_do_is_said_at_once(api):
    for call in (lambda: api.coupons.create({"percent_off": 5}), lambda: api.payment_links.list()):
        with pytest.raises(stripe.APIError, match="The rehearsal's Stripe does not do"):
            call()
