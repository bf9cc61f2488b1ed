"""Time series, a sample a minute, kept in the world and for a day and an hour in memory."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from localcloud.base.world import World
from localcloud.monitoring.counting import Counts, Key
from monitors.promql.samples import Measured, Samples

MINUTE = 60
KEPT = 26 * 3_600  # seconds; alerts look back 25 hours at most
SCHEMA = """
CREATE TABLE IF NOT EXISTS samples (at INTEGER NOT NULL, series TEXT NOT NULL, value REAL NOT NULL);
CREATE INDEX IF NOT EXISTS samples_by_time ON samples (at);
CREATE TABLE IF NOT EXISTS sampled (
    only INTEGER PRIMARY KEY CHECK (only = 1), at INTEGER NOT NULL, seq INTEGER NOT NULL
);
INSERT OR IGNORE INTO sampled VALUES (1, 0, 0);
"""


class SampleStore:
    """The series of one world. Counters are kept as they grow, from their first count on."""

    def __init__(self, world: World) -> None:
        world.define(SCHEMA)
        self._world = world
        self._times: dict[Key, list[int]] = {}
        self._values: dict[Key, list[float]] = {}
        self._height: dict[Key, float] = {}
        for row in world.connection.execute("SELECT at, series, value FROM samples ORDER BY at"):
            self._keep(_key(row["series"]), int(row["at"]), float(row["value"]))

    @property
    def last(self) -> tuple[int, int]:
        """When the last sample was taken (seconds), and up to which entry of the journal."""
        row = self._world.connection.execute("SELECT at, seq FROM sampled").fetchone()
        return int(row["at"]), int(row["seq"])

    def add(self, at: int, seq: int, counts: Counts, gauges: Mapping[Key, float]) -> None:
        """Take a sample of every series at `at`: what counters gained, what gauges show. The caller holds no lock."""
        for series, gained in counts.items():
            self._height[series] = self._height.get(series, 0.0) + gained
        found = {**self._height, **gauges}
        with self._world.transaction() as connection:
            connection.executemany(
                "INSERT INTO samples VALUES (?, ?, ?)", [(at, _text(series), value) for series, value in found.items()]
            )
            connection.execute("DELETE FROM samples WHERE at < ?", (at - KEPT,))
            connection.execute("UPDATE sampled SET at = ?, seq = ?", (at, seq))
        for series, value in found.items():
            self._keep(series, at, value, is_counter=series in self._height)
        self._forget(at - KEPT)

    def stand_still(self, until: int) -> None:
        """Take the last sample of every series again for each minute up to `until` (seconds)."""
        first = self.last[0] + MINUTE
        shown = {series: values[-1] for series, values in self._values.items()}
        minutes = range(first, until + 1, MINUTE)
        with self._world.transaction() as connection:
            rows = ((at, _text(series), value) for at in minutes for series, value in shown.items())
            connection.executemany("INSERT INTO samples VALUES (?, ?, ?)", rows)
            connection.execute("DELETE FROM samples WHERE at < ?", (until - KEPT,))
            connection.execute("UPDATE sampled SET at = ?", (until,))
        for series, value in shown.items():
            self._times[series].extend(minutes)
            self._values[series].extend([value] * len(minutes))
        self._forget(until - KEPT)

    def start_over(self, at: int, seq: int) -> None:
        """Forget every sample: nobody measured for a while, and what is missing would look like an outage."""
        with self._world.transaction() as connection:
            connection.execute("DELETE FROM samples")
            connection.execute("UPDATE sampled SET at = ?, seq = ?", (at, seq))
        for kept in (self._times, self._values, self._height):
            kept.clear()

    def measured(self) -> Measured:
        """Return all series, for an evaluation."""
        return Measured.of(
            (name, dict(labels), Samples(times.copy(), self._values[name, labels].copy()))
            for (name, labels), times in list(self._times.items())
        )

    def _keep(self, series: Key, at: int, value: float, *, is_counter: bool = False) -> None:
        self._times.setdefault(series, []).append(at)
        self._values.setdefault(series, []).append(value)
        if is_counter or _grows(series):
            self._height[series] = value

    def _forget(self, before: int) -> None:
        for series, times in list(self._times.items()):
            old = next((place for place, at in enumerate(times) if at >= before), len(times))
            if old:
                del times[:old], self._values[series][:old]
            if not times:
                del self._times[series], self._values[series]


GAUGES = ("cloudtasks_googleapis_com:queue_depth", "monitoring_googleapis_com:uptime_check")
"""What the names of gauges begin with; every other series is a counter."""


def _grows(series: Key) -> bool:
    return not series[0].startswith(GAUGES)


def _text(series: Key) -> str:
    return json.dumps(series)


def _key(text: str) -> Key:
    name, labels = json.loads(text)
    return str(name), tuple((str(label), str(value)) for label, value in labels)


def shown(measured: Measured) -> list[dict[str, Any]]:
    """Return the newest sample of each series, for a look from outside."""
    return [
        {"metric": name, "labels": dict(labels), "at": samples.times[-1], "value": samples.values[-1]}
        for name, known in sorted(measured.series.items())
        for labels, samples in sorted(known.items())
    ]
