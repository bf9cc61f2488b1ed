"""Pessimistic locks on documents: one owner each, first come, first served.

A read-write transaction locks what it reads and what it writes; a plain write locks what it writes. A call that
waits for more than PATIENCE is refused, so two transactions that wait for each other end as well.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable

from localcloud.firestore.errors import contention
from localcloud.firestore.paths import Location

PATIENCE = 2.0  # seconds


class Locks:
    """The locks of one server, held by owners (any hashable name). For use on one event loop."""

    def __init__(self, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._owners: dict[Location, object] = {}
        self._waiting: dict[Location, deque[tuple[object, asyncio.Future[None]]]] = {}

    async def acquire(self, owner: object, places: Iterable[Location]) -> None:
        """Lock the documents for the owner, waiting at most two seconds for all of them; raises Refused (ABORTED).

        Locks got before a refusal stay with the owner: `release` them.
        """
        wanted = [place for place in set(places) if self._owners.get(place) is not owner]
        if not any(place in self._owners for place in wanted):
            self._owners.update(dict.fromkeys(wanted, owner))
            return
        try:
            async with asyncio.timeout(self._patience):
                for place in sorted(wanted, key=lambda place: place.name):
                    await self._acquire(owner, place)
        except TimeoutError:
            raise contention() from None

    def release(self, owner: object) -> None:
        """Unlock everything the owner holds, and hand each document to the owner that waited for it longest."""
        for place in [place for place, holder in self._owners.items() if holder is owner]:
            del self._owners[place]
            self._hand_over(place)

    async def _acquire(self, owner: object, place: Location) -> None:
        if place not in self._owners:
            self._owners[place] = owner
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(place, deque()).append((owner, turn))
        await turn

    def _hand_over(self, place: Location) -> None:
        queue = self._waiting.get(place, deque())
        while queue:
            owner, turn = queue.popleft()
            if not turn.done():
                self._owners[place] = owner
                turn.set_result(None)
                break
        if not queue:
            self._waiting.pop(place, None)
