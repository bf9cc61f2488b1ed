"""The writing methods of Firestore, from request to response."""

from __future__ import annotations

import secrets
import string
from typing import Any

from google.protobuf.empty_pb2 import Empty
from google.rpc.status_pb2 import Status

from localcloud.firestore import limits, paths, query, writes
from localcloud.firestore.commits import Commits
from localcloud.firestore.errors import invalid
from localcloud.firestore.guard import Guard
from localcloud.firestore.messages import (
    BatchWriteResponse,
    CommitResponse,
    Precondition,
    Write,
    WriteResult,
)
from localcloud.firestore.paths import Location
from localcloud.firestore.store import Store
from localcloud.firestore.times import stamp
from localcloud.rpc import Refused

AUTO_ID = 20  # characters of an id that the server chooses
_ALPHABET = string.ascii_letters + string.digits


class Changes:
    """Answers writing requests. Every method raises Refused."""

    def __init__(self, store: Store, commits: Commits) -> None:
        self._store = store
        self._commits = commits

    async def create_document(self, request: Any, guard: Guard | None) -> Any:
        """Create a document under the id given, or one that is chosen here, and return it."""
        id_ = request.document_id or "".join(secrets.choice(_ALPHABET) for _ in range(AUTO_ID))
        collection = paths.collection_id(request.collection_id)
        place = paths.parent(request.parent).child(collection, paths.document_id(id_))
        write = Write(update=request.document, current_document=Precondition(exists=False))
        return await self._written(place, write, request, guard)

    async def update_document(self, request: Any, guard: Guard | None) -> Any:
        """Update the masked fields of a document, or all of it, and return it."""
        write = Write(update=request.document, current_document=request.current_document)
        if request.HasField("update_mask"):
            write.update_mask.CopyFrom(request.update_mask)
        return await self._written(paths.document(request.document.name), write, request, guard)

    async def delete_document(self, request: Any, guard: Guard | None) -> Any:
        """Delete a document; without a precondition it does not matter whether it exists."""
        place = paths.document(request.name)
        await self._commits.commit(place.database, [_delete(request)], guard)
        return Empty()

    async def commit(self, request: Any, guard: Guard | None) -> Any:
        """Apply writes atomically, in a transaction or without one."""
        limits.check_request(request)
        if request.transaction:
            done = await self._commits.commit_transaction(request.database, request.writes, request.transaction, guard)
        else:
            done = await self._commits.commit(request.database, request.writes, guard)
        return CommitResponse(write_results=done.results, commit_time=stamp(done.time))

    async def batch_write(self, request: Any, guard: Guard | None) -> Any:
        """Apply writes one by one and return the status of each."""
        limits.check_request(request)
        if len(request.writes) > limits.MAX_BATCH:
            raise invalid(f"A BatchWrite can hold at most {limits.MAX_BATCH} writes.")
        names = [writes.target(write, request.database).name for write in request.writes]
        if len(set(names)) < len(names):
            raise invalid("A BatchWrite cannot write to the same document more than once.")
        response = BatchWriteResponse()
        for write in request.writes:
            result, status = await self._attempted(request.database, write, guard)
            response.write_results.append(result)
            response.status.append(status)
        return response

    async def _attempted(self, database: str, write: Any, guard: Guard | None) -> tuple[Any, Any]:
        try:
            done = await self._commits.commit(database, [write], guard)
        except Refused as refusal:
            return WriteResult(), Status(code=refusal.code.value[0], message=refusal.message)
        return done.results[0], Status()

    async def _written(self, place: Location, write: Any, request: Any, guard: Guard | None) -> Any:
        write.update.name = place.name
        await self._commits.commit(place.database, [write], guard)
        document = self._store.get(place)
        return query.masked(document, query.mask(request.mask)) if request.HasField("mask") else document


def _delete(request: Any) -> Any:
    write = Write(delete=request.name)
    if request.HasField("current_document"):
        write.current_document.CopyFrom(request.current_document)
    return write
