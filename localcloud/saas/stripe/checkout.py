"""Checkout sessions: a buyer begins a subscription, or pays once, at once or by a method that takes days.

See docs.stripe.com/api/checkout/sessions/object. A session of mode `payment` has a customer only when it was made with
one or with `customer_creation=always`. A delayed payment completes the session `unpaid`, and
`checkout.session.async_payment_succeeded` tells when the money is there.
"""

from __future__ import annotations

from typing import Any

from localcloud.saas.object_store import StoredObject
from localcloud.saas.stripe.calls import Call, Operation
from localcloud.saas.stripe.errors import StripeError, not_done
from localcloud.saas.stripe.ledger import Ledger
from localcloud.saas.stripe.paging import PARAMETERS as PAGING
from localcloud.saas.stripe.paging import page
from localcloud.saas.stripe.payments import Payments
from localcloud.saas.stripe.subscriptions import Subscriptions

BASE = "/v1/test_helpers/checkout/sessions"
SESSION = frozenset(
    {"mode", "success_url", "cancel_url", "return_url", "ui_mode", "line_items", "customer", "customer_email"}
    | {"client_reference_id", "metadata", "subscription_data", "allow_promotion_codes", "locale", "customer_creation"}
)
HIDDEN = frozenset({"line_items_wanted", "subscription_metadata"})


class Checkout:
    """The account's checkout sessions."""

    def __init__(self, ledger: Ledger, subscriptions: Subscriptions, payments: Payments) -> None:
        self._ledger = ledger
        self._subscriptions = subscriptions
        self._payments = payments

    def operations(self) -> list[Operation]:
        """Return what can be called."""
        listed = PAGING | {"customer", "status", "payment_intent", "subscription"}
        return [
            Operation("POST", "/v1/checkout/sessions", self._create, SESSION),
            Operation("GET", "/v1/checkout/sessions", self._list, listed),
            Operation("GET", "/v1/checkout/sessions/{id}", self._session),
            Operation("GET", "/v1/checkout/sessions/{id}/line_items", self._line_items, PAGING),
            Operation("POST", f"{BASE}/{{id}}/complete", self._complete, frozenset({"delayed"})),
            Operation("POST", f"{BASE}/{{id}}/arrive", self._arrive),
        ]

    def _create(self, call: Call) -> StoredObject:
        wanted = call.wanted
        if wanted.get("mode") not in {"subscription", "payment"}:
            raise not_done("checkout sessions of another mode than subscription and payment")
        if "customer" in wanted:
            self._subscriptions.customer(str(wanted["customer"]))
        items = self._subscriptions.items(wanted.get("line_items"), 0)
        is_subscription = wanted["mode"] == "subscription"
        if any((item["price"]["type"] == "recurring") != is_subscription for item in items):
            raise StripeError(400, f"The prices do not fit a session of mode {wanted['mode']}.", param="line_items")
        fields = {
            "client_reference_id": wanted.get("client_reference_id"),
            "customer": wanted.get("customer"),
            "customer_creation": wanted.get("customer_creation", "if_required"),
            "customer_email": wanted.get("customer_email"),
            "line_items_wanted": wanted["line_items"],
            "metadata": wanted.get("metadata", {}),
            "mode": wanted["mode"],
            "payment_intent": None,
            "payment_status": "unpaid",
            "status": "open",
            "subscription": None,
            "subscription_metadata": (wanted.get("subscription_data") or {}).get("metadata", {}),
            "success_url": wanted.get("success_url"),
        }
        return shown(self._ledger.new("checkout.session", "cs_test", fields))

    def _session(self, call: Call) -> StoredObject:
        return shown(self._ledger.need("checkout.session", call.path["id"]))

    def _list(self, call: Call) -> StoredObject:
        wanted = {name: str(value) for name, value in call.wanted.items() if name not in PAGING}
        found = [shown(each) for each in self._ledger.newest_first("checkout.session", **wanted)]
        return page(found, call.wanted, "/v1/checkout/sessions")

    def _line_items(self, call: Call) -> StoredObject:
        session = self._ledger.need("checkout.session", call.path["id"])
        items = [_line(item) for item in self._subscriptions.items(session["line_items_wanted"], 0)]
        return page(items, call.wanted, f"/v1/checkout/sessions/{session['id']}/line_items")

    def _complete(self, call: Call) -> StoredObject:
        """Do what a buyer does who pays: the session ends, customer and subscription begin."""
        session = self._ledger.need("checkout.session", call.path["id"])
        if session["status"] != "open":
            raise StripeError(400, f"The session is {session['status']} and cannot be completed.")
        customer = self._customer_of(session)
        done: dict[str, Any] = {"status": "complete", "payment_status": "paid", "customer": customer and customer["id"]}
        if session["mode"] == "subscription" and customer:
            started = self._subscriptions.start(
                customer, session["line_items_wanted"], session["subscription_metadata"]
            )
            done["subscription"] = started["id"]
        elif call.wanted.get("delayed"):
            done["payment_status"] = "unpaid"
        else:
            done["payment_intent"] = self._pay(session, done["customer"])
        self._ledger.save(session | done)
        self._ledger.emit("checkout.session.completed", shown(session | done))
        return shown(session | done)

    def _arrive(self, call: Call) -> StoredObject:
        """Have the money of a delayed payment arrive."""
        session = self._ledger.need("checkout.session", call.path["id"])
        session |= {"payment_status": "paid", "payment_intent": self._pay(session, session["customer"])}
        self._ledger.save(session)
        self._ledger.emit("checkout.session.async_payment_succeeded", shown(session))
        return shown(session)

    def _pay(self, session: StoredObject, customer: str | None) -> str:
        items = self._subscriptions.items(session["line_items_wanted"], 0)
        amount = sum(item["price"]["unit_amount"] * item["quantity"] for item in items)
        return str(self._payments.pay(customer, amount, items[0]["price"]["currency"])["payment_intent"])

    def _customer_of(self, session: StoredObject) -> StoredObject | None:
        if session["customer"]:
            return self._subscriptions.customer(session["customer"])
        if session["mode"] == "payment" and session["customer_creation"] != "always":
            return None
        fields = {"email": session["customer_email"], "name": None, "description": None, "phone": None, "metadata": {}}
        customer = self._ledger.new("customer", "cus", fields)
        self._ledger.emit("customer.created", customer)
        return customer


def _line(item: StoredObject) -> StoredObject:
    """Return what a buyer sees of a price (docs.stripe.com/api/checkout/sessions/line_items)."""
    amount = item["price"]["unit_amount"] * item["quantity"]
    return {
        "id": item["id"].replace("si_", "li_", 1),
        "object": "item",
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "currency": item["price"]["currency"],
        "description": None,
        "price": item["price"],
        "quantity": item["quantity"],
    }


def shown(session: StoredObject) -> StoredObject:
    """Return a checkout session as the API shows it."""
    public = {key: value for key, value in session.items() if key not in HIDDEN}
    return {**public, "url": f"https://checkout.stripe.com/c/pay/{session['id']}"}
