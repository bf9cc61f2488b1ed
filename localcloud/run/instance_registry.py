"""The processes that run as instances, written down so that none outlives a runner that was killed."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

import psutil

from localcloud.base.world import World

SCHEMA = """
CREATE TABLE IF NOT EXISTS run_instances (
    key TEXT PRIMARY KEY, service TEXT NOT NULL, revision TEXT NOT NULL, service_account TEXT NOT NULL,
    pid INTEGER NOT NULL, started REAL NOT NULL
);
"""
ORPHAN_GRACE = 3.0  # seconds between SIGTERM and SIGKILL for what a dead runner left

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Identity:
    """Who an instance is: the metadata server answers by this. `project` owns the service."""

    key: str
    service: str  # relative resource name
    revision: str
    service_account: str  # e-mail address


class InstanceRegistry:
    """The table of running instances. `started` is the process's own start, so a reused pid is not taken for ours."""

    def __init__(self, world: World) -> None:
        self._world = world
        world.define(SCHEMA)

    def enter(self, identity: Identity, pid: int) -> None:
        """Write down a process before it does anything; raises psutil.NoSuchProcess when it is gone already."""
        started = psutil.Process(pid).create_time()
        self._world.connection.execute(
            "INSERT INTO run_instances VALUES (?, ?, ?, ?, ?, ?)",
            (identity.key, identity.service, identity.revision, identity.service_account, pid, started),
        )

    def leave(self, key: str) -> None:
        """Cross out an instance whose process has ended."""
        self._world.connection.execute("DELETE FROM run_instances WHERE key = ?", (key,))

    def identity(self, key: str) -> Identity | None:
        """Return who the instance with this key is, or None when there is none."""
        row = self._world.connection.execute(
            "SELECT key, service, revision, service_account FROM run_instances WHERE key = ?", (key,)
        ).fetchone()
        return Identity(*row) if row else None

    def pids_of(self, service: str) -> list[int]:
        """Return the processes of a service's instances by its short name."""
        rows = self._world.connection.execute(
            "SELECT pid FROM run_instances WHERE service LIKE ?", (f"%/services/{service}",)
        )
        return [row["pid"] for row in rows]

    def end_orphans(self) -> int:
        """End every process that is written down, and its children; return how many there were. Blocks up to 3 s."""
        rows = self._world.connection.execute("SELECT pid, started FROM run_instances").fetchall()
        orphans = [process for row in rows for process in _family(row["pid"], row["started"])]
        for process in orphans:
            _signal(process, psutil.Process.terminate)
        _, stubborn = psutil.wait_procs(orphans, timeout=ORPHAN_GRACE)
        for process in stubborn:
            _signal(process, psutil.Process.kill)
        self._world.connection.execute("DELETE FROM run_instances")
        return len(orphans)


def _family(pid: int, started: float) -> list[psutil.Process]:
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)] if process.create_time() == started else []
    except psutil.NoSuchProcess:
        return []


def _signal(process: psutil.Process, act: Callable[[psutil.Process], None]) -> None:
    try:
        act(process)
    except psutil.NoSuchProcess:
        log.debug("process %d ended by itself", process.pid)
