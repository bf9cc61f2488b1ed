"""Stored events: kept in the commit that caused them, gone when their service answered 2xx or a day has passed.

Headers: https://cloud.google.com/eventarc/docs/cloudevents and the CloudEvents HTTP binding, binary mode.
"""

from __future__ import annotations

import json
import sqlite3
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from localcloud.base.world import World
from localcloud.eventarc.document_changes import Change, body
from localcloud.eventarc.triggers import Trigger, triggers

SCHEMA = """
CREATE TABLE IF NOT EXISTS eventarc_events (
    id TEXT PRIMARY KEY, trigger TEXT NOT NULL, born REAL NOT NULL, published REAL NOT NULL, due REAL NOT NULL,
    attempts INTEGER NOT NULL, headers TEXT NOT NULL, body BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS eventarc_by_due ON eventarc_events (due);
"""
KIND = "eventarc"  # of journal entries
KEPT = 86_400.0  # seconds; "Retain undelivered events": https://cloud.google.com/eventarc/docs/retry-events
FIRST_PAUSE = 10.0  # seconds; backoff of the Pub/Sub subscription that Eventarc makes, see the same page
LONGEST_PAUSE = 600.0


@dataclass(frozen=True)
class Event:
    """One event on its way. `published` and times are in seconds since the epoch."""

    id: str
    trigger: str
    published: float
    attempts: int
    headers: Mapping[str, str]
    body: bytes


class EventQueue:
    """The events of a world."""

    def __init__(self, world: World) -> None:
        self._world = world
        world.define(SCHEMA)

    def publish(self, changes: Iterable[Change], now: float) -> None:
        """Keep an event for each trigger that asks for one of these changes, in the caller's transaction."""
        known = list(triggers(self._world))
        for change in changes if known else ():
            root, _, path = change.name.partition("/documents/")
            for trigger in known:
                asks = trigger.kind in change.types and trigger.wants(root.rpartition("/")[2], path)
                if asks and root.startswith(f"projects/{trigger.project}/"):
                    self._keep(trigger, change, path, now)

    def due(self, now: float, most: int) -> list[Event]:
        """Return events that are to be delivered now, the longest due first."""
        rows = self._world.connection.execute(
            "SELECT * FROM eventarc_events WHERE due <= ? ORDER BY due, rowid LIMIT ?", (now, most)
        )
        return [_event(row) for row in rows]

    def trigger_of(self, event: Event) -> Trigger | None:
        """Return the trigger that an event goes by; an event dies with its trigger."""
        born = self._world.connection.execute("SELECT born FROM eventarc_events WHERE id = ?", (event.id,)).fetchone()
        found = (each for each in triggers(self._world) if each.name == event.trigger and born and each.born == born[0])
        return next(found, None)

    def done(self, event: Event, status: int) -> None:
        """Forget an event that its service has taken."""
        self._end(event, "delivered", status, "")

    def failed(self, event: Event, status: int | None, message: str, now: float) -> None:
        """Have an event delivered again later, or drop it when it is too old."""
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2**event.attempts)
        if now + pause - event.published > KEPT:
            self._end(event, "dropped", status, message)
            return
        with self._world.transaction() as connection:
            self._world.record(KIND, event.id, event="attempt", status=status, message=message)
            connection.execute(
                "UPDATE eventarc_events SET due = ?, attempts = attempts + 1 WHERE id = ?", (now + pause, event.id)
            )

    def drop(self, event: Event, message: str) -> None:
        """Forget an event that can never be delivered."""
        self._end(event, "dropped", None, message)

    def _keep(self, trigger: Trigger, change: Change, path: str, now: float) -> None:
        id_ = str(uuid.uuid4())
        headers = {
            "ce-id": id_,
            "ce-specversion": "1.0",
            "ce-type": trigger.kind,
            "ce-source": f"//firestore.googleapis.com/projects/{trigger.project}/databases/{trigger.database}",
            "ce-subject": f"documents/{path}",
            "ce-time": datetime.fromtimestamp(now, UTC).isoformat().replace("+00:00", "Z"),
            "ce-dataschema": "https://github.com/googleapis/google-cloudevents/blob/main/proto/google/events/cloud/"
            "firestore/v1/data.proto",
            "ce-project": trigger.project,
            "ce-database": trigger.database,
            "ce-document": path,
            "Content-Type": "application/protobuf",
        }
        self._world.connection.execute(
            "INSERT INTO eventarc_events VALUES (?, ?, ?, ?, ?, 0, ?, ?)",
            (id_, trigger.name, trigger.born, now, now, json.dumps(headers), body(change)),
        )
        self._world.record(KIND, id_, event="published", trigger=trigger.name, document=path)

    def _end(self, event: Event, how: str, status: int | None, message: str) -> None:
        with self._world.transaction() as connection:
            connection.execute("DELETE FROM eventarc_events WHERE id = ?", (event.id,))
            self._world.record(KIND, event.id, event=how, status=status, message=message)


def _event(row: sqlite3.Row) -> Event:
    return Event(
        row["id"], row["trigger"], row["published"], row["attempts"], json.loads(row["headers"]), bytes(row["body"])
    )
