"""Idempotency keys: the same key with the same request gets the first answer again, and nothing happens."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass

from localcloud.base.world import World
from localcloud.saas.object_store import SCHEMA, StoredObject


class MismatchError(Exception):
    """The key was used before for a different request."""


@dataclass(frozen=True)
class Outcome:
    """An answer, and whether it is one from before."""

    status: int
    body: StoredObject
    replayed: bool = False


class Replays:
    """The keys of one service; each is known for `window` seconds."""

    def __init__(self, world: World, service: str, window: float, clock: Callable[[], float] = time.time) -> None:
        world.define(SCHEMA)
        self._world = world
        self._service = service
        self._window = window
        self._clock = clock

    def once(self, key: str, request: str, act: Callable[[], Outcome]) -> Outcome:
        """Return the answer kept under `key`, or that of `act`, which runs in one transaction with its keeping.

        `request` is all that makes the request what it is. An empty key counts as none. Server errors are not kept,
        as with the vendors. Raises MismatchError, and what `act` raises.
        """
        with self._world.transaction():
            known = self._known(key, request) if key else None
            if known:
                return known
            outcome = act()
            if key and outcome.status < 500:
                self._keep(key, request, outcome)
            return outcome

    def _known(self, key: str, request: str) -> Outcome | None:
        row = self._world.connection.execute(
            "SELECT * FROM saas_replays WHERE service = ? AND key = ? AND at > ?",
            (self._service, key, self._clock() - self._window),
        ).fetchone()
        if row is None:
            return None
        if row["fingerprint"] != _fingerprint(request):
            raise MismatchError(key)
        return Outcome(row["status"], json.loads(row["body"]), replayed=True)

    def _keep(self, key: str, request: str, outcome: Outcome) -> None:
        self._world.connection.execute(
            "INSERT OR REPLACE INTO saas_replays VALUES (?, ?, ?, ?, ?, ?)",
            (self._service, key, _fingerprint(request), outcome.status, json.dumps(outcome.body), self._clock()),
        )


def _fingerprint(request: str) -> str:
    return hashlib.sha256(request.encode("utf-8", "surrogatepass")).hexdigest()
