"""How a request wants to read: now, in a transaction that locks what it reads, or in a read-only one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from localcloud.firestore import paths
from localcloud.firestore.moments import Moments
from localcloud.firestore.paths import Location
from localcloud.firestore.store import Reader, Store
from localcloud.firestore.times import micros
from localcloud.firestore.transactions import Transaction, Transactions

Find = Callable[[Reader], list[Any]]


@dataclass(frozen=True)
class Reading:
    """Where a request reads from. `started` is the id of the transaction that the request itself began."""

    reader: Reader
    locking: Transaction | None = None
    started: bytes = b""
    moment: int | None = None  # microseconds, where the request chose one


class Readings:
    """Opens the readings of requests over a store and its transactions."""

    def __init__(self, store: Store, transactions: Transactions, moments: Moments) -> None:
        self._store = store
        self._moments = moments
        self._transactions = transactions

    def open(self, request: Any, database: str) -> Reading:
        """Return the reading that the request's consistency selector asks for; raises Refused."""
        selector = request.WhichOneof("consistency_selector")
        if selector is None:
            return Reading(self._store)
        if selector == "read_time":
            moment = micros(request.read_time)
            return Reading(self._moments.at(database, moment), moment=moment)
        if selector == "new_transaction":
            begun = self._transactions.begin(database, request.new_transaction)
            return self._within(begun, begun.id)
        return self._within(self._transactions.find(request.transaction, database))

    async def documents(self, reading: Reading, places: Iterable[Location]) -> dict[Location, Any | None]:
        """Return the Documents at those places, None where there is none, locked first if the reading locks."""
        wanted = list(dict.fromkeys(places))
        if reading.locking:
            await self._transactions.lock(reading.locking, wanted)
        return {place: reading.reader.get(place) for place in wanted}

    async def found(self, reading: Reading, find: Find) -> list[Any]:
        """Return the Documents that `find` finds.

        In a locking transaction they are locked, and its commit is refused if by then something else would be found:
        that is how documents that appear in between are noticed.
        """
        documents = find(reading.reader)
        if reading.locking is None:
            return documents
        while True:
            await self._transactions.lock(reading.locking, [paths.document(document.name) for document in documents])
            again = find(self._store)
            if _fingerprint(again) == _fingerprint(documents):
                break
            documents = again
        expected = _fingerprint(documents)
        reading.locking.checks.append(lambda: _fingerprint(find(self._store)) == expected)
        return documents

    def _within(self, transaction: Transaction, started: bytes = b"") -> Reading:
        if transaction.snapshot:
            return Reading(transaction.snapshot, None, started)
        return Reading(self._store, transaction, started)


def _fingerprint(documents: Iterable[Any]) -> list[tuple[str, int]]:
    return [(document.name, micros(document.update_time)) for document in documents]
