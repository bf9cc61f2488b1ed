"""Commit and read times: whole microseconds since the epoch, each later than any before it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp


def wall_clock() -> int:
    """Return the present time in microseconds since the epoch."""
    return time.time_ns() // 1000


def stamp(micros: int) -> Timestamp:
    """Return microseconds since the epoch as a protobuf Timestamp."""
    made = Timestamp()  # set field by field: four times as fast as by keywords, and every answer has one
    made.seconds, made.nanos = micros // 1_000_000, micros % 1_000_000 * 1000
    return made


def micros(timestamp: Any) -> int:
    """Return a protobuf Timestamp as microseconds since the epoch."""
    whole: int = timestamp.seconds * 1_000_000 + timestamp.nanos // 1000
    return whole


class Clock:
    """Hands out times that only grow, even when the machine's clock is set back. `last` is where it takes up."""

    def __init__(self, last: int, now: Callable[[], int] = wall_clock) -> None:
        self._last = last
        self._now = now

    def tick(self) -> int:
        """Return a time later than every one returned before."""
        self._last = max(self._now(), self._last + 1)
        return self._last
