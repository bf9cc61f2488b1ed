"""Sessions of the customer portal, where a customer changes card and plan (docs.stripe.com/api/customer_portal)."""

from __future__ import annotations

from localcloud.saas.object_store import StoredObject
from localcloud.saas.stripe.calls import Call, Operation
from localcloud.saas.stripe.errors import required
from localcloud.saas.stripe.ledger import Ledger, new_id
from localcloud.saas.stripe.subscriptions import Subscriptions

SESSION = frozenset({"customer", "return_url", "configuration", "flow_data", "locale", "on_behalf_of"})


class Portal:
    """Makes the address that a customer is sent to; the page behind it is Stripe's, and not here."""

    def __init__(self, ledger: Ledger, subscriptions: Subscriptions) -> None:
        self._ledger = ledger
        self._subscriptions = subscriptions

    def operations(self) -> list[Operation]:
        """Return what can be called."""
        return [Operation("POST", "/v1/billing_portal/sessions", self._create, SESSION)]

    def _create(self, call: Call) -> StoredObject:
        wanted = call.wanted
        if not wanted.get("customer"):
            raise required("customer")
        fields = {
            "configuration": wanted.get("configuration") or new_id("bpc"),
            "customer": self._subscriptions.customer(str(wanted["customer"]))["id"],
            "flow": wanted.get("flow_data"),
            "locale": wanted.get("locale"),
            "on_behalf_of": wanted.get("on_behalf_of"),
            "return_url": wanted.get("return_url"),
            "url": f"https://billing.stripe.com/p/session/{new_id('test')}",
        }
        return self._ledger.new("billing_portal.session", "bps", fields)
