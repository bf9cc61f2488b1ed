"""What a flow has in hand while it is played."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from flows import edge, waiting
from flows.edge import Edge
from flows.public_vendors import PublicVendors
from flows.stage import Stage
from flows.vendors import TIMEOUT, Vendors
from handlers.service_manifest import STRIPE_API_KEY

Record = dict[str, Any]


@dataclass(frozen=True)
class Scene:
    """The stage, its public door, its documents, and the vendors of the rehearsal. Safe for many threads.

    `settling` is called when a flow begins to wait for what should not happen.
    """

    stage: Stage
    edge: Edge
    vendors: Vendors
    _documents: Any
    _plain: httpx.Client
    settling: Callable[[], object] = lambda: None

    def settle(self) -> None:
        """Give what should not happen a second time the time to happen, and say that the machine is free meanwhile."""
        self.settling()
        waiting.settle()

    def record(self, path: str) -> Record:
        """Return a document's fields, none when it is not there."""
        found: Record | None = self._documents.document(path).get(timeout=10).to_dict()
        return found or {}

    def effects(self, event_id: str) -> list[Record]:
        """Return the outbox's effects of an event."""
        from google.cloud.firestore_v1.base_query import FieldFilter  # takes long, and few commands need it

        wanted = self._documents.collection("outbox").where(filter=FieldFilter("eventId", "==", event_id))
        return [each.to_dict() for each in wanted.get(timeout=10)]

    def events_in(self, states: Sequence[str]) -> list[str]:
        """Return the ids of the inbox's events that are in one of these states."""
        from google.cloud.firestore_v1.base_query import FieldFilter

        wanted = self._documents.collection("inbox").where(filter=FieldFilter("state", "in", list(states)))
        return [each.id for each in wanted.select([]).get(timeout=30)]

    def user(self, user_id: str) -> Record:
        """Return a user's record, none when there is none."""
        return self.record(f"users/{user_id}")

    def post_to_run(self, host: str, path: str, body: bytes) -> int:
        """Return the status of a POST from the internet to a service's own run.app address."""
        address = self.stage.rehearsal.run if self.stage.rehearsal else ""
        url = f"http://{address}{path}" if address else f"https://{host}{path}"
        return self._plain.post(url, content=body, headers={"Host": host}).status_code


@contextmanager
def set_up(stage: Stage) -> Iterator[Scene]:
    """Give a scene on a rehearsal's stage for the length of the block.

    Raises what the clients raise when Secret Manager cannot be read, ValueError on a stage without vendors.
    """
    if stage.rehearsal is None:
        raise ValueError("flows act as the vendors, which is possible in a rehearsal only")
    documents = stage.documents()
    key = stage.secret(STRIPE_API_KEY)
    with edge.opened(stage) as door, stage.client(TIMEOUT) as plain:
        vendors = PublicVendors(plain, stage, key, door) if stage.public else Vendors(plain, stage.rehearsal, key)
        try:
            yield Scene(stage, door, vendors, documents, plain)
        finally:
            vendors.clean_up()
            documents.close()
