"""Documents in the world: one row each, in the order of their names."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from localcloud.base.world import World
from localcloud.firestore import paths
from localcloud.firestore.messages import Document
from localcloud.firestore.paths import Location

SCHEMA = """
CREATE TABLE IF NOT EXISTS firestore_documents (
    database TEXT NOT NULL, key BLOB NOT NULL, parent BLOB NOT NULL, collection TEXT NOT NULL, document BLOB NOT NULL,
    PRIMARY KEY (database, key)
);
CREATE INDEX IF NOT EXISTS firestore_by_parent ON firestore_documents (database, parent, key);
CREATE INDEX IF NOT EXISTS firestore_by_collection ON firestore_documents (database, collection, key);
CREATE TABLE IF NOT EXISTS firestore_history (
    database TEXT NOT NULL, key BLOB NOT NULL, until INTEGER NOT NULL, parent BLOB NOT NULL, collection TEXT NOT NULL,
    document BLOB, PRIMARY KEY (database, key, until)
) WITHOUT ROWID;
"""
_KEEP = """
INSERT INTO firestore_history VALUES (
    ?, ?, ?, ?, ?, (SELECT document FROM firestore_documents WHERE database = ? AND key = ?)
)
"""


@dataclass(frozen=True)
class Scope:
    """Which documents a query looks at: those of the collection `collection` under `parent`, directly or at any depth.

    Without a collection: everything below the parent.
    """

    parent: Location
    collection: str
    all_descendants: bool

    def contains(self, place: Location) -> bool:
        """Whether the document at that place is one of them."""
        above = self.parent.segments
        if place.database != self.parent.database or place.segments[: len(above)] != above:
            return False
        if len(place.segments) == len(above) or (self.collection and place.segments[-2] != self.collection):
            return False
        return self.all_descendants or len(place.segments) == len(above) + 2


class Reader:
    """Reads documents over one connection, at the moment that connection sees.

    `table` is what it selects from, in SQL: the documents' table, or what has its columns.
    """

    def __init__(self, connection: sqlite3.Connection, table: str = "firestore_documents") -> None:
        self._connection = connection
        self._get = f"SELECT document FROM {table} WHERE database = ? AND key = ?"  # noqa: S608 - no user's text
        self._scan = f"SELECT document FROM {table} WHERE {{}} ORDER BY key"  # noqa: S608
        self._next = (
            f"SELECT document FROM {table} "  # noqa: S608
            "WHERE database = ? AND key > ? AND key < ? ORDER BY key LIMIT 1"
        )

    def get(self, place: Location) -> Any | None:
        """Return the Document at the place, or None."""
        row = self._connection.execute(self._get, (place.database, paths.sort_key(place.segments))).fetchone()
        return Document.FromString(row[0]) if row else None

    def scan(self, scope: Scope) -> Iterator[Any]:
        """Yield the Documents of a scope in the order of their names."""
        where, values = _condition(scope)
        rows = self._connection.execute(self._scan.format(where), values)
        return (Document.FromString(row[0]) for row in rows)

    def children(self, place: Location, after: str = "") -> Iterator[str]:
        """Yield the ids of what lies directly below a place, in order, beginning after the id `after`.

        Below a document (or the root) these are collections, below a collection documents: also those that do not
        exist themselves but have documents below them.
        """
        low, high = _below(place)
        if after:
            low = _below(place.child(after))[1]
        while True:
            row = self._connection.execute(self._next, (place.database, low, high)).fetchone()
            if row is None:
                return
            found = paths.document(Document.FromString(row[0]).name).segments[len(place.segments)]
            yield found
            low = _below(place.child(found))[1]


class Store(Reader):
    """Reads and writes the documents of a world, over the calling thread's connection."""

    def __init__(self, world: World) -> None:
        world.define(SCHEMA)
        self._world = world
        super().__init__(world.connection)

    def last_commit(self) -> int:
        """Return the time of the last commit in microseconds since the epoch; 0 when there was none.

        The last commit is never forgotten: what it replaced is kept for an hour from then on.
        """
        row = self._world.connection.execute("SELECT max(until) FROM firestore_history").fetchone()
        return int(row[0] or 0)

    def save(self, documents: Mapping[Location, Any | None], commit_time: int) -> None:
        """Store documents, and remove those that are None; part of the transaction that the caller holds.

        What they replace stays readable as of a time before the commit (microseconds).
        """
        connection = self._world.connection
        for place, document in documents.items():
            key = paths.sort_key(place.segments)
            connection.execute(_KEEP, (place.database, key, commit_time, *_above(place), place.database, key))
            if document is None:
                connection.execute(
                    "DELETE FROM firestore_documents WHERE database = ? AND key = ?", (place.database, key)
                )
            else:
                connection.execute(
                    "INSERT INTO firestore_documents VALUES (?, ?, ?, ?, ?) "
                    "ON CONFLICT (database, key) DO UPDATE SET document = excluded.document",
                    (place.database, key, *_above(place), document.SerializeToString()),
                )

    def forget(self, database: str, before: int) -> None:
        """Drop what was replaced in a database before a time (microseconds)."""
        self._world.connection.execute(
            "DELETE FROM firestore_history WHERE database = ? AND until < ?", (database, before)
        )

    def snapshot(self) -> Snapshot:
        """Return a reader that keeps seeing the documents as they are now; close it soon."""
        return Snapshot(self._world)


def erase(world: World, database: str) -> None:
    """Drop all documents of a database that is gone, and what they were; part of the caller's transaction."""
    known = {row[0] for row in world.connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    for table in {"firestore_documents", "firestore_history"} & known:  # a world where nothing was served has none
        world.connection.execute(f"DELETE FROM {table} WHERE database = ?", (database,))  # noqa: S608 - two names


class Snapshot(Reader):
    """A reader of one moment: a SQLite read transaction on a connection of its own."""

    def __init__(self, world: World) -> None:
        self._own = sqlite3.connect(world.path, isolation_level=None)
        self._own.execute("BEGIN")
        self._own.execute("SELECT 1 FROM firestore_documents LIMIT 1").fetchone()
        super().__init__(self._own)

    def close(self) -> None:
        """Let go of the moment."""
        self._own.close()


def _above(place: Location) -> tuple[bytes, str]:
    """Return the key of a document's collection, and the collection's id."""
    return paths.sort_key(place.segments[:-1]), place.segments[-2]


def _condition(scope: Scope) -> tuple[str, tuple[Any, ...]]:
    database, (low, high) = scope.parent.database, _below(scope.parent)
    if not scope.all_descendants:
        parent = paths.sort_key((*scope.parent.segments, scope.collection))
        return "database = ? AND parent = ?", (database, parent)
    if scope.collection:
        return "database = ? AND collection = ? AND key > ? AND key < ?", (database, scope.collection, low, high)
    return "database = ? AND key > ? AND key < ?", (database, low, high)


def _below(place: Location) -> tuple[bytes, bytes]:
    # No UTF-8 text has the byte 0xFF, so it ends the range of the keys that start with this one.
    key = paths.sort_key(place.segments)
    return key, key + b"\xff"
