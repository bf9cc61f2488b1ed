"""Events as Stripe lists them: 30 days back, newest first (docs.stripe.com/api/events)."""

from __future__ import annotations

from typing import Any

from localcloud.saas.object_store import StoredObject
from localcloud.saas.stripe.calls import Call, Operation
from localcloud.saas.stripe.errors import StripeError
from localcloud.saas.stripe.ledger import Ledger
from localcloud.saas.stripe.paging import PARAMETERS as PAGING
from localcloud.saas.stripe.paging import boolean, created_within, page

KEPT = 30 * 86_400  # seconds
MAX_TYPES = 20


class EventList:
    """The account's events."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def operations(self) -> list[Operation]:
        """Return what can be called."""
        wanted = PAGING | {"type", "types", "created", "delivery_success"}
        return [
            Operation("GET", "/v1/events", self._list, wanted),
            Operation("GET", "/v1/events/{id}", lambda call: self._ledger.need("event", call.path["id"])),
        ]

    def _list(self, call: Call) -> StoredObject:
        wanted = call.wanted
        types = _types(wanted)
        created, delivered = wanted.get("created"), wanted.get("delivery_success")
        undelivered = self._ledger.undelivered() if delivered else set()
        only = {"type": next(iter(types))} if types and len(types) == 1 else {}  # so that no other one is read at all
        found = [
            each
            for each in self._ledger.newest_first("event", **only)
            if each["created"] > self._ledger.now - KEPT
            and (types is None or each["type"] in types)
            and (created is None or created_within(each, created))
            and (delivered is None or (each["id"] not in undelivered) == boolean(delivered, "delivery_success"))
        ]
        return page(found, wanted, "/v1/events")


def _types(wanted: Any) -> set[str] | None:
    if "type" in wanted and "types" in wanted:
        raise StripeError(400, "You may only specify one of these parameters: type, types.", param="type")
    if "type" in wanted:
        return {str(wanted["type"])}
    types = wanted.get("types")
    if types is not None and not (isinstance(types, list) and 1 <= len(types) <= MAX_TYPES):
        raise StripeError(400, f"types must hold 1 to {MAX_TYPES} event types", param="types")
    return set(types) if types else None
