"""The Listen stream: requests that add and remove targets come in, changes go out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from enum import Enum
from typing import Any

from grpc import StatusCode

from localcloud.firestore import paths
from localcloud.firestore.errors import invalid
from localcloud.firestore.guard import Guard
from localcloud.firestore.history import Past
from localcloud.firestore.listen import (
    Check,
    Commit,
    DocumentsView,
    Hub,
    QueryView,
    View,
    Watch,
    consistent,
    moment_of,
    removal,
)
from localcloud.firestore.moments import Moments
from localcloud.firestore.read_methods import Reads
from localcloud.firestore.store import Store
from localcloud.firestore.times import Clock, micros
from localcloud.rpc import Refused


class End(Enum):
    """The client has sent its last request."""

    OF_REQUESTS = 1


class Listening:
    """Serves Listen streams from a store and its hub."""

    def __init__(self, store: Store, clock: Clock, hub: Hub, reads: Reads, moments: Moments) -> None:
        self._store = store
        self._clock = clock
        self._hub = hub
        self._reads = reads
        self._moments = moments

    async def listen(self, requests: AsyncIterator[Any], database: str, guard: Guard | None) -> AsyncIterator[Any]:
        """Yield responses until the client has sent its last request; raises Refused when the server ends.

        With a `guard` each target is judged when it is added and again whenever it would tell of a change.
        """
        queue: asyncio.Queue[Any] = self._hub.subscribe()
        incoming = asyncio.create_task(_forward(requests, queue))
        watches: dict[int, Watch] = {}
        try:
            while (item := await queue.get()) is not End.OF_REQUESTS:
                if item is None:
                    # Clients reconnect after UNAVAILABLE; a cancelled stream would end their listener for good.
                    raise Refused(StatusCode.UNAVAILABLE, "The server is shutting down.")
                told = (
                    self._told(watches, item)
                    if isinstance(item, Commit)
                    else self._asked(watches, item, database, guard)
                )
                for response in told:
                    yield response
        finally:
            incoming.cancel()
            self._hub.unsubscribe(queue)

    def _told(self, watches: dict[int, Watch], commit: Commit) -> list[Any]:
        news = [response for watch in list(watches.values()) for response in self._changes(watches, watch, commit)]
        return [*news, consistent(commit.time)] if news else []

    def _changes(self, watches: dict[int, Watch], watch: Watch, commit: Commit) -> list[Any]:
        found = list(watch.changes(commit, self._store))
        try:
            if found:
                watch.check(commit.time)
        except Refused as refusal:
            del watches[watch.target_id]
            return [removal(watch.target_id, refusal.code.value[0], refusal.message)]
        return found

    def _asked(self, watches: dict[int, Watch], request: Any, database: str, guard: Guard | None) -> Iterator[Any]:
        if request.database != database:
            raise invalid("A Listen stream stays with one database.")
        kind = request.WhichOneof("target_change")
        if kind == "remove_target":
            if watches.pop(request.remove_target, None):
                yield removal(request.remove_target)
        elif kind == "add_target":
            yield from self._added(watches, request.add_target, database, guard)
        else:
            raise invalid("A Listen request has to add or to remove a target.")

    def _added(self, watches: dict[int, Watch], target: Any, database: str, guard: Guard | None) -> Iterator[Any]:
        target_id = target.target_id or max(watches, default=0) + 1
        if target_id in watches:
            raise invalid(f"Target id {target_id} is in use.")
        try:
            view, check = self._view(target, database, guard)
            watch = Watch(target_id, view, check)
            watch.check(self._clock.tick())
        except Refused as refusal:
            yield removal(target_id, refusal.code.value[0], refusal.message)
            return
        past = self._resumed(target)
        if not target.once:
            watches[target_id] = watch
        # All at once: a commit between two of these messages must not be told twice or never.
        yield from list(watch.opening(self._store, self._clock.tick(), past))
        if target.once:
            yield removal(target_id)

    def _resumed(self, target: Any) -> Past | None:
        """Return the past from which a target goes on, or None when it begins."""
        kind = target.WhichOneof("resume_type")
        if kind is None:
            return None
        if kind == "read_time":
            return self._moments.resumable(micros(target.read_time))
        return self._moments.resumable(moment_of(target.resume_token))

    def _view(self, target: Any, database: str, guard: Guard | None) -> tuple[View, Check]:
        """Return what a target watches, and what judges at a moment (microseconds) whether its user may."""
        if target.WhichOneof("target_type") == "documents":
            documents = DocumentsView(paths.document_in(name, database) for name in target.documents.documents)
            return documents, lambda now: guard.get(documents.load(self._store), self._store, now) if guard else None
        if target.WhichOneof("target_type") != "query":
            raise invalid("A target needs documents or a query.")
        asked = self._reads.query(target.query.parent, target.query.structured_query)
        if asked.scope.parent.database != database:
            raise invalid(f'The query does not lie in database "{database}".')
        parent, wire = asked.scope.parent, target.query.structured_query
        return QueryView(asked), lambda now: guard.list(parent, wire, self._store, now) if guard else None


async def _forward(requests: AsyncIterator[Any], queue: asyncio.Queue[Any]) -> None:
    try:
        async for request in requests:
            queue.put_nowait(request)
    finally:
        queue.put_nowait(End.OF_REQUESTS)
