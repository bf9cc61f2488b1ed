"""Later changes of products, prices, refunds and disputes, of which the others only know how they begin."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from localcloud.saas.object_store import StoredObject
from localcloud.saas.stripe.calls import Call, Operation
from localcloud.saas.stripe.catalog import merged
from localcloud.saas.stripe.errors import StripeError
from localcloud.saas.stripe.ledger import Ledger
from localcloud.saas.stripe.paging import PARAMETERS as PAGING
from localcloud.saas.stripe.paging import boolean, page

TEXTS = frozenset({"metadata"})
PRODUCT = TEXTS | {"name", "description", "active", "images", "default_price", "url", "unit_label"}
PRICE = TEXTS | {"active", "lookup_key", "nickname", "transfer_lookup_key", "tax_behavior"}
FLAGS = frozenset({"active", "transfer_lookup_key"})
OPEN = frozenset({"needs_response", "warning_needs_response", "under_review"})


class Corrections:
    """What can be changed of objects that are there."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def operations(self) -> list[Operation]:
        """Return what can be called."""
        return [
            Operation("GET", "/v1/products", self._products, PAGING | {"active", "ids"}),
            Operation("POST", "/v1/products/{id}", self._changing("product", "product.updated"), PRODUCT),
            Operation("DELETE", "/v1/products/{id}", self._delete_product),
            Operation("POST", "/v1/prices/{id}", self._changing("price", "price.updated"), PRICE),
            Operation("GET", "/v1/refunds/{id}", lambda call: self._ledger.need("refund", call.path["id"])),
            Operation("POST", "/v1/refunds/{id}", self._changing("refund", "refund.updated"), TEXTS),
            Operation("POST", "/v1/charges/{id}", self._changing("charge", "charge.updated"), TEXTS | {"description"}),
            Operation("POST", "/v1/disputes/{id}", self._evidence, TEXTS | {"evidence", "submit"}),
            Operation("POST", "/v1/disputes/{id}/close", self._give_in),
        ]

    def _changing(self, kind: str, event: str) -> Callable[[Call], StoredObject]:
        def change(call: Call) -> StoredObject:
            thing = self._ledger.need(kind, call.path["id"])
            changes = {name: _value(name, value) for name, value in call.wanted.items() if name != "metadata"}
            thing |= {**changes, "metadata": merged(thing["metadata"], call.wanted.get("metadata"))}
            self._ledger.save(thing)
            self._ledger.emit(event, thing, call.key)
            return thing

        return change

    def _products(self, call: Call) -> StoredObject:
        active, ids = call.wanted.get("active"), call.wanted.get("ids")
        found = [
            each
            for each in self._ledger.newest_first("product")
            if (active is None or each["active"] == boolean(active, "active")) and (ids is None or each["id"] in ids)
        ]
        return page(found, call.wanted, "/v1/products")

    def _delete_product(self, call: Call) -> StoredObject:
        product = self._ledger.need("product", call.path["id"])
        if any(each["product"] == product["id"] for each in self._ledger.newest_first("price")):
            raise StripeError(400, "This product cannot be deleted because it has one or more user-created prices.")
        self._ledger.remove("product", product["id"])
        self._ledger.emit("product.deleted", product)
        return {"id": product["id"], "object": "product", "deleted": True}

    def _evidence(self, call: Call) -> StoredObject:
        dispute = self._ledger.need("dispute", call.path["id"])
        dispute["metadata"] = merged(dispute["metadata"], call.wanted.get("metadata"))
        evidence = call.wanted.get("evidence") or {}
        dispute["evidence"] |= evidence
        if evidence:
            submitted = boolean(call.wanted.get("submit", "true"), "submit")
            told = dispute["evidence_details"]
            told |= {"has_evidence": True, "submission_count": told["submission_count"] + submitted}
            dispute["status"] = "under_review" if submitted else dispute["status"]
        self._ledger.save(dispute)
        self._ledger.emit("charge.dispute.updated", dispute, call.key)
        return dispute

    def _give_in(self, call: Call) -> StoredObject:
        """Accept a dispute, which loses it (docs.stripe.com/api/disputes/close)."""
        dispute = self._ledger.need("dispute", call.path["id"])
        if dispute["status"] not in OPEN:
            raise StripeError(400, "This dispute is already closed.", param="id")
        dispute["status"] = "lost"
        self._ledger.save(dispute)
        self._ledger.emit("charge.dispute.closed", dispute, call.key)
        return dispute


def _value(name: str, value: Any) -> Any:
    return boolean(value, name) if name in FLAGS else value
