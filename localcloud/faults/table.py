"""The faults that are on, kept in the world, so that every server sees them at its next call."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Iterator

from localcloud.base.world import World
from localcloud.faults.fault import Fault, Kind

SCHEMA = """
CREATE TABLE IF NOT EXISTS faults (
    id INTEGER PRIMARY KEY AUTOINCREMENT, target TEXT NOT NULL, kind TEXT NOT NULL, match TEXT NOT NULL,
    times INTEGER NOT NULL, met INTEGER NOT NULL DEFAULT 0, until REAL NOT NULL
);
"""
KIND = "fault"  # of the journal's entries, one for each call that met a fault
STEP = 0.05  # seconds between two looks whether it was switched off
LINE = 200  # characters of a call's text that the journal keeps: who and what, no body

COLUMNS = "id, target, kind, match, times, met, until"


class Faults:
    """The table of faults. `clock` is in seconds since the epoch."""

    def __init__(self, world: World, clock: Callable[[], float] = time.time) -> None:
        world.define(SCHEMA)
        self._world = world
        self._clock = clock

    def switch_on(self, fault: Fault) -> int:
        """Switch a fault on from the next call on, and return its number."""
        row = self._world.connection.execute(
            "INSERT INTO faults (target, kind, match, times, until) VALUES (?, ?, ?, ?, ?) RETURNING id",
            (fault.target, fault.kind, json.dumps(fault.match), fault.times, self._clock() + fault.seconds),
        ).fetchone()
        return int(row[0])

    def switch_off(self, number: int | None = None) -> None:
        """Heal one fault, or all of them."""
        where, values = ("WHERE id = ?", (number,)) if number is not None else ("", ())
        self._world.connection.execute(f"DELETE FROM faults {where}", values)  # noqa: S608 - a constant

    def on(self, target: str | None = None) -> list[Fault]:
        """Return the faults that are on, of all stand-ins or of one; those that were met often enough are over."""
        rows = self._world.connection.execute(
            f"SELECT {COLUMNS} FROM faults WHERE until > ? AND (times = 0 OR met < times) ORDER BY id",  # noqa: S608
            (self._clock(),),
        ).fetchall()
        return [_fault(row, row["until"] - self._clock()) for row in rows if target in (None, row["target"])]

    def met(self, number: int) -> int:
        """Return how many calls have met a fault so far; 0 when it was switched off."""
        row = self._world.connection.execute("SELECT met FROM faults WHERE id = ?", (number,)).fetchone()
        return int(row[0]) if row else 0

    def befalling(self, target: str, text: str) -> Fault | None:
        """Return the fault that a call meets, or None; it is counted and journaled."""
        for fault in self.on(target):
            if fault.befalls(text) and self._claim(fault, text):
                return fault
        return None

    def waiting(self, fault: Fault, seconds: float) -> Iterator[float]:
        """Yield the pauses (seconds) to make until so much time has passed or the fault is switched off."""
        end = self._clock() + min(seconds, fault.seconds)
        while self._clock() < end and self._is_kept(fault):
            yield STEP

    def _is_kept(self, fault: Fault) -> bool:
        return bool(self._world.connection.execute("SELECT 1 FROM faults WHERE id = ?", (fault.id,)).fetchone())

    def _claim(self, fault: Fault, text: str) -> bool:
        with self._world.transaction() as connection:
            claimed = connection.execute(
                "UPDATE faults SET met = met + 1 WHERE id = ? AND (times = 0 OR met < times)", (fault.id,)
            ).rowcount
            if claimed:
                self._world.record(KIND, fault.target, number=fault.id, kind=fault.kind.value, call=text[:LINE])
        return bool(claimed)


def _fault(row: sqlite3.Row, seconds: float) -> Fault:
    match = tuple(json.loads(row["match"]))
    return Fault(row["target"], Kind(row["kind"]), match, row["times"], max(seconds, STEP), row["id"])
