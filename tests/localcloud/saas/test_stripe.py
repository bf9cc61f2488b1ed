"""The payment provider, called by the official client."""

from __future__ import annotations

import json
import time

import pytest
import requests
import stripe

from handlers.senders import stripe_signatures


def until(true, seconds=8.0):
    deadline = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)
    return found


@pytest.fixture
def price(api):
    recurring = {"interval": "month"}
    wanted = {"currency": "eur", "unit_amount": 900, "lookup_key": "pro", "recurring": recurring}
    return api.prices.create({**wanted, "product_data": {"name": "Pro"}})


@pytest.fixture
def customer(api):
    return api.customers.create({"email": "ada@acme.test", "metadata": {"user_id": "u1"}})


@pytest.fixture
def subscription(api, customer, price):
    return api.subscriptions.create(
        {"customer": customer.id, "items": [{"price": price.id}], "metadata": {"plan": "pro"}}
    )


@pytest.fixture
def endpoint(api, receiver):
    made = api.webhook_endpoints.create({"url": receiver.url, "enabled_events": ["*"]})
    yield made
    api.webhook_endpoints.delete(made.id)


def test_a_subscription_carries_its_period_on_the_items(api, subscription):
    found = api.subscriptions.retrieve(subscription.id)
    assert (found.status, found["items"].data[0].price.lookup_key) == ("active", "pro")
    assert found["items"].data[0].current_period_end > time.time()
    assert not hasattr(found, "current_period_end")


def test_of_many_items_ten_are_shown_and_all_are_listed(api, customer):
    wanted = {
        "currency": "eur",
        "unit_amount": 1,
        "recurring": {"interval": "month"},
        "product_data": {"name": "Add-on"},
    }
    prices = [api.prices.create(wanted).id for _ in range(11)]
    made = api.subscriptions.create({"customer": customer.id, "items": [{"price": each} for each in prices]})
    (event,) = [each for each in api.events.list({"limit": 100}) if each.data.object.id == made.id]
    for shown in (made, api.subscriptions.retrieve(made.id), event.data.object):
        assert (len(shown["items"]["data"]), shown["items"]["has_more"]) == (10, True)
    every = api.subscription_items.list({"subscription": made.id, "limit": 100})
    assert [each.price.id for each in every.data] == prices


def test_an_ended_subscription_is_listed_only_when_all_are_asked_for(api, customer, subscription):
    api.subscriptions.cancel(subscription.id)
    assert not api.subscriptions.list({"customer": customer.id}).data
    (found,) = api.subscriptions.list({"customer": customer.id, "status": "all"}).data
    assert found.status == "canceled"


def test_a_price_without_its_items_id_is_one_more_to_pay(api, subscription):
    (first,) = subscription["items"].data
    other = api.prices.create({"currency": "eur", "unit_amount": 500, "product": first.price.product})
    both = api.subscriptions.update(subscription.id, {"items": [{"price": other.id}]})
    assert [each.price.id for each in both["items"].data] == [first.price.id, other.id]
    changed = api.subscriptions.update(subscription.id, {"items": [{"id": first.id, "deleted": True}]})
    assert [each.price.id for each in changed["items"].data] == [other.id]
    last = changed["items"].data[0].id
    renamed = api.subscriptions.update(subscription.id, {"items": [{"id": last, "price": first.price.id}]})
    assert [(each.id, each.price.id) for each in renamed["items"].data] == [(last, first.price.id)]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"cancel_at_period_end": "yes"}, "Invalid boolean: yes"),
        ({"proration_behavior": "all"}, "Invalid proration_behavior"),
        ({"items": [{"id": "si_nobody", "quantity": 2}]}, "No such subscription item: 'si_nobody'"),
        ({"items": "pro"}, "Invalid array"),
    ],
)
def test_what_a_subscription_cannot_become_is_refused(api, subscription, change, words):
    with pytest.raises(stripe.InvalidRequestError, match=words) as refused:
        api.subscriptions.update(subscription.id, change)
    assert refused.value.http_status == 400


def test_a_flag_that_is_neither_true_nor_false_is_refused(api, endpoint):
    with pytest.raises(stripe.InvalidRequestError, match="Invalid boolean: 1"):
        api.webhook_endpoints.update(endpoint.id, {"disabled": "1"})
    with pytest.raises(stripe.InvalidRequestError, match="Invalid boolean: no"):
        api.events.list({"delivery_success": "no"})
    with pytest.raises(stripe.InvalidRequestError, match="Invalid boolean: on"):
        api.products.list({"active": "on"})


def test_the_same_price_twice_and_no_price_at_all_are_refused(api, subscription):
    (first,) = subscription["items"].data
    with pytest.raises(stripe.InvalidRequestError, match="same plan"):
        api.subscriptions.update(subscription.id, {"items": [{"price": first.price.id}]})
    with pytest.raises(stripe.InvalidRequestError, match="at least one active plan"):
        api.subscriptions.update(subscription.id, {"items": [{"id": first.id, "deleted": True}]})


def test_a_new_subscription_keeps_what_it_was_told(api, subscription):
    price, customer = subscription["items"].data[0].price.id, subscription.customer
    told = {"customer": customer, "items": [{"price": price}], "description": "Team", "cancel_at_period_end": True}
    made = api.subscriptions.create(told)
    assert (made.description, made.cancel_at_period_end) == ("Team", True)
    with pytest.raises(stripe.APIError, match="by invoice"):
        api.subscriptions.create({**told, "collection_method": "send_invoice", "days_until_due": 30})


def test_every_change_makes_its_event(api, subscription):
    api.subscriptions.update(subscription.id, {"metadata": {"plan": "team"}})
    api.subscriptions.cancel(subscription.id)
    seen = [each.type for each in api.events.list({"limit": 5}).data]
    assert seen[:2] == ["customer.subscription.deleted", "customer.subscription.updated"]
    assert set(seen[2:4]) == {"customer.subscription.created", "invoice.paid"}


def test_an_invoice_names_its_subscription_below_parent(api, subscription):
    (invoice,) = api.invoices.list({"subscription": subscription.id}).data
    assert invoice.parent.subscription_details.subscription == subscription.id


def test_a_list_is_paged_by_cursors(api, customer):
    made = [api.customers.create({"email": "page@acme.test"}).id for _ in range(5)]
    wanted = {"email": "page@acme.test", "limit": 2}
    assert [each.id for each in api.customers.list(wanted).auto_paging_iter()] == made[::-1]
    before = api.customers.list({**wanted, "ending_before": made[0]})
    assert [each.id for each in before.data] == [made[2], made[1]]


def test_an_event_is_delivered_with_a_signature_that_the_official_library_takes(api, endpoint, receiver, subscription):
    headers, body = until(
        lambda: next((got for got in receiver.got if b"customer.subscription.created" in got[1]), None)
    )
    event = stripe.Webhook.construct_event(body, headers["stripe-signature"], endpoint.secret)
    assert event.data.object.id == subscription.id
    assert stripe_signatures.verify(headers["stripe-signature"], body, [endpoint.secret], time.time()) == 0


def test_the_secret_of_an_endpoint_is_told_once(api, endpoint):
    assert endpoint.secret.startswith("whsec_")
    assert not hasattr(api.webhook_endpoints.retrieve(endpoint.id), "secret")


def test_a_delivery_is_repeated_until_it_is_acknowledged(api, endpoint, receiver, raw):
    receiver.answers = [503, 302, 200]
    event = raw("POST", "/v1/test_helpers/events", {"type": "invoice.paid", "data": {"object": {"id": "in_1"}}}).json()
    undelivered = {"delivery_success": False, "type": "invoice.paid"}
    assert event["id"] in [each.id for each in api.events.list(undelivered).data]
    until(lambda: len(receiver.got) == 3)
    until(lambda: event["id"] not in [each.id for each in api.events.list(undelivered).data])
    assert len({body for _, body in receiver.got}) == 1


def test_an_event_can_be_delivered_once_more(endpoint, receiver, raw):
    made = raw("POST", "/v1/test_helpers/events", {"type": "invoice.paid", "data": {"object": {}}}).json()
    until(lambda: receiver.got)
    raw("POST", f"/v1/test_helpers/events/{made['id']}/resend")
    until(lambda: len(receiver.got) == 2)
    assert {json.loads(body)["id"] for _, body in receiver.got} == {made["id"]}


def test_an_endpoint_gets_only_the_events_it_asked_for(api, receiver, raw):
    made = api.webhook_endpoints.create({"url": receiver.url, "enabled_events": ["invoice.paid"]})
    for type_ in ("invoice.created", "invoice.paid"):
        raw("POST", "/v1/test_helpers/events", {"type": type_, "data": {"object": {}}})
    until(lambda: receiver.got)
    time.sleep(0.2)
    assert [json.loads(body)["type"] for _, body in receiver.got] == ["invoice.paid"]
    api.webhook_endpoints.delete(made.id)


def test_a_buyer_who_pays_completes_the_checkout(api, raw, price):
    session = api.checkout.sessions.create(
        {
            "mode": "subscription",
            "line_items": [{"price": price.id, "quantity": 1}],
            "client_reference_id": "u1",
            "customer_email": "ada@acme.test",
            "subscription_data": {"metadata": {"plan": "pro"}},
            "success_url": "https://acme.test/thanks",
        }
    )
    assert (session.status, session.subscription) == ("open", None)
    assert raw("POST", f"/v1/test_helpers/checkout/sessions/{session.id}/complete").status_code == 200
    done = api.checkout.sessions.retrieve(session.id)
    assert (done.status, done.payment_status) == ("complete", "paid")
    assert api.subscriptions.retrieve(done.subscription).metadata.plan == "pro"
    (event,) = api.events.list({"type": "checkout.session.completed", "limit": 1}).data
    assert event.data.object.client_reference_id == "u1"
    assert raw("POST", f"/v1/test_helpers/checkout/sessions/{session.id}/complete").status_code == 400


def test_a_declined_card_makes_the_subscription_past_due_until_it_recovers(api, raw, subscription):
    raw("POST", f"/v1/test_helpers/subscriptions/{subscription.id}/fail_payment")
    assert api.subscriptions.retrieve(subscription.id).status == "past_due"
    raw("POST", f"/v1/test_helpers/subscriptions/{subscription.id}/recover")
    assert api.subscriptions.retrieve(subscription.id).status == "active"
    types = [
        each.type for each in api.events.list({"types": ["invoice.paid", "invoice.payment_failed"], "limit": 2}).data
    ]
    assert types == ["invoice.paid", "invoice.payment_failed"]


def test_an_idempotency_key_makes_one_object(api):
    options = {"idempotency_key": "key-1"}
    first, again = (api.customers.create({"email": "once@acme.test"}, options) for _ in range(2))
    assert first.id == again.id
    with pytest.raises(stripe.IdempotencyError):
        api.customers.create({"email": "other@acme.test"}, options)


def test_what_is_not_there_is_said_in_stripes_words(api):
    with pytest.raises(stripe.InvalidRequestError) as in_path:
        api.customers.retrieve("cus_none")
    with pytest.raises(stripe.InvalidRequestError) as in_parameter:
        api.subscriptions.list({"customer": "cus_none"})
    assert (in_path.value.http_status, in_path.value.code) == (404, "resource_missing")
    assert (in_parameter.value.http_status, in_parameter.value.code) == (400, "resource_missing")


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/v1/customers", {"emial": "a@b.c"}, 400),
        ("POST", "/v1/subscriptions", {}, 400),
        ("POST", "/v1/subscriptions", {"customer": "cus_none"}, 400),
        ("POST", "/v1/prices", {"currency": "eur"}, 400),
        ("POST", "/v1/webhook_endpoints", {"url": "ftp://x", "enabled_events": ["*"]}, 400),
        ("POST", "/v1/webhook_endpoints", {"url": "https://x.test", "enabled_events": "all"}, 400),
        ("GET", "/v1/charges?customer=", None, 400),
        ("GET", "/v1/invoice_payments?payment[type]=payment_intent&payment[payment_intent]=", None, 400),
        ("GET", "/v1/events?limit=0", None, 400),
        ("GET", "/v1/events?limit=x", None, 400),
        ("GET", "/v1/events?starting_after=evt_none", None, 400),
        ("GET", "/v1/events?type=a&types[]=b", None, 400),
        ("GET", "/v1/events?created[near]=5", None, 400),
        ("GET", "/v1/events?" + "&".join(f"types[]=t{n}" for n in range(21)), None, 400),
        ("GET", "/v1/customers?expand[]=data.subscriptions", None, 501),
        ("POST", "/v1/payouts", {}, 501),
        ("POST", "/v1/checkout/sessions", {"mode": "setup"}, 501),
    ],
)
def test_what_the_real_one_refuses_or_the_rehearsal_does_not_do_is_refused(raw, method, path, body, status):
    answer = raw(method, path, body)
    assert answer.status_code == status
    assert answer.json()["error"]["message"]


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer sk_live_51abcdef"}, {"Authorization": "Basic !"}])
def test_without_a_test_key_nothing_is_answered_and_no_live_key_is_repeated(chosen, header):
    answer = requests.get(f"http://{chosen.address('stripe')}/v1/events", headers=header, timeout=5)
    assert answer.status_code == 401
    assert "51abcdef" not in answer.text


def test_the_history_tells_what_was_asked_and_never_by_which_key(raw):
    raw("POST", "/v1/customers", {"email": "seen@acme.test"}, **{"Idempotency-Key": "k-7"})
    last = raw.history()[-1]
    assert (last["method"], last["path"], last["status"]) == ("POST", "/v1/customers", 200)
    assert last["headers"]["idempotency-key"] == "k-7"
    assert "seen@acme.test" in last["body"]
    assert "sk_test_1" not in json.dumps(last)
    assert raw.history(since=last["seq"]) == []
