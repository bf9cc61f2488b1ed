"""Says how far a long step is, also while that step says nothing itself. Standard library only, as the set-up is."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


def say(sentence: str) -> None:
    """Tell the user what is happening."""
    sys.stderr.write(f"{sentence}\n")
    sys.stderr.flush()


@contextmanager
def telling(every: float, tell: Callable[[str], None], sentence: Callable[[], str]) -> Iterator[None]:
    """Give `tell` what `sentence` returns, every `every` seconds until the block ends.

    Both are called from another thread. A sentence that has not changed is said again ever more seldom.
    """
    ended = threading.Event()

    def beat() -> None:
        said, silent, patience = "", 0, 1
        while not ended.wait(every):
            now, silent = sentence(), silent + 1
            if now != said:
                said, patience = now, 1
            elif silent < patience:
                continue
            tell(now)
            silent, patience = 0, patience * 2

    beating = threading.Thread(target=beat, daemon=True)
    beating.start()
    try:
        yield
    finally:
        ended.set()
        beating.join()
