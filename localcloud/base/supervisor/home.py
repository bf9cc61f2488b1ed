"""Where a local cloud keeps its files: the world, ports, keys, logs, and the records of its processes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class Home(Protocol):
    """What the supervisor must know of a local cloud's folder. Nothing in `path` belongs under version control."""

    @property
    def path(self) -> Path:
        """The folder of the local cloud."""

    @property
    def project(self) -> Path:
        """The folder of the Pulumi program: assets reach the providers as paths relative to it."""

    @property
    def logs(self) -> Path:
        """The folder of log files, one for each server."""

    @property
    def pids(self) -> Path:
        """The folder that records which processes are ours."""

    @property
    def backend(self) -> str:
        """The URL of the engine's file backend."""


@dataclass(frozen=True)
class StandaloneHome:
    """The home of a local cloud that serves any Pulumi program; see Home for the properties."""

    path: Path
    project: Path

    @property
    def logs(self) -> Path:
        """The folder of log files, one for each server."""
        return self.path / "logs"

    @property
    def pids(self) -> Path:
        """The folder that records which processes are ours."""
        return self.path / "pids"

    @property
    def state(self) -> Path:
        """The folder of the engine's file backend, which the engine requires to exist."""
        return self.path / "state"

    @property
    def backend(self) -> str:
        """The URL of the engine's file backend.

        Without `metadata=skip` the engine keeps a second file beside each, which it does not replace at once: killed
        while it writes one, it cannot read its own state any more ("failed to load checkpoint: EOF").
        """
        return f"file://{self.state}?metadata=skip"
