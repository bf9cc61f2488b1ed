"""Commits: all writes of a request become visible at one moment, or none does."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from grpc import StatusCode

from localcloud.base.world import World
from localcloud.eventarc.document_changes import Change
from localcloud.eventarc.event_queue import EventQueue
from localcloud.firestore import index_entries, limits, paths, writes
from localcloud.firestore.errors import contention, invalid
from localcloud.firestore.guard import Guard
from localcloud.firestore.index_entries import Indexing
from localcloud.firestore.listen import Commit, Hub
from localcloud.firestore.locks import Locks
from localcloud.firestore.moments import Moments
from localcloud.firestore.paths import Location
from localcloud.firestore.store import Scope, Store
from localcloud.firestore.times import Clock
from localcloud.firestore.transactions import Check, Transaction, Transactions
from localcloud.rpc import Refused

BUSY_WAIT = 30.0  # seconds that other processes may keep the world's write lock
BUSY_PAUSE = 0.005  # seconds between two attempts, in which this server answers others


@dataclass(frozen=True)
class Committed:
    """What a commit did. `results` are in the order of the writes, `time` is in microseconds.

    `changes` are those that triggers may be told of.
    """

    time: int
    results: Sequence[Any]
    documents: dict[Location, Any | None]
    changes: Sequence[Change] = ()


class Commits:
    """Applies writes to a store, under locks, and tells the listeners.

    `indexing` says what is indexed; without it nothing limits a document's index entries.
    """

    def __init__(
        self,
        world: World,
        store: Store,
        clock: Clock,
        locks: Locks,
        transactions: Transactions,
        hub: Hub,
        moments: Moments,
        indexing: Callable[[], Indexing] | None,
    ) -> None:
        self._world = world
        self._store = store
        self._clock = clock
        self._locks = locks
        self._transactions = transactions
        self._hub = hub
        self._moments = moments
        self._indexing = indexing
        self._events = EventQueue(world)
        # Waiting inside SQLite would stop the event loop, so that is left to `_save`.
        world.connection.execute("PRAGMA busy_timeout = 0")

    async def commit(self, database: str, requested: Sequence[Any], guard: Guard | None) -> Committed:
        """Apply the writes atomically, outside of any transaction; raises Refused."""
        places = _checked(database, requested)
        async with self._locked(places):
            return await self._save(places, requested, guard)

    async def restore(self, database: str, requested: Sequence[Any]) -> None:
        """Apply the writes atomically, past rules and triggers; raises Refused."""
        places = _checked(database, requested)
        async with self._locked(places):
            await self._stored(lambda: replace(self._applied(places, requested, None, ()), changes=()))

    async def commit_transaction(
        self, database: str, requested: Sequence[Any], id_: bytes, guard: Guard | None
    ) -> Committed:
        """Apply the writes atomically and end the transaction; raises Refused, which ends it as well."""
        transaction = self._transactions.claim(id_, database)
        try:
            return await self._commit_transaction(database, requested, transaction, guard)
        finally:
            self._transactions.end(transaction)

    async def clear(self, database: str) -> None:
        """Delete every document of a database at one moment, without events; raises Refused."""
        everything = Scope(Location(database), "", all_descendants=True)

        def gone() -> Committed:
            names = [document.name for document in self._store.scan(everything)]
            return Committed(self._clock.tick(), (), dict.fromkeys(map(paths.document, names)))

        await self._stored(gone)

    @asynccontextmanager
    async def _locked(self, places: Sequence[Location]) -> AsyncIterator[None]:
        owner = object()
        try:
            await self._locks.acquire(owner, places)
            yield
        finally:
            self._locks.release(owner)

    async def _commit_transaction(
        self, database: str, requested: Sequence[Any], transaction: Transaction, guard: Guard | None
    ) -> Committed:
        if transaction.snapshot:
            if requested:
                raise invalid("Cannot modify entities in a read-only transaction.")
            return Committed(self._clock.tick(), (), {})
        places = _checked(database, requested)
        await self._transactions.lock(transaction, places)
        return await self._save(places, requested, guard, transaction.checks)

    async def _save(
        self,
        places: Sequence[Location],
        requested: Sequence[Any],
        guard: Guard | None,
        checks: Iterable[Check] = (),
    ) -> Committed:
        return await self._stored(lambda: self._applied(places, requested, guard, checks))

    async def _stored(self, make: Callable[[], Committed]) -> Committed:
        give_up = time.monotonic() + BUSY_WAIT
        while True:
            try:
                with self._world.transaction():
                    committed = make()
                    self._store.save(committed.documents, committed.time)
                    for database in {place.database for place in committed.documents}:
                        self._moments.forget(database, committed.time)
                    self._events.publish(committed.changes, committed.time / 1_000_000)
                break
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > give_up:
                    raise Refused(StatusCode.UNAVAILABLE, f"The world cannot be written: {error}") from error
            await asyncio.sleep(BUSY_PAUSE)
        self._hub.publish(Commit(committed.time, committed.documents))
        return committed

    def _applied(
        self, places: Sequence[Location], requested: Sequence[Any], guard: Guard | None, checks: Iterable[Check]
    ) -> Committed:
        if not all(check() for check in checks):
            raise contention()
        now = self._clock.tick()
        stored = {place: self._store.get(place) for place in set(places)}
        done = writes.changes(places, requested, stored, now, unconditional=guard is not None)
        if guard:  # before any precondition: what is there must not be learnt by who may not know
            guard.write(done, self._store, now)
            for write, change in zip(requested, done, strict=True):
                writes.check_precondition(write.current_document, change.place, change.before, now)
        documents = {change.place: change.after for change in done}
        changed = {place: document for place, document in documents.items() if document != stored[place]}
        self._check_entries(changed)
        events = [Change(stored[place], new) for place, new in changed.items()]
        return Committed(now, [change.result for change in done], changed, events)

    def _check_entries(self, changed: Mapping[Location, Any | None]) -> None:
        if self._indexing is None:
            return
        indexing = self._indexing()
        for place, document in changed.items():
            if document is not None:
                index_entries.check(place, document.fields, indexing)


def _checked(database: str, requested: Sequence[Any]) -> list[Location]:
    """Return the documents that the writes are about, after all checks that need no stored document; raises Refused."""
    places = [writes.target(write, database) for write in requested]
    transforms: Counter[Location] = Counter()
    for place, write in zip(places, requested, strict=True):
        transforms[place] += writes.check(write)
    if any(count > limits.MAX_TRANSFORMS for count in transforms.values()):
        raise invalid(f"A commit can apply at most {limits.MAX_TRANSFORMS} field transformations to a single document.")
    return places
