"""Where the stand-ins keep their objects: JSON documents by service, kind and id, in order of creation."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from localcloud.base.world import World

SCHEMA = """
CREATE TABLE IF NOT EXISTS saas_objects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, service TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL,
    body TEXT NOT NULL, UNIQUE (service, kind, id)
);
CREATE INDEX IF NOT EXISTS saas_objects_by_customer ON saas_objects (service, kind, json_extract(body, '$.customer'));
CREATE TABLE IF NOT EXISTS saas_replays (
    service TEXT NOT NULL, key TEXT NOT NULL, fingerprint TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL,
    at REAL NOT NULL, PRIMARY KEY (service, key)
);
"""

StoredObject = dict[str, Any]


class ObjectStore:
    """The objects of one service. Wrap what belongs together in `world.transaction()`."""

    def __init__(self, world: World, service: str) -> None:
        world.define(SCHEMA)
        self.world = world
        self._service = service

    def put(self, kind: str, id_: str, thing: Mapping[str, Any]) -> None:
        """Keep an object, or replace it at its old place in the order."""
        self.world.connection.execute(
            "INSERT INTO saas_objects (service, kind, id, body) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (service, kind, id) DO UPDATE SET body = excluded.body",
            (self._service, kind, id_, json.dumps(thing)),
        )

    def get(self, kind: str, id_: str) -> StoredObject | None:
        """Return an object, or None."""
        row = self.world.connection.execute(
            "SELECT body FROM saas_objects WHERE service = ? AND kind = ? AND id = ?", (self._service, kind, id_)
        ).fetchone()
        return _thing(row[0]) if row else None

    def remove(self, kind: str, id_: str) -> None:
        """Forget an object; nothing happens when there is none."""
        self.world.connection.execute(
            "DELETE FROM saas_objects WHERE service = ? AND kind = ? AND id = ?", (self._service, kind, id_)
        )

    def all(self, kind: str, **fields: str) -> list[StoredObject]:
        """Return all objects of a kind, oldest first; with `fields` those alone that have these texts in them."""
        where = "".join(f" AND json_extract(body, '$.{name}') = ?" for name in fields)
        rows = self.world.connection.execute(
            f"SELECT body FROM saas_objects WHERE service = ? AND kind = ?{where} ORDER BY seq",  # noqa: S608 - our names
            (self._service, kind, *fields.values()),
        )
        return [_thing(row[0]) for row in rows]

    def next_number(self, kind: str) -> int:
        """Return a number that no object of the kind has had, for ids that count; call it inside a transaction."""
        last = self.get("counter", kind) or {"number": 0}
        number: int = last["number"] + 1
        self.put("counter", kind, {"number": number})
        return number


def _thing(body: str) -> StoredObject:
    thing: StoredObject = json.loads(body)
    return thing
