"""A view of the world that is read again when another process changed something."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from localcloud.base.world import World

View = TypeVar("View")


class Watched(Generic[View]):
    """Keeps what `read(world)` returned for as long as no process changes a resource of the world.

    Asking for the world's version costs about 10 µs, so it is done at every use. Use it from one thread.
    """

    def __init__(self, world: World, read: Callable[[World], View]) -> None:
        self._world = world
        self._read = read
        self._version: int | None = None
        self._view: View | None = None

    def current(self) -> View:
        """Return the view of the world as it is now; raises what `read` raises, and then tries again the next time."""
        version = self._world.version
        if self._view is None or version != self._version:
            self._view = self._read(self._world)
            self._version = version
        return self._view
