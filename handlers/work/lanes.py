"""Lanes: within one process, work about one thing is done one after the other.

A decision that asks a vendor first is prepared in vain when another event about the same thing is committed meanwhile.
Fences in the documents find that out and have it prepared again; here most of it is avoided. Stripe sends half a dozen
events for one checkout at once. Other instances know nothing of it, so nothing may depend on it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

LONGEST = 20.0  # seconds to wait for a lane; a lease of 60 has to last for the work as well


@dataclass
class _Lane:
    """Who is in it, and how many are in it or wait for it."""

    turn: threading.Lock = field(default_factory=threading.Lock)
    number: int = 0


class Lanes:
    """The lanes of one process; each is there as long as anybody needs it."""

    def __init__(self) -> None:
        self._all: dict[str, _Lane] = {}
        self._lock = threading.Lock()

    @contextmanager
    def alone(self, thing: str, longest: float = LONGEST) -> Iterator[None]:
        """Be the only one at work on a thing while the block runs, or after `longest` seconds no longer insist.

        Nothing (`""`) is shared by nobody.
        """
        if not thing:
            yield
            return
        lane = self._entered(thing)
        has_turn = lane.turn.acquire(timeout=longest)
        try:
            yield
        finally:
            if has_turn:
                lane.turn.release()
            self._left(thing, lane)

    def _entered(self, thing: str) -> _Lane:
        with self._lock:
            lane = self._all.setdefault(thing, _Lane())
            lane.number += 1
            return lane

    def _left(self, thing: str, lane: _Lane) -> None:
        with self._lock:
            lane.number -= 1
            if not lane.number:
                del self._all[thing]
