"""The items of a subscription, each a price: added, changed and taken away (docs.stripe.com/api/subscription_items)."""

from __future__ import annotations

from localcloud.saas.object_store import StoredObject
from localcloud.saas.stripe.calls import Call, Operation
from localcloud.saas.stripe.catalog import merged
from localcloud.saas.stripe.errors import StripeError, missing, required
from localcloud.saas.stripe.ledger import ENDED, Ledger
from localcloud.saas.stripe.paging import PARAMETERS as PAGING
from localcloud.saas.stripe.paging import number, page
from localcloud.saas.stripe.subscriptions import SAME_PRICE, Subscriptions

BASE = "/v1/subscription_items"
HOW = frozenset({"proration_behavior", "payment_behavior", "proration_date"})  # what is charged for it, and when
CHANGE = HOW | {"price", "quantity", "metadata"}


class SubscriptionItems:
    """The items of the account's subscriptions."""

    def __init__(self, ledger: Ledger, subscriptions: Subscriptions) -> None:
        self._ledger = ledger
        self._subscriptions = subscriptions

    def operations(self) -> list[Operation]:
        """Return what can be called."""
        return [
            Operation("GET", BASE, self._list, PAGING | {"subscription"}),
            Operation("POST", BASE, self._add, CHANGE | {"subscription"}),
            Operation("GET", f"{BASE}/{{id}}", lambda call: self._found(call)[1]),
            Operation("POST", f"{BASE}/{{id}}", self._update, CHANGE),
            Operation("DELETE", f"{BASE}/{{id}}", self._remove, HOW | {"clear_usage"}),
        ]

    def _list(self, call: Call) -> StoredObject:
        subscription = self._of(call)
        return page(subscription["items"]["data"], call.wanted, BASE)

    def _add(self, call: Call) -> StoredObject:
        subscription = self._of(call)
        prices = {each["price"]["id"] for each in subscription["items"]["data"]}
        if call.wanted.get("price") in prices:
            raise StripeError(400, SAME_PRICE, param="price")
        (made,) = self._subscriptions.items([dict(call.wanted)], _end_of(subscription))
        made |= {"metadata": call.wanted.get("metadata") or {}, "subscription": subscription["id"]}
        self._keep(subscription, [*subscription["items"]["data"], made], call.key)
        return made

    def _update(self, call: Call) -> StoredObject:
        subscription, item = self._found(call)
        changed = {**item, "metadata": merged(item["metadata"], call.wanted.get("metadata"))}
        if "price" in call.wanted:
            (new,) = self._subscriptions.items([{"price": call.wanted["price"]}], item["current_period_end"])
            changed |= {"price": new["price"], "plan": new["plan"]}
        if "quantity" in call.wanted:
            changed["quantity"] = number(call.wanted["quantity"], "quantity")
        others = subscription["items"]["data"]
        self._keep(subscription, [changed if each["id"] == item["id"] else each for each in others], call.key)
        return changed

    def _remove(self, call: Call) -> StoredObject:
        subscription, item = self._found(call)
        left = [each for each in subscription["items"]["data"] if each["id"] != item["id"]]
        if not left:
            raise StripeError(400, "A subscription must have at least one active plan; cancel it instead.")
        self._keep(subscription, left, call.key)
        return {"id": item["id"], "object": "subscription_item", "deleted": True}

    def _keep(self, subscription: StoredObject, items: list[StoredObject], key: str) -> None:
        subscription["items"]["data"] = items
        self._ledger.save(subscription)
        self._ledger.emit("customer.subscription.updated", subscription, key)

    def _of(self, call: Call) -> StoredObject:
        if not call.wanted.get("subscription"):
            raise required("subscription")
        return self._ledger.need("subscription", str(call.wanted["subscription"]), "subscription", in_path=False)

    def _found(self, call: Call) -> tuple[StoredObject, StoredObject]:
        """Return the subscription that has an item, and the item; one of an ended subscription is gone."""
        for subscription in self._ledger.newest_first("subscription"):
            for item in subscription["items"]["data"] if subscription["status"] not in ENDED else ():
                if item["id"] == call.path["id"]:
                    return subscription, item
        raise missing("subscription_item", call.path["id"])


def _end_of(subscription: StoredObject) -> int:
    return max(int(each["current_period_end"]) for each in subscription["items"]["data"])
