"""Subscriptions, their invoices, and the checkout that starts them: each change makes the events that Stripe makes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localcloud.saas.object_store import StoredObject
from localcloud.saas.stripe.calls import Call, Operation
from localcloud.saas.stripe.catalog import merged
from localcloud.saas.stripe.errors import StripeError, not_done, required
from localcloud.saas.stripe.ledger import Ledger, new_id
from localcloud.saas.stripe.paging import PARAMETERS as PAGING
from localcloud.saas.stripe.paging import created_within, number, page

DAY = 86_400
MONTH = 30 * DAY
ENDED = frozenset({"canceled", "incomplete_expired"})
CREATE = frozenset(
    {"customer", "items", "metadata", "trial_period_days", "description", "collection_method", "days_until_due"}
    | {"default_payment_method", "payment_behavior", "off_session", "cancel_at_period_end"}
)
UPDATE = frozenset({"metadata", "cancel_at_period_end", "items", "description", "default_payment_method"})
SESSION = frozenset(
    {"mode", "success_url", "cancel_url", "return_url", "ui_mode", "line_items", "customer", "customer_email"}
    | {"client_reference_id", "metadata", "subscription_data", "allow_promotion_codes", "locale"}
)


class Subscriptions:
    """The account's subscriptions, invoices and checkout sessions."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def operations(self) -> list[Operation]:
        """Return what can be called."""
        wanted, invoices = (
            PAGING | {"customer", "status", "created", "price"},
            PAGING | {"customer", "subscription", "status"},
        )
        return [
            Operation("POST", "/v1/subscriptions", self._create, CREATE),
            Operation("GET", "/v1/subscriptions", self._list, wanted),
            Operation("GET", "/v1/subscriptions/{id}", self._get),
            Operation("POST", "/v1/subscriptions/{id}", self._update, UPDATE),
            Operation("DELETE", "/v1/subscriptions/{id}", self._cancel, frozenset({"invoice_now", "prorate"})),
            Operation("GET", "/v1/invoices", self._list_invoices, invoices),
            Operation("GET", "/v1/invoices/{id}", lambda call: self._ledger.need("invoice", call.path["id"])),
            Operation("POST", "/v1/checkout/sessions", self._create_session, SESSION),
            Operation("GET", "/v1/checkout/sessions/{id}", self._session),
        ]

    def _create(self, call: Call) -> StoredObject:
        wanted = call.wanted
        if not wanted.get("customer"):
            raise required("customer")
        days = number(wanted.get("trial_period_days", "0"), "trial_period_days")
        return self.start(
            self._customer(str(wanted["customer"])), wanted.get("items"), wanted.get("metadata", {}), days, call.key
        )

    def start(
        self, customer: StoredObject, items: Any, metadata: Mapping[str, Any], trial_days: int = 0, key: str = ""
    ) -> StoredObject:
        """Begin a subscription that is paid, or on trial for some days."""
        ends = self._ledger.now + (trial_days * DAY or MONTH)
        subscription = self._ledger.new(
            "subscription",
            "sub",
            {
                "cancel_at_period_end": False,
                "canceled_at": None,
                "collection_method": "charge_automatically",
                "customer": customer["id"],
                "ended_at": None,
                "items": {"object": "list", "has_more": False, "data": self._items(items, ends)},
                "latest_invoice": None,
                "metadata": dict(metadata),
                "status": "trialing" if trial_days else "active",
                "trial_end": ends if trial_days else None,
            },
        )
        invoice = self.bill(subscription, "paid")
        self._ledger.emit("customer.subscription.created", subscription, key)
        self._ledger.emit("invoice.paid", invoice, key)
        return subscription

    def _items(self, wanted: Any, ends: int) -> list[StoredObject]:
        if not (isinstance(wanted, list) and wanted):
            raise required("items")
        return [self._item(each, ends) for each in wanted]

    def _item(self, wanted: Any, ends: int) -> StoredObject:
        if not (isinstance(wanted, dict) and wanted.get("price")):
            raise required("items[0][price]")
        price = self._ledger.need("price", str(wanted["price"]), "items[0][price]", in_path=False)
        return {
            "id": new_id("si"),
            "object": "subscription_item",
            "price": price,
            "quantity": number(str(wanted.get("quantity", "1")), "items[0][quantity]"),
            "current_period_start": self._ledger.now,
            "current_period_end": ends,
        }

    def bill(self, subscription: StoredObject, status: str) -> StoredObject:
        """Make an invoice, `paid` or `open`, as the subscription's latest."""
        amount = sum(each["price"]["unit_amount"] * each["quantity"] for each in subscription["items"]["data"])
        invoice = self._ledger.new(
            "invoice",
            "in",
            {
                "amount_due": amount,
                "amount_paid": amount if status == "paid" else 0,
                "attempt_count": 1,
                "currency": subscription["items"]["data"][0]["price"]["currency"],
                "customer": subscription["customer"],
                "parent": {
                    "type": "subscription_details",
                    "subscription_details": {
                        "subscription": subscription["id"],
                        "metadata": subscription["metadata"],
                    },
                },
                "status": status,
            },
        )
        subscription["latest_invoice"] = invoice["id"]
        self._ledger.save(subscription)
        return invoice

    def _get(self, call: Call) -> StoredObject:
        return self._ledger.need("subscription", call.path["id"])

    def _update(self, call: Call) -> StoredObject:
        subscription = self._running(call)
        wanted = call.wanted
        subscription["metadata"] = merged(subscription["metadata"], wanted.get("metadata"))
        if "items" in wanted:
            subscription["items"]["data"] = self._items(wanted["items"], self._ledger.now + MONTH)
        if "cancel_at_period_end" in wanted:
            subscription["cancel_at_period_end"] = wanted["cancel_at_period_end"] == "true"
        self._ledger.save(subscription)
        self._ledger.emit("customer.subscription.updated", subscription, call.key)
        return subscription

    def _cancel(self, call: Call) -> StoredObject:
        subscription = self._running(call)
        subscription |= {"status": "canceled", "canceled_at": self._ledger.now, "ended_at": self._ledger.now}
        self._ledger.save(subscription)
        self._ledger.emit("customer.subscription.deleted", subscription)
        return subscription

    def _running(self, call: Call) -> StoredObject:
        subscription = self._get(call)
        if subscription["status"] in ENDED:
            message = f"No such subscription: '{subscription['id']}'"  # Stripe's words for one that has ended
            raise StripeError(404, message, code="resource_missing", param="id")
        return subscription

    def _list(self, call: Call) -> StoredObject:
        """List subscriptions; without `status=all` those that have ended are left out."""
        wanted = call.wanted
        if "customer" in wanted:
            self._ledger.need("customer", str(wanted["customer"]), "customer", in_path=False)
        found = [each for each in self._ledger.newest_first("subscription") if _is_wanted(each, wanted)]
        return page(found, wanted, "/v1/subscriptions")

    def _list_invoices(self, call: Call) -> StoredObject:
        wanted = {name: value for name, value in call.wanted.items() if name in {"customer", "status"}}
        parent = call.wanted.get("subscription")
        found = [
            each
            for each in self._ledger.newest_first("invoice")
            if all(each[name] == value for name, value in wanted.items())
            and (parent is None or each["parent"]["subscription_details"]["subscription"] == parent)
        ]
        return page(found, call.wanted, "/v1/invoices")

    # Checkout

    def _create_session(self, call: Call) -> StoredObject:
        wanted = call.wanted
        if wanted.get("mode") != "subscription":
            raise not_done("checkout sessions of another mode than subscription")
        if "customer" in wanted:
            self._customer(str(wanted["customer"]))
        self._items(wanted.get("line_items"), 0)
        fields = {
            "client_reference_id": wanted.get("client_reference_id"),
            "customer": wanted.get("customer"),
            "customer_email": wanted.get("customer_email"),
            "line_items_wanted": wanted["line_items"],
            "metadata": wanted.get("metadata", {}),
            "mode": "subscription",
            "payment_status": "unpaid",
            "status": "open",
            "subscription": None,
            "subscription_metadata": (wanted.get("subscription_data") or {}).get("metadata", {}),
            "success_url": wanted.get("success_url"),
        }
        return shown(self._ledger.new("checkout.session", "cs_test", fields))

    def _session(self, call: Call) -> StoredObject:
        return shown(self._ledger.need("checkout.session", call.path["id"]))

    def complete(self, call: Call) -> StoredObject:
        """Do what a buyer does who pays: the session ends, customer and subscription begin."""
        session = self._ledger.need("checkout.session", call.path["id"])
        if session["status"] != "open":
            raise StripeError(400, f"The session is {session['status']} and cannot be completed.")
        customer = self._customer(session["customer"]) if session["customer"] else self._buyer(session)
        subscription = self.start(customer, session["line_items_wanted"], session["subscription_metadata"])
        done = {"status": "complete", "payment_status": "paid", "customer": customer["id"]}
        session |= {**done, "subscription": subscription["id"]}
        self._ledger.save(session)
        self._ledger.emit("checkout.session.completed", shown(session))
        return shown(session)

    def _buyer(self, session: StoredObject) -> StoredObject:
        fields = {"email": session["customer_email"], "name": None, "description": None, "phone": None, "metadata": {}}
        customer = self._ledger.new("customer", "cus", fields)
        self._ledger.emit("customer.created", customer)
        return customer

    def _customer(self, id_: str) -> StoredObject:
        customer = self._ledger.need("customer", id_, "customer", in_path=False)
        if customer.get("deleted"):
            raise StripeError(400, f"No such customer: '{id_}'", code="resource_missing", param="customer")
        return customer


def shown(session: StoredObject) -> StoredObject:
    """Return a checkout session as the API shows it."""
    public = {key: value for key, value in session.items() if key not in {"line_items_wanted", "subscription_metadata"}}
    return {**public, "url": f"https://checkout.stripe.com/c/pay/{session['id']}"}


def _is_wanted(subscription: StoredObject, wanted: Mapping[str, Any]) -> bool:
    status, running = wanted.get("status"), subscription["status"] not in ENDED
    fits = (
        running if status is None else status in {"all", subscription["status"]} or (status == "ended" and not running)
    )
    return (
        fits
        and wanted.get("customer", subscription["customer"]) == subscription["customer"]
        and ("created" not in wanted or created_within(subscription, wanted["created"]))
    )
