"""Which moments of a database can be read, and how long what commits replaced is kept for that."""

from __future__ import annotations

from localcloud.base.watch import Watched
from localcloud.base.world import World
from localcloud.firestore import access, history
from localcloud.firestore.history import Past
from localcloud.firestore.store import Store
from localcloud.firestore.times import Clock


class Moments:
    """The past of a store's databases. All times are in microseconds."""

    def __init__(self, world: World, store: Store, clock: Clock) -> None:
        self._world = world
        self._store = store
        self._clock = clock
        self._databases = Watched(world, access.databases)
        self._next: dict[str, int] = {}

    def at(self, database: str, moment: int) -> Past:
        """Return a reader of a database as it was; raises Refused when that is in the future or too long ago."""
        history.check(moment, self._clock.tick(), recoverable=self._is_recoverable(database))
        return Past(self._world.connection, moment)

    def resumable(self, moment: int) -> Past | None:
        """Return a reader as of a moment from which a listener can go on, or None when it has to begin again."""
        now = self._clock.tick()
        return Past(self._world.connection, moment) if now - history.HOUR <= moment <= now else None

    def forget(self, database: str, now: int) -> None:
        """Drop what nobody can read any more, at most once a minute; part of the commit at `now`."""
        if now < self._next.get(database, 0):
            return
        self._next[database] = now + history.MINUTE
        kept = history.WEEK if self._is_recoverable(database) else history.HOUR
        self._store.forget(database, now - kept - history.MINUTE)

    def _is_recoverable(self, database: str) -> bool:
        return database in self._databases.current().recoverable
