"""One thread at a time asks somebody outside for a thing that all need, and no lock is held meanwhile.

A stranger can make a door want a newer value, by a key or a token that nobody knows. Were the others to wait for the
answer, one stranger would stop them all for as long as whoever is asked is slow.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

WAIT = 2.0  # seconds that another thread may wait for an answer which is on its way
WAITING = 4  # threads that may; a service has 40, and strangers must not hold them all
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 32.0  # seconds without asking after a failure, twice as many each time


@dataclass(frozen=True)
class _Pause:
    """How long nobody is asked after a failure, in seconds, and until when."""

    length: float
    until: float


class _Question:
    """A question on its way, and how many wait for its answer."""

    def __init__(self) -> None:
        self.answered = threading.Event()
        self.waiting = 0


class OneAsks:
    """Questions by name. `clock` returns seconds on any monotonic scale. Safe for many threads."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._questions: dict[str, _Question] = {}
        self._pauses: dict[str, _Pause] = {}
        self._lock = threading.Lock()

    def ask(
        self, name: str, fetch: Callable[[], None], is_stale: Callable[[], bool], *, needs: bool, waits: bool
    ) -> None:
        """Have `fetch` called, which keeps what it finds, unless another thread does that or it failed just now.

        `is_stale` says whether it is still to be done. Without any value (`needs`) a thread waits for an answer that is
        on its way; with an old one only if it `waits`, and is among the first. Raises what `fetch` raises.
        """
        with self._lock:
            question = self._questions.get(name)
            is_mine = question is None and is_stale() and self._may_ask(name)
            if is_mine:
                question = self._questions[name] = _Question()
            elif question and (needs or (waits and question.waiting < WAITING)):
                question.waiting += 1
            else:
                return
        if is_mine:
            self._fetch(name, question, fetch)
        else:
            question.answered.wait(WAIT)

    def _may_ask(self, name: str) -> bool:
        return name not in self._pauses or self._clock() >= self._pauses[name].until

    def _fetch(self, name: str, question: _Question, fetch: Callable[[], None]) -> None:
        try:
            fetch()
        except BaseException:
            with self._lock:
                self._pauses[name] = _longer(self._pauses.get(name), self._clock())
            raise
        else:
            with self._lock:
                self._pauses.pop(name, None)
        finally:
            with self._lock:
                del self._questions[name]
            question.answered.set()


def _longer(before: _Pause | None, now: float) -> _Pause:
    length = min(before.length * 2, LONGEST_PAUSE) if before else FIRST_PAUSE
    return _Pause(length, now + length)
