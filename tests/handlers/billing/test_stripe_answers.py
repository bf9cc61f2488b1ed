"""What Stripe may answer beside the common: long lists, charges without a payment intent, bills that nobody paid."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from handlers.billing.entitlement import Truth, block_of
from handlers.billing.payment_terms import PaymentTerms
from handlers.billing.plans import Plan, PlanTable
from handlers.billing.stripe_api import Stripe
from handlers.work.users import Billing

TABLE = PlanTable((Plan("basic", ("basic",)), Plan("pro", ("pro",), ("pro_for_good",))))
PAGE = 10  # objects of a list, as Stripe shows them unless more are asked for


def item(key: str, number: int = 0, quantity: int | None = 1) -> dict[str, Any]:
    bought = {} if quantity is None else {"quantity": quantity}
    return {"id": f"si_{key}{number}", "price": {"id": f"price_{key}", "lookup_key": key}, **bought}


def listed(things: list[Any]) -> dict[str, Any]:
    return {"object": "list", "data": things[:PAGE], "has_more": len(things) > PAGE}


def subscribed(*items: dict[str, Any], status: str = "active", invoice: str = "in_1") -> dict[str, Any]:
    return {
        "id": "sub_1",
        "customer": "cus_1",
        "status": status,
        "items": listed(list(items)),
        "latest_invoice": invoice,
    }


class Account:
    """A Stripe that holds lists by their paths, and refuses an empty parameter as Stripe does."""

    def __init__(self) -> None:
        self.lists: dict[str, list[dict[str, Any]]] = {}
        self.gone: list[str] = []
        self.unknown: list[str] = []

    def answer(self, request: Request) -> JSONResponse:
        if "" in request.query_params.values():
            return JSONResponse({"error": {"code": "parameter_invalid_empty"}}, 400)
        about = request.query_params.get("customer") or request.url.path.rpartition("/customers/")[2]
        if about in self.gone and "/customers/" in request.url.path:
            return JSONResponse({"id": about, "object": "customer", "deleted": True})
        if about in (*self.gone, *self.unknown):
            return JSONResponse({"error": {"code": "resource_missing", "message": f"No such customer: '{about}'"}}, 404)
        wanted = {
            name: value for name, value in request.query_params.items() if name in {"status", "invoice", "charge"}
        }
        found = [
            each
            for each in self.lists.get(request.url.path, [])
            if all(each.get(name, value) == value or value == "all" for name, value in wanted.items())
        ]
        return JSONResponse({"object": "list", "data": found, "has_more": False})

    def paid(self, invoice: str, charge: str, refunded: int = 0, intent: str | None = "pi_1", **more: Any) -> None:
        """Have an invoice be paid by a charge of 900."""
        known = {"id": charge, "payment_intent": intent, "amount": 900, "amount_refunded": refunded, **more}
        payment = (
            {"type": "payment_intent", "payment_intent": intent} if intent else {"type": "charge", "charge": charge}
        )
        self.lists.setdefault("/v1/charges", []).append(known)
        self.lists.setdefault("/v1/invoice_payments", []).append({"invoice": invoice, "payment": payment})
        if refunded:
            given_back = {"charge": charge, "amount": refunded, "status": "succeeded"}
            self.lists.setdefault("/v1/refunds", []).append(given_back)

    def billed(self, *invoices: dict[str, Any]) -> None:
        """Have bills, the newest first."""
        self.lists["/v1/invoices"] = [
            {"billing_reason": "subscription_cycle", "total": 900, **each} for each in invoices
        ]


@pytest.fixture
def account() -> Account:
    return Account()


@pytest.fixture
def stripe(account, serve, secret_cache) -> Stripe:
    return Stripe(secret_cache, "test", serve([Route("/{path:path}", account.answer)]))


@pytest.fixture
def plan(account, stripe, clock):
    """Return what a subscription entitles to, by what Stripe answers."""

    def found(subscription: dict[str, Any]) -> str:
        account.lists["/v1/subscriptions"] = [subscription]
        truth = Truth(stripe.subscriptions("cus_1") or ())
        return block_of(Billing(), truth, PaymentTerms("", table=TABLE), clock()).plan

    return found


def test_the_plan_may_be_the_eleventh_item(account, stripe, plan):
    items = [*(item("storage", number) for number in range(PAGE)), item("pro")]
    account.lists["/v1/subscription_items"] = items
    assert plan(subscribed(*items)) == "pro"
    for found in (*stripe.all_subscriptions(), *stripe.subscription_page()[0]):
        assert [price.lookup_key for price in found.prices] == [*["storage"] * PAGE, "pro"]


@pytest.mark.parametrize(("quantity", "expected"), [(0, "basic"), (1, "pro"), (3, "pro"), (None, "pro")])
def test_an_item_of_which_nothing_is_bought_entitles_to_nothing(plan, quantity, expected):
    assert plan(subscribed(item("basic"), item("pro", quantity=quantity))) == expected


@pytest.mark.parametrize(("quantity", "expected"), [(0, "free"), (1, "pro"), (None, "pro")])
def test_without_a_table_too_what_is_not_bought_is_no_plan(account, stripe, clock, quantity, expected):
    account.lists["/v1/subscriptions"] = [subscribed(item("pro", quantity=quantity), invoice="")]
    truth = Truth(stripe.subscriptions("cus_1") or ())
    assert block_of(Billing(), truth, PaymentTerms(""), clock()).plan == expected


@pytest.mark.parametrize("intent", ["pi_1", None])
def test_a_payment_of_any_kind_that_was_refunded_ends_the_plan(account, plan, intent):
    account.billed({"id": "in_1", "status": "paid"})
    account.paid("in_1", "ch_1", 900, intent)
    assert plan(subscribed(item("pro"))) == "free"


def test_a_refund_of_another_thing_without_a_payment_intent_changes_nothing(account, stripe, plan):
    account.billed({"id": "in_1", "status": "paid"})
    account.paid("in_1", "ch_1")
    account.paid("in_of_something_else", "ch_2", 900, None)
    assert plan(subscribed(item("pro"))) == "pro"
    free = {"id": "cs_1", "customer": "cus_1", "mode": "payment", "payment_status": "no_payment_required"}
    account.lists["/v1/checkout/sessions"] = [{**free, "payment_intent": None}]
    account.lists["/v1/checkout/sessions/cs_1/line_items"] = [item("pro_for_good")]
    assert [each.reversal for each in stripe.purchases("cus_1")] == [""]


@pytest.mark.parametrize("status", ["draft", "open", "void", "uncollectible"])
@pytest.mark.parametrize("subscription", ["active", "past_due"])
def test_a_later_bill_that_nobody_paid_does_not_bring_a_refunded_plan_back(account, plan, status, subscription):
    account.billed({"id": "in_2", "status": status}, {"id": "in_1", "status": "paid"})
    account.paid("in_1", "ch_1", 900)
    assert plan(subscribed(item("pro"), status=subscription, invoice="in_2")) == "free"


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        ({}, "pro"),
        ({"billing_reason": "subscription_update"}, "pro"),
        ({"total": 0}, "pro"),  # a period that a coupon paid
        ({"total": 0, "billing_reason": "subscription_update"}, "free"),  # another quantity, or an add-on for nothing
        ({"total": 0, "billing_reason": "manual"}, "free"),
    ],
)
def test_the_next_payment_brings_it_back_and_a_change_for_nothing_is_no_payment(account, plan, later, expected):
    account.billed({"id": "in_2", "status": "paid", **later}, {"id": "in_1", "status": "paid"})
    account.paid("in_1", "ch_1", 900)
    assert plan(subscribed(item("pro"), invoice="in_2")) == expected


@pytest.mark.parametrize(("second", "expected"), [(0, "pro"), (900, "free")])
def test_of_a_bill_that_two_payments_settled_one_given_back_is_a_refund_in_part(account, plan, second, expected):
    account.billed({"id": "in_1", "status": "paid"})
    account.paid("in_1", "ch_1", 900)
    account.paid("in_1", "ch_2", second, "pi_2")
    assert plan(subscribed(item("pro"))) == expected


def test_a_bill_that_was_paid_outside_of_stripe_is_paid(account, plan):
    account.billed({"id": "in_2", "status": "paid"}, {"id": "in_1", "status": "paid"})
    account.paid("in_1", "ch_1", 900)
    assert plan(subscribed(item("pro"), invoice="in_2")) == "pro"


def test_a_customer_that_was_deleted_at_stripe_pays_nothing_and_one_that_is_not_there_is_not_known(account, stripe):
    """A founder deletes a customer in the dashboard: its plan ends, and the event does not wait for days."""
    account.gone, account.unknown = ["cus_1"], ["cus_2"]
    assert stripe.subscriptions("cus_1") == ()
    assert stripe.subscriptions("cus_2") is None
