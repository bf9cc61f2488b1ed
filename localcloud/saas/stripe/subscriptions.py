"""Subscriptions and their invoices: each change makes the events that Stripe makes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from localcloud.saas.object_store import StoredObject
from localcloud.saas.stripe import shapes
from localcloud.saas.stripe.calls import Call, Operation
from localcloud.saas.stripe.catalog import merged
from localcloud.saas.stripe.errors import StripeError, missing, not_done, required
from localcloud.saas.stripe.ledger import ENDED, Ledger, new_id
from localcloud.saas.stripe.paging import PARAMETERS as PAGING
from localcloud.saas.stripe.paging import boolean, created_within, number, page
from localcloud.saas.stripe.payments import Payments

DAY = 86_400
MONTH = 30 * DAY
DECLINED = "0341"  # the last digits of the test card that can be attached, and is declined when it is charged
CREATE = frozenset(
    {"customer", "items", "metadata", "trial_period_days", "description", "collection_method", "days_until_due"}
    | {"default_payment_method", "payment_behavior", "off_session", "cancel_at_period_end"}
)
SAME_PRICE = "Cannot add multiple subscription items with the same plan"
AUTOMATIC = "charge_automatically"
SETTLED = ("allow_incomplete", "error_if_incomplete")  # of payment_behavior: the first charge is made at once
PRORATIONS = ("create_prorations", "always_invoice", "none")
UPDATE = frozenset(
    {"metadata", "cancel_at_period_end", "items", "description", "default_payment_method", "pause_collection"}
    | {"billing_cycle_anchor", "proration_behavior"}
)


class Subscriptions:
    """The account's subscriptions and invoices."""

    def __init__(self, ledger: Ledger, payments: Payments) -> None:
        self._ledger = ledger
        self._payments = payments

    def operations(self) -> list[Operation]:
        """Return what can be called."""
        wanted, invoices = (
            PAGING | {"customer", "status", "created", "price"},
            PAGING | {"customer", "subscription", "status"},
        )
        return [
            Operation("POST", "/v1/subscriptions", _shown(self._create), CREATE),
            Operation("GET", "/v1/subscriptions", self._list, wanted),
            Operation("GET", "/v1/subscriptions/{id}", _shown(self._get)),
            Operation("POST", "/v1/subscriptions/{id}", _shown(self._update), UPDATE),
            Operation("DELETE", "/v1/subscriptions/{id}", _shown(self._cancel), frozenset({"invoice_now", "prorate"})),
            Operation("GET", "/v1/invoices", self._list_invoices, invoices),
            Operation("GET", "/v1/invoices/{id}", lambda call: self._ledger.need("invoice", call.path["id"])),
        ]

    def _create(self, call: Call) -> StoredObject:
        wanted = call.wanted
        if not wanted.get("customer"):
            raise required("customer")
        _check_collection(wanted)
        days = number(wanted.get("trial_period_days", "0"), "trial_period_days")
        return self.start(
            self.customer(str(wanted["customer"])),
            wanted.get("items"),
            wanted.get("metadata", {}),
            days,
            call.key,
            _told(wanted),
        )

    def start(
        self,
        customer: StoredObject,
        items: Any,
        metadata: Mapping[str, Any],
        trial_days: int = 0,
        key: str = "",
        told: Mapping[str, Any] = MappingProxyType({}),
    ) -> StoredObject:
        """Begin a subscription that is paid, or on trial for some days; `told` is what it keeps besides."""
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
                "items": {"object": "list", "has_more": False, "data": self.items(items, ends)},
                "latest_invoice": None,
                "metadata": dict(metadata),
                "pause_collection": None,
                "status": "trialing" if trial_days else "active",
                "trial_end": ends if trial_days else None,
                **told,
            },
        )
        _stamp(subscription)
        invoice = self.bill(subscription, "paid")
        self._ledger.emit("customer.subscription.created", subscription, key)
        self._ledger.emit("invoice.paid", invoice, key)
        return subscription

    def items(self, wanted: Any, ends: int) -> list[StoredObject]:
        """Return the items that a call names by their prices; raises StripeError when there are none."""
        if not (isinstance(wanted, list) and wanted):
            raise required("items")
        return [self._item(each, ends) for each in wanted]

    def _item(self, wanted: Any, ends: int) -> StoredObject:
        if not (isinstance(wanted, dict) and wanted.get("price")):
            raise required("items[0][price]")
        price = self._ledger.need("price", str(wanted["price"]), "items[0][price]", in_path=False)
        item = {
            "id": new_id("si"),
            "object": "subscription_item",
            "price": price,
            "quantity": number(str(wanted.get("quantity", "1")), "items[0][quantity]"),
            "current_period_start": self._ledger.now,
            "current_period_end": ends,
        }
        return shapes.complete("subscription_item", item)

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
        if status == "paid":
            self._payments.pay(invoice["customer"], amount, invoice["currency"], invoice["id"])
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
            subscription["items"]["data"] = self._changed(subscription["items"]["data"], wanted["items"])
            _stamp(subscription)
        if "pause_collection" in wanted:  # an empty text resumes (docs.stripe.com/billing/subscriptions/pause-payment)
            subscription["pause_collection"] = wanted["pause_collection"] or None
        subscription |= _told(wanted)
        if wanted.get("billing_cycle_anchor") == "now":
            self._renew(subscription, call.key)
        self._ledger.save(subscription)
        self._ledger.emit("customer.subscription.updated", subscription, call.key)
        return subscription

    def _changed(self, held: list[StoredObject], wanted: Any) -> list[StoredObject]:
        """Return a subscription's items after an update: one that is named by its id changes, any other comes to them.

        https://docs.stripe.com/api/subscriptions/update (items): a price without an id is a further one to pay.
        """
        if not (isinstance(wanted, list) and wanted and all(isinstance(each, dict) for each in wanted)):
            raise StripeError(400, "Invalid array", param="items")
        items = {each["id"]: each for each in held}
        ends = max(int(each["current_period_end"]) for each in held)
        for at, each in enumerate(wanted):
            if each.get("id"):
                self._change_item(items, each, f"items[{at}]")
            elif each.get("price") in [one["price"]["id"] for one in items.values()]:
                raise StripeError(400, SAME_PRICE, param=f"items[{at}]")
            else:
                further = self._item(each, ends)
                items[further["id"]] = further
        if not items:
            raise StripeError(400, "A subscription must have at least one active plan; cancel it instead.")
        return list(items.values())

    def _change_item(self, items: dict[str, StoredObject], wanted: Mapping[str, Any], param: str) -> None:
        item = items.get(str(wanted["id"]))
        if item is None:
            raise missing("subscription item", str(wanted["id"]), f"{param}[id]", in_path=False)
        if boolean(wanted.get("deleted", "false"), f"{param}[deleted]"):
            del items[item["id"]]
            return
        if "price" in wanted or "quantity" in wanted:
            made = self._item({"price": item["price"]["id"], **wanted}, item["current_period_end"])
            items[item["id"]] = {**made, "id": item["id"]}

    def _renew(self, subscription: StoredObject, key: str) -> None:
        """Begin a period now, which is paid by the subscription's card, or is not (`payment_behavior` allows that)."""
        declined = self.is_declined(subscription["default_payment_method"])
        subscription["status"] = "past_due" if declined else "active"
        invoice = self.bill(subscription, "open" if declined else "paid")
        self._ledger.emit("invoice.payment_failed" if declined else "invoice.paid", invoice, key)

    def is_declined(self, card: object) -> bool:
        """Return whether a charge of a payment method is declined; of none that is known it is not."""
        found = self._ledger.get("payment_method", str(card)) if card else None
        return bool(found and found["card"]["last4"] == DECLINED)

    def settle(self, invoice: StoredObject, key: str) -> StoredObject:
        """Pay an open invoice, which makes its subscription active again."""
        invoice |= {"status": "paid", "amount_paid": invoice["amount_due"]}
        self._ledger.save(invoice)
        self._payments.pay(invoice["customer"], invoice["amount_due"], invoice["currency"], invoice["id"])
        parent = invoice["parent"]["subscription_details"]["subscription"]
        subscription = self._ledger.need("subscription", parent)
        subscription["status"] = "active"
        self._ledger.save(subscription)
        self._ledger.emit("invoice.paid", invoice, key)
        self._ledger.emit("customer.subscription.updated", subscription, key)
        return invoice

    def _cancel(self, call: Call) -> StoredObject:
        return self._ledger.cancel(self._running(call))

    def _running(self, call: Call) -> StoredObject:
        subscription = self._get(call)
        if subscription["status"] in ENDED:
            message = f"No such subscription: '{subscription['id']}'"  # Stripe's words for one that has ended
            raise StripeError(404, message, code="resource_missing", param="id")
        return subscription

    def _list(self, call: Call) -> StoredObject:
        """List subscriptions; without `status=all` those that have ended are left out."""
        wanted = call.wanted
        of_customer = {name: str(value) for name, value in wanted.items() if name == "customer"}
        if of_customer:
            self._ledger.need("customer", of_customer["customer"], "customer", in_path=False)
        found = [each for each in self._ledger.newest_first("subscription", **of_customer) if _is_wanted(each, wanted)]
        return page([shapes.embedded(each) for each in found], wanted, "/v1/subscriptions")

    def _list_invoices(self, call: Call) -> StoredObject:
        wanted = {name: str(value) for name, value in call.wanted.items() if name in {"customer", "status"}}
        parent = call.wanted.get("subscription")
        found = [
            each
            for each in self._ledger.newest_first("invoice", **wanted)
            if parent is None or each["parent"]["subscription_details"]["subscription"] == parent
        ]
        return page(found, call.wanted, "/v1/invoices")

    def customer(self, id_: str) -> StoredObject:
        """Return a customer that is named in a parameter; raises StripeError for none and for a deleted one."""
        customer = self._ledger.need("customer", id_, "customer", in_path=False)
        if customer.get("deleted"):
            raise StripeError(400, f"No such customer: '{id_}'", code="resource_missing", param="customer")
        return customer


def _shown(act: Callable[[Call], StoredObject]) -> Callable[[Call], StoredObject]:
    """Return an operation that answers a subscription as Stripe shows it."""
    return lambda call: shapes.embedded(act(call))


def _told(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a subscription keeps of a call as it was told; raises StripeError for what is no such value."""
    how = wanted.get("proration_behavior", PRORATIONS[0])
    if how not in PRORATIONS:
        raise StripeError(
            400, f"Invalid proration_behavior: must be one of {', '.join(PRORATIONS)}", param="proration_behavior"
        )
    told: dict[str, Any] = {
        name: str(wanted[name]) for name in ("default_payment_method", "description") if wanted.get(name)
    }
    if "cancel_at_period_end" in wanted:
        told["cancel_at_period_end"] = boolean(wanted["cancel_at_period_end"], "cancel_at_period_end")
    return told


def _check_collection(wanted: Mapping[str, Any]) -> None:
    """Raise StripeError for subscriptions that wait for a payment, or for an invoice to be paid by hand."""
    if wanted.get("collection_method", AUTOMATIC) != AUTOMATIC or "days_until_due" in wanted:
        raise not_done("subscriptions by invoice (collection_method send_invoice)")
    if wanted.get("payment_behavior", SETTLED[0]) not in SETTLED:
        raise not_done(f"payment_behavior {wanted['payment_behavior']}")


def _stamp(subscription: StoredObject) -> None:
    """Have each item name the subscription that it is of."""
    items = subscription["items"]
    items["url"] = f"/v1/subscription_items?subscription={subscription['id']}"
    for each in items["data"]:
        each["subscription"] = subscription["id"]


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
