"""Says how far a long step is, also while that step says nothing itself. Standard library only, as the set-up is."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def telling(every: float, tell: Callable[[str], None], sentence: Callable[[], str]) -> Iterator[None]:
    """Give `tell` what `sentence` returns, every `every` seconds until the block ends.

    Both are called from another thread.
    """
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(every):
            tell(sentence())

    beating = threading.Thread(target=beat, daemon=True)
    beating.start()
    try:
        yield
    finally:
        ended.set()
        beating.join()
