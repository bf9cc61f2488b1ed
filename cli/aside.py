"""Work on a thread of its own, whose sentences wait until somebody listens."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from queue import SimpleQueue
from typing import Generic, TypeVar

Tell = Callable[[str], None]
Result = TypeVar("Result")


class Aside(Generic[Result]):
    """Work that is under way from now on; it is given the function to which it tells what is going on."""

    def __init__(self, threads: Executor, work: Callable[[Tell], Result]) -> None:
        self._said: SimpleQueue[str | None] = SimpleQueue()
        self._end = threads.submit(self._run, work)

    def result(self, tell: Tell) -> Result:
        """Tell what it says, from its beginning on, and return what it ends with, or raise it. Ask once."""
        while (sentence := self._said.get()) is not None:
            tell(sentence)
        return self._end.result()

    def _run(self, work: Callable[[Tell], Result]) -> Result:
        try:
            return work(self._said.put)
        finally:
            self._said.put(None)
