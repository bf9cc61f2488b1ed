"""Incidents in the world, and the notifications that they owe: written together, so that none is lost or sent twice."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass

from localcloud.base.world import World
from localcloud.monitoring.incidents import Changes, Incident

SCHEMA = """
CREATE TABLE IF NOT EXISTS incidents (
    number INTEGER PRIMARY KEY AUTOINCREMENT, policy TEXT NOT NULL, labels TEXT NOT NULL,
    opened INTEGER NOT NULL, seen INTEGER NOT NULL, closed INTEGER
);
CREATE INDEX IF NOT EXISTS incidents_by_policy ON incidents (policy, closed);
CREATE TABLE IF NOT EXISTS notices (
    id TEXT PRIMARY KEY, address TEXT NOT NULL, subject TEXT NOT NULL, text TEXT NOT NULL,
    sent INTEGER NOT NULL DEFAULT 0
);
"""


@dataclass(frozen=True)
class Notice:
    """A mail to one address. Its `id` is the Message-ID, the same however often it is tried."""

    id: str
    address: str
    subject: str
    text: str


class IncidentStore:
    """The incidents and notices of one world."""

    def __init__(self, world: World) -> None:
        world.define(SCHEMA)
        self._world = world

    def of(self, policy: str) -> list[Incident]:
        """Return the policy's open incidents and the latest one that has ended, oldest first."""
        rows = self._world.connection.execute(
            "SELECT * FROM incidents WHERE policy = ? AND (closed IS NULL OR number = "
            "(SELECT MAX(number) FROM incidents WHERE policy = ?)) ORDER BY number",
            (policy, policy),
        )
        return [_incident(row) for row in rows]

    def all(self) -> list[Incident]:
        """Return every incident, the newest first."""
        return [
            _incident(row) for row in self._world.connection.execute("SELECT * FROM incidents ORDER BY number DESC")
        ]

    def number(self, changes: Changes) -> Changes:
        """Keep what became of incidents, inside a transaction; return the changes with the numbers of new ones."""
        connection = self._world.connection
        for each in (*changes.closed, *changes.going_on):
            connection.execute(
                "UPDATE incidents SET seen = ?, closed = ? WHERE number = ?", (each.seen, each.closed, each.number)
            )
        opened = tuple(self._numbered(connection, each) for each in changes.opened)
        return Changes(opened, changes.closed, changes.going_on)

    def owe(self, notice: Notice) -> None:
        """Keep a notice that is to be sent. Within the transaction that keeps its incident."""
        self._world.connection.execute(
            "INSERT OR IGNORE INTO notices (id, address, subject, text) VALUES (?, ?, ?, ?)",
            (notice.id, notice.address, notice.subject, notice.text),
        )

    def owed(self) -> list[Notice]:
        """Return the notices that are not known to have been sent."""
        rows = self._world.connection.execute(
            "SELECT id, address, subject, text FROM notices WHERE sent = 0 ORDER BY rowid"
        )
        return [Notice(*row) for row in rows]

    def sent(self, notice: Notice) -> None:
        """Keep that a notice has arrived."""
        self._world.connection.execute("UPDATE notices SET sent = 1 WHERE id = ?", (notice.id,))

    @staticmethod
    def _numbered(connection: sqlite3.Connection, made: Incident) -> Incident:
        row = connection.execute(
            "INSERT INTO incidents (policy, labels, opened, seen) VALUES (?, ?, ?, ?) RETURNING number",
            (made.policy, json.dumps(made.labels), made.opened, made.seen),
        ).fetchone()
        return Incident(made.policy, made.labels, made.opened, made.seen, None, int(row[0]))


def _incident(row: sqlite3.Row) -> Incident:
    labels = tuple((str(name), str(value)) for name, value in json.loads(row["labels"]))
    return Incident(row["policy"], labels, row["opened"], row["seen"], row["closed"], row["number"])
