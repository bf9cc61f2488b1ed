"""What a flow has in hand while it is played."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from flows import edge
from flows.edge import Edge
from flows.stage import Stage
from flows.vendors import TIMEOUT, Vendors
from handlers.roles import STRIPE_API_KEY

Record = dict[str, Any]


@dataclass(frozen=True)
class Scene:
    """The stage, its public door, its documents, and the vendors of the rehearsal. Safe for many threads."""

    stage: Stage
    edge: Edge
    vendors: Vendors
    _documents: Any

    def record(self, path: str) -> Record:
        """Return a document's fields, none when it is not there."""
        found: Record | None = self._documents.document(path).get(timeout=10).to_dict()
        return found or {}

    def user(self, user_id: str) -> Record:
        """Return a user's record, none when there is none."""
        return self.record(f"users/{user_id}")


@contextmanager
def set_up(stage: Stage) -> Iterator[Scene]:
    """Give a scene on a rehearsal's stage for the length of the block.

    Raises what the clients raise when Secret Manager cannot be read, ValueError on a stage without vendors.
    """
    if stage.rehearsal is None:
        raise ValueError("flows act as the vendors, which is possible in a rehearsal only")
    documents = stage.documents()
    key = stage.secret(STRIPE_API_KEY)
    with edge.opened(stage) as door, httpx.Client(timeout=TIMEOUT, trust_env=False) as plain:
        try:
            yield Scene(stage, door, Vendors(plain, stage.rehearsal, key), documents)
        finally:
            documents.close()
