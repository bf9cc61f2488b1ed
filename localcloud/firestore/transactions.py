"""Transactions in progress: what each has locked and read, and how long it may live.

Lifetimes: https://firebase.google.com/docs/firestore/quotas (270 seconds in all, 60 seconds idle).
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from localcloud.firestore.errors import expired_transaction, invalid, not_done
from localcloud.firestore.history import Past
from localcloud.firestore.locks import Locks
from localcloud.firestore.messages import TransactionOptions
from localcloud.firestore.moments import Moments
from localcloud.firestore.paths import Location
from localcloud.firestore.store import Snapshot, Store
from localcloud.firestore.times import micros
from localcloud.rpc import Refused

IDLE = 60.0  # seconds between two requests of a transaction
LIFE = 270.0  # seconds from begin to commit

Check = Callable[[], bool]
TOKEN_BYTES = 16


@dataclass(eq=False)
class Transaction:
    """One transaction; as an object it is the owner of its locks. Read-only ones have a snapshot instead."""

    id: bytes
    database: str
    begun: float
    snapshot: Snapshot | Past | None = None
    checks: list[Check] = field(default_factory=list)  # each says whether a query would still find what it found
    timer: asyncio.TimerHandle | None = None
    committing: bool = False


class Transactions:
    """The transactions of one server. They do not survive it: their clients are told that they have expired."""

    def __init__(self, store: Store, locks: Locks, moments: Moments, *, idle: float = IDLE, life: float = LIFE) -> None:
        self._store = store
        self._moments = moments
        self._locks = locks
        self._idle = idle
        self._life = life
        self._open: dict[bytes, Transaction] = {}

    def begin(self, database: str, options: Any) -> Transaction:
        """Start a transaction with the options of the request; raises Refused."""
        if options.read_write.concurrency_mode == TransactionOptions.OPTIMISTIC:
            raise not_done("Transactions are pessimistic here; optimistic concurrency was asked for.")
        snapshot: Snapshot | Past | None = None
        if options.WhichOneof("mode") == "read_only":
            chosen = options.read_only.HasField("read_time")
            moment = micros(options.read_only.read_time)
            snapshot = self._moments.at(database, moment) if chosen else self._store.snapshot()
        started = Transaction(secrets.token_bytes(TOKEN_BYTES), database, time.monotonic(), snapshot)
        self._open[started.id] = started
        self._wind(started)
        return started

    def find(self, id_: bytes, database: str) -> Transaction:
        """Return the transaction in progress of that id, and count the request as activity; raises Refused."""
        found = self._open.get(id_)
        if found is None or found.committing:
            raise expired_transaction()
        if found.database != database:
            raise invalid("The transaction belongs to another database.")
        self._wind(found)
        return found

    async def lock(self, transaction: Transaction, places: Iterable[Location]) -> None:
        """Lock the documents for the transaction; when that takes too long, ends it and raises Refused."""
        try:
            await self._locks.acquire(transaction, places)
        except Refused:
            self.end(transaction)
            raise
        finally:
            # It may have ended while it waited, and nobody else would free what it got since.
            if transaction.id not in self._open:
                self._locks.release(transaction)
        if transaction.id not in self._open:
            raise expired_transaction()

    def claim(self, id_: bytes, database: str) -> Transaction:
        """Return the transaction to the caller that commits it; no other caller finds it after that. Raises Refused."""
        transaction = self.find(id_, database)
        transaction.committing = True
        if transaction.timer:
            transaction.timer.cancel()
        return transaction

    def rollback(self, id_: bytes, database: str) -> None:
        """End the transaction of that id; one that has ended already may be rolled back, garbage may not (Refused)."""
        if len(id_) != TOKEN_BYTES:
            raise invalid("Invalid transaction.")
        if id_ in self._open:
            self.end(self.find(id_, database))

    def end(self, transaction: Transaction) -> None:
        """Close the transaction, whichever way it went, and free what it holds."""
        if self._open.pop(transaction.id, None) is None:
            return
        if transaction.timer:
            transaction.timer.cancel()
        if transaction.snapshot:
            transaction.snapshot.close()
        self._locks.release(transaction)

    def close(self) -> None:
        """End all of them."""
        for transaction in list(self._open.values()):
            self.end(transaction)

    def _wind(self, transaction: Transaction) -> None:
        if transaction.timer:
            transaction.timer.cancel()
        left = transaction.begun + self._life - time.monotonic()
        loop = asyncio.get_running_loop()
        transaction.timer = loop.call_later(min(self._idle, max(left, 0)), self.end, transaction)
