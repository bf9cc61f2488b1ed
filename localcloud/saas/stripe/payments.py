"""Charges, refunds, disputes, and which invoice a payment was for: what becomes of money after it was paid.

The shapes are those of API version 2025-03-31: an invoice no longer names its charge or payment intent, and
`/v1/invoice_payments` leads from one to the other (docs.stripe.com/changelog/basil, "multiple payments on invoices").
A refund can fail after it succeeded (docs.stripe.com/refunds#failed-refunds).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localcloud.saas.object_store import StoredObject
from localcloud.saas.stripe.calls import Call, Operation
from localcloud.saas.stripe.catalog import merged
from localcloud.saas.stripe.errors import StripeError, required
from localcloud.saas.stripe.ledger import Ledger, new_id
from localcloud.saas.stripe.paging import PARAMETERS as PAGING
from localcloud.saas.stripe.paging import number, page

BASE = "/v1/test_helpers"
NOT_REFUNDED = frozenset({"failed", "canceled"})
REFUND = frozenset({"charge", "payment_intent", "amount", "reason", "metadata"})


class Payments:
    """The account's payments."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def operations(self) -> list[Operation]:
        """Return what can be called; below test_helpers what only banks and buyers do at the real one."""
        of_charge = PAGING | {"charge", "payment_intent"}
        return [
            Operation("GET", "/v1/charges", self._list("charge", "customer"), PAGING | {"customer", "payment_intent"}),
            Operation("GET", "/v1/charges/{id}", lambda call: self._ledger.need("charge", call.path["id"])),
            Operation("POST", "/v1/refunds", self._refund, REFUND),
            Operation("GET", "/v1/refunds", self._list("refund", "charge"), of_charge),
            Operation("GET", "/v1/disputes", self._list("dispute", "charge"), of_charge),
            Operation("GET", "/v1/disputes/{id}", lambda call: self._ledger.need("dispute", call.path["id"])),
            Operation("GET", "/v1/invoice_payments", self._invoice_payments, PAGING | {"invoice", "payment", "status"}),
            Operation("POST", f"{BASE}/refunds/{{id}}/fail", self._fail_refund),
            Operation("POST", f"{BASE}/charges/{{id}}/dispute", self._dispute),
            Operation("POST", f"{BASE}/disputes/{{id}}/close", self._close_dispute, frozenset({"status"})),
        ]

    def pay(self, customer: str | None, amount: int, currency: str, invoice: str = "") -> StoredObject:
        """Charge a card with success, for an invoice or by itself, and return the charge."""
        fields = {
            "amount": amount,
            "amount_refunded": 0,
            "currency": currency,
            "customer": customer,
            "disputed": False,
            "paid": True,
            "payment_intent": new_id("pi"),
            "refunded": False,
            "status": "succeeded",
        }
        charge = self._ledger.new("charge", "ch", fields)
        if invoice:
            payment = {"type": "payment_intent", "payment_intent": charge["payment_intent"]}
            self._ledger.new("invoice_payment", "inpay", {"invoice": invoice, "payment": payment, "status": "paid"})
        return charge

    def _list(self, kind: str, *names: str) -> Any:
        def listed(call: Call) -> StoredObject:
            wanted = {name: str(call.wanted[name]) for name in (*names, "payment_intent") if name in call.wanted}
            return page(self._ledger.newest_first(kind, **wanted), call.wanted, f"/v1/{kind}s")

        return listed

    def _invoice_payments(self, call: Call) -> StoredObject:
        invoice, payment = call.wanted.get("invoice"), call.wanted.get("payment") or {}
        found = [
            each
            for each in self._ledger.newest_first("invoice_payment")
            if invoice in (None, each["invoice"])
            and payment.get("payment_intent") in (None, each["payment"]["payment_intent"])
        ]
        return page(found, call.wanted, "/v1/invoice_payments")

    def _refund(self, call: Call) -> StoredObject:
        charge = self._charge_of(call.wanted)
        left = charge["amount"] - charge["amount_refunded"]
        amount = number(str(call.wanted.get("amount", left)), "amount")
        if not 0 < amount <= left:
            raise StripeError(400, f"Charge {charge['id']} has {left} left to refund.", code="charge_already_refunded")
        fields = {
            "amount": amount,
            "charge": charge["id"],
            "currency": charge["currency"],
            "payment_intent": charge["payment_intent"],
            "metadata": merged({}, call.wanted.get("metadata")),
            "reason": call.wanted.get("reason"),
            "status": "succeeded",
        }
        refund = self._ledger.new("refund", "re", fields)
        self._settle(charge)
        self._ledger.emit("charge.refunded", charge, call.key)
        return refund

    def _fail_refund(self, call: Call) -> StoredObject:
        refund = self._ledger.need("refund", call.path["id"])
        refund |= {"status": "failed", "failure_reason": "expired_or_canceled_card"}
        self._ledger.save(refund)
        self._settle(self._ledger.need("charge", refund["charge"]))
        self._ledger.emit("refund.updated", refund)
        self._ledger.emit("refund.failed", refund)
        return refund

    def _settle(self, charge: StoredObject) -> None:
        of_it = self._ledger.newest_first("refund", charge=charge["id"])
        refunded = sum(each["amount"] for each in of_it if each["status"] not in NOT_REFUNDED)
        charge |= {"amount_refunded": refunded, "refunded": refunded >= charge["amount"]}
        self._ledger.save(charge)

    def _dispute(self, call: Call) -> StoredObject:
        charge = self._ledger.need("charge", call.path["id"])
        self._ledger.save(charge | {"disputed": True})
        fields = {
            "amount": charge["amount"],
            "charge": charge["id"],
            "currency": charge["currency"],
            "payment_intent": charge["payment_intent"],
            "reason": "fraudulent",
            "status": "needs_response",
        }
        dispute = self._ledger.new("dispute", "dp", fields)
        self._ledger.emit("charge.dispute.created", dispute)
        self._ledger.emit("charge.dispute.funds_withdrawn", dispute)
        return dispute

    def _close_dispute(self, call: Call) -> StoredObject:
        """Decide a dispute, also one that was decided before: a bank may turn a lost one into a won one days later.

        The money comes back with an event of its own (docs.stripe.com/api/events/types).
        """
        dispute = self._ledger.need("dispute", call.path["id"])
        dispute["status"] = call.wanted.get("status", "lost")
        self._ledger.save(dispute)
        self._ledger.emit("charge.dispute.closed", dispute)
        if dispute["status"] == "won":
            self._ledger.emit("charge.dispute.funds_reinstated", dispute)
        return dispute

    def _charge_of(self, wanted: Mapping[str, Any]) -> StoredObject:
        if wanted.get("charge"):
            return self._ledger.need("charge", str(wanted["charge"]), "charge", in_path=False)
        found = self._ledger.newest_first("charge", payment_intent=str(wanted.get("payment_intent") or ""))
        if not found:
            raise required("charge")
        return found[0]
