"""Listen: what a client sees change in the documents and queries it watches.

Protocol: https://cloud.google.com/firestore/docs/reference/rpc/google.firestore.v1#listenresponse. A target that is
added is reset and sent whole. With a resume token of the past hour it is sent what changed since, and how many
documents it has, by which the client sees whether it missed something.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from localcloud.firestore import paths
from localcloud.firestore.messages import (
    DocumentChange,
    DocumentDelete,
    DocumentRemove,
    ExistenceFilter,
    ListenResponse,
    TargetChange,
)
from localcloud.firestore.paths import Location
from localcloud.firestore.query import Query
from localcloud.firestore.store import Reader
from localcloud.firestore.times import micros, stamp


@dataclass(frozen=True)
class Commit:
    """What one commit changed: the documents as they are now, None where one is gone. `time` in microseconds."""

    time: int
    documents: Mapping[Location, Any | None]


class Hub:
    """Tells every listener of every commit."""

    def __init__(self) -> None:
        self._queues: set[asyncio.Queue[Commit | None]] = set()
        self._closed = False

    def subscribe(self) -> asyncio.Queue[Commit | None]:
        """Return a queue that gets all commits from now on, and None when the server ends."""
        queue: asyncio.Queue[Commit | None] = asyncio.Queue()
        if self._closed:
            queue.put_nowait(None)
        self._queues.add(queue)
        return queue

    def unsubscribe(self, queue: asyncio.Queue[Commit | None]) -> None:
        """Stop filling the queue."""
        self._queues.discard(queue)

    def publish(self, commit: Commit) -> None:
        """Hand the commit to all listeners."""
        for queue in self._queues:
            queue.put_nowait(commit)

    def close(self) -> None:
        """Tell all listeners that the server ends."""
        self._closed = True
        for queue in self._queues:
            queue.put_nowait(None)


class DocumentsView:
    """The documents of a target, by name."""

    def __init__(self, places: Iterable[Location]) -> None:
        self._places = frozenset(places)

    def count(self, reader: Reader) -> int:
        """Return how many of the watched documents exist."""
        return sum(document is not None for document in self.load(reader).values())

    def load(self, reader: Reader) -> dict[Location, Any | None]:
        """Return every watched document, None for those that do not exist."""
        return {place: reader.get(place) for place in sorted(self._places, key=lambda place: place.name)}

    def since(self, _past: Reader, reader: Reader) -> dict[Location, Any | None]:
        """Return every watched document: there are few."""
        return self.load(reader)

    def after(self, commit: Commit, _reader: Reader) -> dict[Location, Any | None]:
        """Return the watched documents that the commit changed."""
        return {place: document for place, document in commit.documents.items() if place in self._places}


class QueryView:
    """The result of a query, kept up to date commit by commit."""

    def __init__(self, query: Query) -> None:
        self._query = query
        self._shown: dict[Location, int] = {}  # update times in microseconds

    def count(self, _reader: Reader) -> int:
        """Return how many documents the result has."""
        return len(self._shown)

    def load(self, reader: Reader) -> dict[Location, Any | None]:
        """Return the whole result."""
        found = self._run(reader)
        self._shown = _versions(found)
        return dict(found)

    def since(self, past: Reader, reader: Reader) -> dict[Location, Any | None]:
        """Return what was added to the result or changed in it since the past, and None for what left it."""
        before, now = self._run(past), self.load(reader)
        changed = {place: document for place, document in now.items() if before.get(place) != document}
        return {**changed, **dict.fromkeys(place for place in before if place not in now)}

    def after(self, commit: Commit, reader: Reader) -> dict[Location, Any | None]:
        """Return what the commit added to the result or changed in it, and None for what left it."""
        touched = {place: document for place, document in commit.documents.items() if self._concerns(place)}
        if not touched:
            return {}
        # A limit lets other documents move up, so the query is run again.
        cut = self._query.limit is not None or self._query.offset > 0
        result = self._run(reader) if cut else self._patched(touched)
        changes = {place: document for place, document in result.items() if self._is_news(place, document)}
        kept = _versions(result) if cut else {**self._shown, **_versions(changes)}
        gone = set(self._shown) - set(result) if cut else (set(touched) - set(result)) & set(self._shown)
        self._shown = {place: version for place, version in kept.items() if place not in gone}
        return {**changes, **dict.fromkeys(gone)}

    def _concerns(self, place: Location) -> bool:
        return self._query.scope.contains(place)

    def _patched(self, touched: Mapping[Location, Any | None]) -> dict[Location, Any]:
        return {
            place: self._query.project(document)
            for place, document in touched.items()
            if document is not None and self._query.matches(document)
        }

    def _run(self, reader: Reader) -> dict[Location, Any]:
        found = self._query.run(reader)
        return {paths.document(document.name): self._query.project(document) for document in found}

    def _is_news(self, place: Location, document: Any) -> bool:
        return self._shown.get(place) != micros(document.update_time)


View = DocumentsView | QueryView
Check = Callable[[int], None]  # given a time in microseconds, raises Refused when the client may not watch (any longer)


class Watch:
    """One target of a stream: its view, and the moment up to which the client was told (microseconds)."""

    def __init__(self, target_id: int, view: View, check: Check) -> None:
        self.target_id = target_id
        self.check = check
        self._view = view
        self._told = 0

    def opening(self, reader: Reader, read_time: int, past: Reader | None = None) -> Iterator[Any]:
        """Yield the messages that start the target: it is added, emptied, filled, and then current.

        One that goes on from the `past` is not emptied, and told what is new and how many documents there are.
        """
        self._told = read_time
        yield _change(TargetChange.ADD, self.target_id)
        if past is None:
            yield _change(TargetChange.RESET, self.target_id)
            for place, document in self._view.load(reader).items():
                yield self._message(place, document, read_time, exists=False)
        else:
            for place, document in self._view.since(past, reader).items():
                gone_from_view = document is None and reader.get(place) is not None
                yield self._message(place, document, read_time, exists=gone_from_view)
            yield ListenResponse(filter=ExistenceFilter(target_id=self.target_id, count=self._view.count(reader)))
        yield _change(TargetChange.CURRENT, self.target_id, read_time)
        yield consistent(read_time)

    def changes(self, commit: Commit, reader: Reader) -> Iterator[Any]:
        """Yield the messages that tell of a commit; none when it does not concern the target, or was told already."""
        if commit.time <= self._told:
            return
        for place, document in self._view.after(commit, reader).items():
            # What others pushed out of a limited result was not in the commit, and is still there.
            exists = commit.documents.get(place, True) is not None
            yield self._message(place, document, commit.time, exists=exists)

    def _message(self, place: Location, document: Any | None, read_time: int, *, exists: bool) -> Any:
        ids = [self.target_id]
        if document is not None:
            return ListenResponse(document_change=DocumentChange(document=document, target_ids=ids))
        gone = {"document": place.name, "removed_target_ids": ids, "read_time": stamp(read_time)}
        if exists:
            return ListenResponse(document_remove=DocumentRemove(**gone))
        return ListenResponse(document_delete=DocumentDelete(**gone))


def consistent(read_time: int) -> Any:
    """Return the message that says: what you have now is how it was at `read_time` (microseconds)."""
    return ListenResponse(
        target_change=TargetChange(
            target_change_type=TargetChange.NO_CHANGE, read_time=stamp(read_time), resume_token=_token(read_time)
        )
    )


def removal(target_id: int, code: int = 0, message: str = "") -> Any:
    """Return the message that ends a target, with the status that was the cause, if any."""
    response = _change(TargetChange.REMOVE, target_id)
    if code:
        response.target_change.cause.code = code
        response.target_change.cause.message = message
    return response


def _change(kind: int, target_id: int, read_time: int | None = None) -> Any:
    change = TargetChange(target_change_type=kind, target_ids=[target_id])
    if read_time is not None:
        change.read_time.CopyFrom(stamp(read_time))
        change.resume_token = _token(read_time)
    return ListenResponse(target_change=change)


def _token(read_time: int) -> bytes:
    return read_time.to_bytes(8, "big")


def moment_of(token: bytes) -> int:
    """Return the time of a resume token in microseconds; that of one that is not ours is in the far future or past."""
    return int.from_bytes(token, "big")


def _versions(documents: Mapping[Location, Any]) -> dict[Location, int]:
    return {place: micros(document.update_time) for place, document in documents.items()}
