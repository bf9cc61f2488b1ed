"""The one store of the local cloud: every resource the engine created and everything that happened since.

Provider servers change it, loopback servers read it. It is a SQLite file in WAL mode, so that every server is a process
of its own and any of them may be killed at any moment without losing what the others were told.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

SCHEMA = """
CREATE TABLE IF NOT EXISTS resources (
    type TEXT NOT NULL, id TEXT NOT NULL, urn TEXT NOT NULL, inputs TEXT NOT NULL, outputs TEXT NOT NULL,
    created REAL NOT NULL, PRIMARY KEY (type, id)
);
CREATE INDEX IF NOT EXISTS resources_by_urn ON resources (urn);
CREATE TABLE IF NOT EXISTS resources_version (only INTEGER PRIMARY KEY CHECK (only = 1), version INTEGER NOT NULL);
INSERT OR IGNORE INTO resources_version VALUES (1, random());
CREATE TRIGGER IF NOT EXISTS resources_made AFTER INSERT ON resources
    BEGIN UPDATE resources_version SET version = random(); END;
CREATE TRIGGER IF NOT EXISTS resources_changed AFTER UPDATE ON resources
    BEGIN UPDATE resources_version SET version = random(); END;
CREATE TRIGGER IF NOT EXISTS resources_removed AFTER DELETE ON resources
    BEGIN UPDATE resources_version SET version = random(); END;
CREATE TABLE IF NOT EXISTS journal (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at REAL NOT NULL, kind TEXT NOT NULL, subject TEXT NOT NULL, data TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS journal_by_kind ON journal (kind, seq);
"""
T = TypeVar("T")
OUTSIDE = ""  # the URN of what no stack made: it stays when a stack goes
BUSY_TIMEOUT = 30.0  # seconds a writer waits for another process
PAUSE = 0.01  # seconds between two tries at what SQLite itself does not wait for


@dataclass(frozen=True)
class Resource:
    """One cloud resource: `type` is its Pulumi token (`gcp:secretmanager/secret:Secret`), keys are in camelCase."""

    type: str
    id: str
    urn: str
    inputs: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, Any] = field(default_factory=dict)
    created: float = 0.0  # seconds since the epoch


@dataclass(frozen=True)
class Entry:
    """One thing that happened: a request, a log line, a mail. `at` is in seconds since the epoch."""

    seq: int
    at: float
    kind: str
    subject: str
    data: Mapping[str, Any]


class World:
    """Opens the store at `path`, creating it when there is none. One instance may serve many threads."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._local = threading.local()
        self._kept: tuple[int, dict[Hashable, Any]] = (0, {})
        path.parent.mkdir(parents=True, exist_ok=True)
        self.define(SCHEMA)

    @property
    def connection(self) -> sqlite3.Connection:
        """The calling thread's own connection, in autocommit mode; see `transaction`."""
        found: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if found is None:
            found = sqlite3.connect(self.path, timeout=BUSY_TIMEOUT, isolation_level=None)
            found.row_factory = sqlite3.Row
            _write_ahead(found)
            found.execute("PRAGMA synchronous=NORMAL")
            self._local.connection = found
        return found

    def define(self, schema: str) -> None:
        """Create a room's own tables (`CREATE TABLE IF NOT EXISTS …`)."""
        self.connection.executescript(schema)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Hold the write lock for the block: all of it is kept, or, when it raises, nothing."""
        connection = self.connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")

    def close(self) -> None:
        """Close the calling thread's connection."""
        found: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if found is not None:
            found.close()
            self._local.connection = None

    # Resources

    def resources(self, type_: str | None = None) -> list[Resource]:
        """Return all resources, or those of one type, oldest first.

        What was read is kept until some process changes a resource: requests ask at every step. Do not change it.
        """
        return list(self.kept(("resources", type_), lambda: self._resources(type_)))

    def kept(self, name: Hashable, read: Callable[[], T]) -> T:
        """Return what `read` returns and go on returning it, by its name, until some process changes a resource."""
        version, (seen, known) = self.version, self._kept
        if seen != version:
            self._kept = (version, known := {})
        if name not in known:
            known[name] = read()
        found: T = known[name]
        return found

    @property
    def version(self) -> int:
        """A number that is another after each change of a resource, also when the change is rolled back and redone."""
        row = self.connection.execute("SELECT version FROM resources_version").fetchone()
        return int(row[0])

    def _resources(self, type_: str | None) -> list[Resource]:
        where, values = ("WHERE type = ?", (type_,)) if type_ else ("", ())
        rows = self.connection.execute(f"SELECT * FROM resources {where} ORDER BY created, rowid", values)  # noqa: S608
        return [_resource(row) for row in rows]

    def resource(self, type_: str, id_: str) -> Resource | None:
        """Return one resource, or None when there is none of that type and id."""
        row = self.connection.execute("SELECT * FROM resources WHERE type = ? AND id = ?", (type_, id_)).fetchone()
        return _resource(row) if row else None

    def put(self, resource: Resource) -> None:
        """Create the resource or replace what is stored under its type and id."""
        self.connection.execute(
            "INSERT INTO resources VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (type, id) DO UPDATE SET "
            "urn = excluded.urn, inputs = excluded.inputs, outputs = excluded.outputs",
            (
                resource.type,
                resource.id,
                resource.urn,
                json.dumps(dict(resource.inputs)),
                json.dumps(dict(resource.outputs)),
                resource.created or time.time(),
            ),
        )

    def remove(self, type_: str, id_: str) -> None:
        """Forget the resource; nothing happens when there is none."""
        self.connection.execute("DELETE FROM resources WHERE type = ? AND id = ?", (type_, id_))

    # Journal

    def record(self, kind: str, subject: str, /, **data: Any) -> None:
        """Append one entry to the journal, stamped with the present time. `data` must fit into JSON."""
        self.connection.execute(
            "INSERT INTO journal (at, kind, subject, data) VALUES (?, ?, ?, ?)",
            (time.time(), kind, subject, json.dumps(data)),
        )

    def journal(
        self, kind: str, subject: str | None = None, since: int = 0, holding: Sequence[str] = ()
    ) -> list[Entry]:
        """Return the entries of a kind (and subject) after sequence number `since`, oldest first.

        With `holding` only those whose data, as JSON, hold one of these texts.
        """
        rows = self.connection.execute(
            "SELECT * FROM journal WHERE kind = ? AND seq > ? AND (? IS NULL OR subject = ?) AND (NOT ? OR EXISTS"
            " (SELECT 1 FROM json_each(?) AS text WHERE instr(journal.data, text.value))) ORDER BY seq",
            (kind, since, subject, subject, bool(holding), json.dumps(holding)),
        )
        return [Entry(row["seq"], row["at"], row["kind"], row["subject"], json.loads(row["data"])) for row in rows]


def _resource(row: sqlite3.Row) -> Resource:
    return Resource(
        row["type"], row["id"], row["urn"], json.loads(row["inputs"]), json.loads(row["outputs"]), row["created"]
    )


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Put the store into WAL mode; raises OperationalError when it stays locked.

    That needs the store for itself, and of several processes that begin with a new one, SQLite refuses some at once:
    the timeout is not for two that both read and both want to write (https://sqlite.org/c3ref/busy_handler.html).
    """
    end = time.monotonic() + BUSY_TIMEOUT
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as refused:
            if refused.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
            time.sleep(PAUSE)
        else:
            return
