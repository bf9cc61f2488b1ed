"""Stripe's objects as they are kept, and the events that their changes make."""

from __future__ import annotations

import secrets
import string
from collections.abc import Callable, Mapping
from typing import Any

from localcloud.base.world import World
from localcloud.saas.object_store import ObjectStore, StoredObject
from localcloud.saas.stripe import modes, shapes
from localcloud.saas.stripe.errors import missing

API_VERSION = "2025-03-31.basil"
SERVICE = "stripe"
ALPHABET = string.ascii_letters + string.digits
# The names that Stripe's own messages use.
NAMES = {"webhook_endpoint": "webhook endpoint", "checkout.session": "checkout.session"}

OURSELVES: Mapping[str, str] = {}  # events of the account itself name no account

ENDED = frozenset({"canceled", "incomplete_expired"})  # statuses of subscriptions

DELIVERIES = """
CREATE TABLE IF NOT EXISTS stripe_deliveries (
    event TEXT NOT NULL, endpoint TEXT NOT NULL, state TEXT NOT NULL, attempts INTEGER NOT NULL, first REAL NOT NULL,
    due REAL NOT NULL, status TEXT NOT NULL, PRIMARY KEY (event, endpoint)
);
CREATE INDEX IF NOT EXISTS stripe_deliveries_due ON stripe_deliveries (state, due);
"""


class Ledger:
    """The account's objects. Call what writes inside one transaction of the world; `clock` is in seconds."""

    def __init__(self, world: World, clock: Callable[[], float]) -> None:
        world.define(DELIVERIES)
        self.world = world
        self._shelf = ObjectStore(world, SERVICE)
        self._clock = clock

    @property
    def now(self) -> int:
        """The present time as Stripe writes it: whole seconds since the epoch."""
        return int(self._clock())

    def new(self, kind: str, prefix: str, fields: Mapping[str, Any]) -> StoredObject:
        """Make an object with an id of its own and keep it."""
        own = {"id": new_id(prefix), "object": kind, "created": self.now, "livemode": modes.is_live()}
        thing = shapes.complete(kind, {**own, **fields})
        self.save(thing)
        return thing

    def save(self, thing: Mapping[str, Any]) -> None:
        """Keep an object's new state."""
        self._shelf.put(thing["object"], thing["id"], thing)

    def get(self, kind: str, id_: str) -> StoredObject | None:
        """Return an object that the present mode sees, or None."""
        found = self._shelf.get(kind, id_)
        return found if found and modes.is_seen(found) else None

    def need(self, kind: str, id_: str, param: str = "id", *, in_path: bool = True) -> StoredObject:
        """Return an object; raises StripeError in the words for a missing one."""
        found = self.get(kind, id_)
        if found is None:
            more = modes.elsewhere() if self._shelf.get(kind, id_) else ""
            raise missing(NAMES.get(kind, kind), id_, param, in_path=in_path, more=more)
        return found

    def cancel(self, subscription: StoredObject) -> StoredObject:
        """End a subscription now, and make the event of it."""
        subscription |= {"status": "canceled", "canceled_at": self.now, "ended_at": self.now}
        self.save(subscription)
        self.emit("customer.subscription.deleted", subscription)
        return subscription

    def remove(self, kind: str, id_: str) -> None:
        """Forget an object."""
        self._shelf.remove(kind, id_)

    def newest_first(self, kind: str, **fields: str) -> list[StoredObject]:
        """Return all objects of a kind as lists show them; with `fields` those alone that have these texts in them."""
        return [each for each in self._shelf.all(kind, **fields)[::-1] if modes.is_seen(each)]

    def emit(
        self,
        type_: str,
        thing: Mapping[str, Any],
        key: str = "",
        *,
        live: bool | None = None,
        of: Mapping[str, str] = OURSELVES,
    ) -> StoredObject:
        """Make an event about an object as it is now, and have it delivered to every endpoint that wants it.

        `of` names by `account` the connected account that it is of (docs.stripe.com/connect/webhooks), and by `context`
        that of an organization; `live` is its mode where that is not the present one.
        """
        wanted_by = [each for each in self.newest_first("webhook_endpoint") if wants(each, type_)]
        event = self.new(
            "event",
            "evt",
            {
                "api_version": API_VERSION,
                "data": {"object": shapes.embedded(thing)},
                "livemode": modes.is_live() if live is None else live,
                **of,
                "pending_webhooks": len(wanted_by),
                "request": {"id": new_id("req"), "idempotency_key": key or None},
                "type": type_,
            },
        )
        for endpoint in wanted_by:
            self.schedule(event["id"], endpoint["id"])
        return event

    def schedule(self, event_id: str, endpoint_id: str) -> None:
        """Have an event delivered to an endpoint now, again if it was before."""
        now = self._clock()
        self.world.connection.execute(
            "INSERT OR REPLACE INTO stripe_deliveries VALUES (?, ?, 'waiting', 0, ?, ?, '')",
            (event_id, endpoint_id, now, now),
        )

    def undelivered(self) -> set[str]:
        """Return the ids of events that some endpoint has not acknowledged."""
        rows = self.world.connection.execute("SELECT DISTINCT event FROM stripe_deliveries WHERE state != 'done'")
        return {row[0] for row in rows}


def wants(endpoint: Mapping[str, Any], type_: str) -> bool:
    """Tell whether an endpoint is to get events of a type."""
    return endpoint["status"] == "enabled" and bool({"*", type_} & set(endpoint["enabled_events"]))


def new_id(prefix: str) -> str:
    """Return an id as Stripe makes them: `cus_` and random letters and digits."""
    return f"{prefix}_{''.join(secrets.choice(ALPHABET) for _ in range(24))}"
