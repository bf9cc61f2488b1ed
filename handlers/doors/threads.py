"""Threads in which doors may block, for less than asyncio's executor takes.

That gives each call a future of its own, with a condition and its lock, and ties it to one of the event loop's, which
takes an eighth of what a webhook costs (benchmarks/README.md).
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from typing import Any, TypeVar

T = TypeVar("T")


class Threads:
    """At most `most` threads; as many are started as are needed at once, and none is ended before the process."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._waiting: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._lock = threading.Lock()
        self._started = self._unfinished = 0

    def run(self, function: Callable[..., T], *arguments: Any) -> asyncio.Future[T]:
        """Call a function in a thread; what it returns or raises comes by the future, in the running event loop."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()
        with self._lock:
            self._unfinished += 1
            is_needed = self._started < min(self._unfinished, self._most)
            self._started += is_needed
        if is_needed:
            threading.Thread(target=self._work, name="door", daemon=True).start()
        self._waiting.put(lambda: self._call(loop, answer, function, arguments))
        return answer

    def _work(self) -> None:
        while True:
            self._waiting.get()()

    def _call(
        self, loop: asyncio.AbstractEventLoop, answer: asyncio.Future[T], function: Callable[..., T], arguments: Any
    ) -> None:
        settle: Callable[[Any], None]
        found: Any
        try:
            settle, found = answer.set_result, function(*arguments)
        except BaseException as error:  # noqa: BLE001 - whoever waits for it gets it, and the thread goes on
            settle, found = answer.set_exception, error
        with self._lock:
            self._unfinished -= 1
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(_settled, answer, settle, found)


def _settled(answer: asyncio.Future[Any], settle: Callable[[Any], None], found: Any) -> None:
    if not answer.cancelled():
        settle(found)
