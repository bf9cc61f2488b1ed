"""Firestore's gRPC service as a table: each method's messages, the permissions it needs, and what answers it.

https://cloud.google.com/firestore/docs/reference/rpc/google.firestore.v1
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from google.protobuf.empty_pb2 import Empty

from localcloud.base.watch import Watched
from localcloud.base.world import World
from localcloud.firestore import access, expiry, index_entries, limits, messages, paths, write_stream
from localcloud.firestore.commits import Commits, Committed
from localcloud.firestore.guard import Guard
from localcloud.firestore.listen import Hub
from localcloud.firestore.locks import Locks
from localcloud.firestore.moments import Moments
from localcloud.firestore.paths import Location
from localcloud.firestore.read_consistency import Readings
from localcloud.firestore.read_methods import Reads
from localcloud.firestore.store import Scope, Store
from localcloud.firestore.streams import Listening
from localcloud.firestore.times import Clock
from localcloud.firestore.transactions import Transactions
from localcloud.firestore.write_methods import Changes
from localcloud.rpc import Refused

log = logging.getLogger(__name__)
NAME = "google.firestore.v1.Firestore"


@dataclass(frozen=True)
class Method:
    """A method with one request. `database` and `needs` say, for a request, where it goes and what it takes.

    `answer` returns the response, or the responses when `streams`; it is given the guard of a caller who is a user.
    """

    name: str
    request: Any
    answer: Callable[[Any, Guard | None], Awaitable[Any]]
    needs: Callable[[Any], Iterable[str]]
    database: Callable[[Any], str] = lambda request: paths.database(request.database)
    streams: bool = False


class Firestore:
    """One Firestore over a world: shared by all ports of a server, and bound to its event loop.

    It need not ask for composite indexes or limit index entries, as Google's emulator does not.
    """

    def __init__(self, world: World, *, asks_for_indexes: bool = True) -> None:
        self._world = world
        self._store = store = Store(world)
        clock = Clock(store.last_commit())
        locks = Locks()
        self._hub = Hub()
        moments = Moments(world, store, clock)
        self._transactions = Transactions(store, locks, moments)
        self._reads = Reads(
            world, store, clock, Readings(store, self._transactions, moments), asks_for_indexes=asks_for_indexes
        )
        indexing = Watched(world, index_entries.read).current if asks_for_indexes else None
        self._commits = Commits(world, store, clock, locks, self._transactions, self._hub, moments, indexing)
        self._changes = Changes(store, self._commits)
        self._listening = Listening(store, clock, self._hub, self._reads, moments)

    def close(self) -> None:
        """End all listeners, so that their clients reconnect, and all transactions."""
        self._hub.close()
        self._transactions.close()

    def listen(self, requests: AsyncIterator[Any], database: str, guard: Guard | None) -> AsyncIterator[Any]:
        """Yield the responses of a Listen stream; raises Refused."""
        return self._listening.listen(requests, database, guard)

    def write(self, requests: AsyncIterator[Any], database: str, commit: write_stream.Commit) -> AsyncIterator[Any]:
        """Yield the responses of a Write stream, whose commits `commit` makes; raises Refused."""
        return write_stream.answer(requests, database, commit)

    async def commit(self, database: str, request: Any, guard: Guard | None) -> Committed:
        """Apply the writes of a request outside of any transaction; raises Refused."""
        limits.check_request(request)
        return await self._commits.commit(database, request.writes, guard)

    async def expire(self, now: int) -> None:
        """Delete what policies let go at a time (microseconds), each document by a commit of its own."""
        for policy in expiry.policies(self._world):
            for write in list(expiry.expired(policy, self._store, now)):
                try:
                    await self._commits.commit(policy.database, [write], None)
                except Refused as refusal:  # it changed since, or is locked: the next round looks again
                    log.info("%s stays for now: %s", write.delete, refusal)

    async def clear(self, database: str) -> None:
        """Delete all documents of a database, past rules and triggers; listeners are told."""
        await self._commits.clear(database)

    def documents(self, database: str) -> list[Any]:
        """Return all documents of a database as they are at one moment; any thread may ask."""
        snapshot = self._store.snapshot()
        try:
            return list(snapshot.scan(Scope(Location(database), "", all_descendants=True)))
        finally:
            snapshot.close()

    async def restore(self, database: str, documents: Mapping[tuple[str, ...], Any]) -> None:
        """Write documents, given as fields by path, at one moment; raises Refused.

        Others stay, listeners are told and triggers are not:
        https://firebase.google.com/docs/firestore/manage-data/export-import#import_operations.
        """
        named = ((Location(database, segments).name, fields) for segments, fields in documents.items())
        requested = [messages.Write(update=messages.Document(name=name, fields=fields)) for name, fields in named]
        await self._commits.restore(database, requested)

    def methods(self) -> list[Method]:
        """Return the table of all methods but the streams Listen and Write."""
        return [*self._reading(), *self._writing(), *self._transacting()]

    def _reading(self) -> list[Method]:
        wire, reads = messages, self._reads
        get, list_ = _always(access.GET), _always(access.LIST)
        both = _always(access.GET, access.LIST)
        return [
            Method("GetDocument", wire.GetDocumentRequest, reads.get_document, get, _of("name")),
            Method("BatchGetDocuments", wire.BatchGetDocumentsRequest, reads.batch_get_documents, get, streams=True),
            Method("ListDocuments", wire.ListDocumentsRequest, reads.list_documents, both, _of("parent")),
            Method("ListCollectionIds", wire.ListCollectionIdsRequest, reads.list_collection_ids, list_, _of("parent")),
            Method("PartitionQuery", wire.PartitionQueryRequest, reads.partition_query, both, _of("parent")),
            Method("RunQuery", wire.RunQueryRequest, reads.run_query, both, _of("parent"), streams=True),
            Method(
                "RunAggregationQuery",
                wire.RunAggregationQueryRequest,
                reads.run_aggregation_query,
                both,
                _of("parent"),
                streams=True,
            ),
        ]

    def _writing(self) -> list[Method]:
        wire, changes = messages, self._changes
        return [
            Method(
                "CreateDocument",
                wire.CreateDocumentRequest,
                changes.create_document,
                _always(access.CREATE),
                _of("parent"),
            ),
            Method(
                "UpdateDocument",
                wire.UpdateDocumentRequest,
                changes.update_document,
                lambda request: access.for_writes([messages.Write(current_document=request.current_document)]),
                lambda request: paths.document(request.document.name).database,
            ),
            Method(
                "DeleteDocument",
                wire.DeleteDocumentRequest,
                changes.delete_document,
                _always(access.DELETE),
                _of("name"),
            ),
            Method("Commit", wire.CommitRequest, changes.commit, lambda request: access.for_writes(request.writes)),
            Method(
                "BatchWrite",
                wire.BatchWriteRequest,
                changes.batch_write,
                lambda request: access.for_writes(request.writes),
            ),
        ]

    def _transacting(self) -> list[Method]:
        wire, needs = messages, _always(access.DATABASES_GET)
        return [
            Method("BeginTransaction", wire.BeginTransactionRequest, self._begin_transaction, needs),
            Method("Rollback", wire.RollbackRequest, self._rollback, needs),
        ]

    async def _begin_transaction(self, request: Any, _guard: Guard | None) -> Any:
        begun = self._transactions.begin(request.database, request.options)
        return messages.BeginTransactionResponse(transaction=begun.id)

    async def _rollback(self, request: Any, _guard: Guard | None) -> Any:
        self._transactions.rollback(request.transaction, request.database)
        return Empty()


def _always(*permissions: str) -> Callable[[Any], Iterable[str]]:
    return lambda _request: permissions


def _of(field: str) -> Callable[[Any], str]:
    """Return what reads the database's name out of a resource name in that field."""
    parse = paths.document if field == "name" else paths.parent
    return lambda request: parse(getattr(request, field)).database
