"""The world's clock: the machine's, and ahead of it by as much as a drill has driven it on."""

from __future__ import annotations

import time
from collections.abc import Callable

from localcloud.base.world import World

SCHEMA = """
CREATE TABLE IF NOT EXISTS world_clock (only INTEGER PRIMARY KEY CHECK (only = 1), ahead REAL NOT NULL);
INSERT OR IGNORE INTO world_clock VALUES (1, 0);
"""


class WorldClock:
    """Calling it returns the world's time in seconds since the epoch. It never goes back."""

    def __init__(self, world: World, machine: Callable[[], float] = time.time) -> None:
        world.define(SCHEMA)
        self._world = world
        self._machine = machine

    def __call__(self) -> float:
        """Return the present time."""
        return self._machine() + self.ahead

    @property
    def ahead(self) -> float:
        """By how many seconds it is ahead of the machine's clock."""
        return float(self._world.connection.execute("SELECT ahead FROM world_clock").fetchone()[0])

    def advance(self, seconds: float) -> None:
        """Drive the clock on; raises ValueError when it would go back."""
        if seconds < 0:
            raise ValueError(f"the world's clock cannot go back by {-seconds:g} s")
        self._world.connection.execute("UPDATE world_clock SET ahead = ahead + ?", (seconds,))
