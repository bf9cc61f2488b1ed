"""Locks between processes that cannot be left behind: the kernel drops them with their holder.

Only the standard library is imported here: set-up uses this before anything is installed.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

PATIENCE = 0.2  # seconds between two tries while waiting


@dataclass(frozen=True)
class Holder:
    """Who holds a lock: process id, what it is doing, and since when (seconds since the epoch)."""

    pid: int
    doing: str
    since: float

    def __str__(self) -> str:
        started = time.strftime("%H:%M:%S", time.localtime(self.since))
        return f"{self.doing} (process {self.pid}, since {started})"


class LockHeldError(Exception):
    """Another process holds the lock; `holder` is None when it has not yet written down who it is."""

    def __init__(self, path: Path, holder: Holder | None) -> None:
        self.path, self.holder = path, holder
        super().__init__(f"{path} is held by {holder or 'another process'}")


@contextmanager
def held(path: Path, doing: str) -> Iterator[None]:
    """Hold the lock file at `path` for the block; raises LockHeldError at once when another process does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as file:
        _take(file, path, doing)
        yield


@contextmanager
def awaited(path: Path, doing: str, waiting: Callable[[LockHeldError], None]) -> Iterator[None]:
    """Hold the lock file at `path` for the block; calls `waiting` once when that means to wait for another process."""
    path.parent.mkdir(parents=True, exist_ok=True)
    told = False
    with path.open("a+") as file:
        while True:
            try:
                _take(file, path, doing)
                break
            except LockHeldError as error:
                if not told:
                    waiting(error)
                    told = True
                time.sleep(PATIENCE)
        yield


def _take(file: IO[str], path: Path, doing: str) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise LockHeldError(path, _holder(path)) from error
    file.truncate(0)
    json.dump({"pid": os.getpid(), "doing": doing, "since": time.time()}, file)
    file.flush()


def _holder(path: Path) -> Holder | None:
    try:
        return Holder(**json.loads(path.read_text()))
    except ValueError:  # taken a moment ago, not yet written
        return None
