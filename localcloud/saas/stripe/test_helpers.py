"""Ours, not Stripe's: what a rehearsal needs that only the outside world can do at the real one.

- `POST /v1/test_helpers/events` `{"type": …, "data": {"object": {…}}}`: make any event and have it delivered;
  with `"livemode": true` one of live mode, with `"account"` one of a connected account, with `"context"` one of an
  account of an organization.
- `POST /v1/test_helpers/events/{id}/resend`: deliver an event once more, as the dashboard's button does.
- `POST /v1/test_helpers/checkout/sessions/{id}/complete`: be the buyer who pays; with `delayed`, by a method that takes
  days, until `…/arrive`.
- `POST /v1/test_helpers/subscriptions/{id}/fail_payment` and `/recover`: be the card that is declined, and then is not.
- `POST /v1/test_helpers/refunds/{id}/fail`, `…/charges/{id}/dispute` and `…/disputes/{id}/close`: be the bank.
"""

from __future__ import annotations

from localcloud.saas.object_store import StoredObject
from localcloud.saas.stripe.calls import Call, Operation
from localcloud.saas.stripe.errors import required
from localcloud.saas.stripe.ledger import Ledger, wants
from localcloud.saas.stripe.subscriptions import Subscriptions

BASE = "/v1/test_helpers"
OF = ("account", "context")  # what names another account in an event


class TestHelpers:
    """The operations of the rehearsal's own."""

    def __init__(self, ledger: Ledger, subscriptions: Subscriptions) -> None:
        self._ledger = ledger
        self._subscriptions = subscriptions

    def operations(self) -> list[Operation]:
        """Return what can be called."""
        return [
            Operation("POST", f"{BASE}/events", self._create, frozenset({"type", "data", "livemode", *OF})),
            Operation("POST", f"{BASE}/events/{{id}}/resend", self._resend),
            Operation("POST", f"{BASE}/subscriptions/{{id}}/fail_payment", self._fail),
            Operation("POST", f"{BASE}/subscriptions/{{id}}/recover", self._recover),
        ]

    def _create(self, call: Call) -> StoredObject:
        type_, data = call.wanted.get("type"), call.wanted.get("data")
        if not (isinstance(type_, str) and type_):
            raise required("type")
        if not (isinstance(data, dict) and isinstance(data.get("object"), dict)):
            raise required("data[object]")
        of = {name: str(call.wanted[name]) for name in OF if call.wanted.get(name)}
        live = call.wanted.get("livemode") in (True, "true")
        return self._ledger.emit(type_, data["object"], call.key, live=live, of=of)

    def _resend(self, call: Call) -> StoredObject:
        event = self._ledger.need("event", call.path["id"])
        for endpoint in self._ledger.newest_first("webhook_endpoint"):
            if wants(endpoint, event["type"]):
                self._ledger.schedule(event["id"], endpoint["id"])
        return event

    def _fail(self, call: Call) -> StoredObject:
        return self._charge(call, "past_due", "open", "invoice.payment_failed")

    def _recover(self, call: Call) -> StoredObject:
        return self._charge(call, "active", "paid", "invoice.paid")

    def _charge(self, call: Call, status: str, invoice_status: str, invoice_event: str) -> StoredObject:
        subscription = self._ledger.need("subscription", call.path["id"])
        subscription["status"] = status
        invoice = self._subscriptions.bill(subscription, invoice_status)
        self._ledger.emit(invoice_event, invoice)
        self._ledger.emit("customer.subscription.updated", subscription)
        return subscription
