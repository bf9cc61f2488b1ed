"""Waits for what a flow sets going."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

PAUSE = 0.2  # seconds between two looks
SETTLING = 1.0  # seconds; a second effect, if there is one, comes right behind the first

T = TypeVar("T")


def wait_for(
    look: Callable[[], T], is_there: Callable[[T], bool], seconds: float, pause: float = PAUSE
) -> tuple[T, float]:
    """Look until `is_there` or the time is up; return what was seen last, and the seconds it took."""
    begun = time.monotonic()
    while True:
        seen = look()
        taken = time.monotonic() - begun
        if is_there(seen) or taken > seconds:
            return seen, taken
        time.sleep(pause)


def settle() -> None:
    """Give what should not happen a second time the time to happen."""
    time.sleep(SETTLING)
