"""Brings a local stack back to a state from which `up` works, after a kill of anything at any moment.

1. Processes that nobody supervises any more are ended, so that nothing else changes the stack.
2. A lock whose engine is dead is taken away; a living engine is left alone, and we stop.
3. What the engine had begun is settled against the world: it forgets operations without an end, and resources that are
   in the world but not in the state are removed from the world, so that `up` makes them anew instead of meeting
   "name already taken".
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil

from engine import processes
from engine.errors import LaunchError
from engine.home import Home
from engine.pulumi import Pulumi
from engine.strays import strays

CLOCK_STEP = 2.0  # seconds by which a process may seem younger than the lock it wrote

Tell = Callable[[str], None]


@dataclass(frozen=True)
class EngineLock:
    """The lock file of an engine's file backend: its process id and when it was taken (seconds since the epoch)."""

    path: Path
    pid: int
    taken: float

    def is_alive(self) -> bool:
        """Whether the engine that took the lock still runs, and not another process that was given its id."""
        try:
            process = psutil.Process(self.pid)
            return process.create_time() <= self.taken + CLOCK_STEP and process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False


def recover(pulumi: Pulumi, settle: Callable[[Mapping[str, Any]], Mapping[str, Any]], tell: Tell) -> None:
    """Make the stack ready for the engine; raises LaunchError while another engine is at work on it.

    `settle` is given the exported state, brings the world in line with it and returns the state to go on with.
    """


def end_orphans(home: Home, supervised: list[psutil.Process], tell: Tell) -> None:
    """End what a killed engine or server left running."""
    left = strays(home, supervised)
    if left:
        tell(f"Ending {len(left)} processes that a killed run left behind")
        processes.end(left)


def unlock(pulumi: Pulumi, tell: Tell) -> None:
    """Take away dead engines' locks; raises LaunchError while an engine is at work on the stack."""
    found = list(locks(pulumi.home))
    for lock in found:
        if lock.is_alive():
            raise LaunchError(
                f"Another engine is at work on stack {pulumi.home.stack} (process {lock.pid}).",
                "Two at once would undo each other's work.",
                f"Wait until it has ended, or end it with: kill -INT {lock.pid}",
            )
    if found:
        tell("Taking away the lock of an engine that was killed")
        pulumi.cancel()


def locks(home: Home) -> Iterator[EngineLock]:
    """Yield the locks on a local stack."""
    for path in sorted(home.state.glob(f".pulumi/locks/*/*/{home.stack}/*.json")):
        try:
            content = json.loads(path.read_text())
            yield EngineLock(path, int(content["pid"]), datetime.fromisoformat(content["timestamp"]).timestamp())
        except (ValueError, KeyError):  # cut off by a kill: nobody holds it
            yield EngineLock(path, 0, 0.0)
