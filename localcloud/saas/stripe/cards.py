"""Test cards: what they are attached as, and what a charge of each comes to (docs.stripe.com/testing)."""

from __future__ import annotations

from localcloud.saas.object_store import StoredObject
from localcloud.saas.stripe.calls import Call, Operation
from localcloud.saas.stripe.errors import StripeError, required
from localcloud.saas.stripe.ledger import Ledger
from localcloud.saas.stripe.subscriptions import Subscriptions

KNOWN = frozenset({"pm_card_visa", "pm_card_mastercard", "pm_card_chargeCustomerFail"})


class Cards:
    """The payment methods of the account's customers, and invoices that are paid with one."""

    def __init__(self, ledger: Ledger, subscriptions: Subscriptions) -> None:
        self._ledger = ledger
        self._subscriptions = subscriptions

    def operations(self) -> list[Operation]:
        """Return what can be called."""
        return [
            Operation("POST", "/v1/payment_methods/{id}/attach", self._attach, frozenset({"customer"})),
            Operation("POST", "/v1/invoices/{id}/pay", self._pay, frozenset({"payment_method"})),
        ]

    def _attach(self, call: Call) -> StoredObject:
        """Attach one of Stripe's test cards, each time as a payment method of its own."""
        if call.path["id"] not in KNOWN:
            message = f"No such PaymentMethod: '{call.path['id']}'"
            raise StripeError(404, message, code="resource_missing", param="payment_method")
        if not call.wanted.get("customer"):
            raise required("customer")
        customer = self._subscriptions.customer(str(call.wanted["customer"]))
        card = {"brand": "visa", "last4": "0341" if "Fail" in call.path["id"] else "4242"}
        fields = {"customer": customer["id"], "type": "card", "card": card, "metadata": {}}
        return self._ledger.new("payment_method", "pm", fields)

    def _pay(self, call: Call) -> StoredObject:
        invoice = self._ledger.need("invoice", call.path["id"])
        if invoice["status"] == "paid":
            raise StripeError(400, "Invoice is already paid")
        if self._subscriptions.is_declined(call.wanted.get("payment_method")):
            raise StripeError(402, "Your card was declined.", code="card_declined")
        return self._subscriptions.settle(invoice, call.key)
