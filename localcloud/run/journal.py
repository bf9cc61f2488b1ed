"""Writes what services print and what happens to them into the world's journal, many entries at a time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from localcloud.base.world import World

REQUEST = "run_request"  # the kind of an entry about a request, under the service's name
PAUSE = 0.1  # seconds in which entries gather

Waiting = tuple[str, str, Mapping[str, Any]]


def entry_of(line: str) -> Mapping[str, Any]:
    """Return a printed line as Cloud Logging would keep it: a JSON object as such, anything else as its message."""
    try:
        parsed = json.loads(line)
    except ValueError:
        parsed = None
    return parsed if isinstance(parsed, dict) else {"message": line}


class Journal:
    """Collects entries from the event loop and writes them in batches on a thread. Use as an async context manager."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._waiting: list[Waiting] = []
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Journal:
        self._task = asyncio.create_task(self._write_on())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        await self._flush()

    def add(self, kind: str, subject: str, data: Mapping[str, Any]) -> None:
        """Append one entry; it is in the world within about `PAUSE`."""
        self._waiting.append((kind, subject, data))

    def log(self, service: str, severity: str, message: str) -> None:
        """Append an entry of the platform itself to a service's log."""
        self.add(
            "log", service, {"severity": severity, "message": message, "logger": "run.googleapis.com/varlog/system"}
        )

    async def _write_on(self) -> None:
        while True:
            await asyncio.sleep(PAUSE)
            await asyncio.shield(self._flush())

    async def _flush(self) -> None:
        batch, self._waiting = self._waiting, []
        if batch:
            await asyncio.to_thread(self._write, batch)

    def _write(self, batch: list[Waiting]) -> None:
        with self._world.transaction():
            for kind, subject, data in batch:
                self._world.record(kind, subject, **data)
