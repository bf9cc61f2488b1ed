"""Moves what commits wrote from SQLite's write-ahead log into the world's file, while the event loop serves on.

SQLite itself does it inside of every thousandth page's commit, and waits for the disk there:
https://sqlite.org/wal.html#performance_considerations. What a commit wrote is safe from a kill either way.
"""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

from localcloud.base.world import World

PAUSE = 1.0  # seconds between two looks
MOST_PAGES = 25_000  # of the log (100 MB), from which on a commit helps out after all


async def keep(world: World, pause: float = PAUSE) -> None:
    """Go on until cancelled, looking every `pause` seconds; for the thread whose connection commits."""
    connection = world.connection
    connection.execute(f"PRAGMA wal_autocheckpoint = {MOST_PAGES}")
    seen = connection.total_changes
    while True:
        await asyncio.sleep(pause)
        if connection.total_changes != seen:
            seen = connection.total_changes
            await asyncio.to_thread(_checkpoint, world.path)


def _checkpoint(path: Path) -> None:
    connection = sqlite3.connect(path, timeout=0)
    try:
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
    finally:
        connection.close()
