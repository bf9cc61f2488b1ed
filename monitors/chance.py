"""Series made by chance, the same for the same seed: what alerts are held to over weeks."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import accumulate
from random import Random

from monitors.promql.samples import Samples

MINUTE = 60
WEEK = 7 * 24 * 60
MONTH = 30 * 24 * 60
"""Minutes."""


def failing(chance: Random, rate: int, share: float, minutes: int) -> list[int]:
    """Return how many of `rate` requests fail in each minute, if each does with the probability `share`."""
    counts = [0] * minutes
    if not share:
        return counts
    at = _gap(chance, share)
    while at < rate * minutes:
        counts[at // rate] += 1
        at += 1 + _gap(chance, share)
    return counts


def _gap(chance: Random, share: float) -> int:
    """Return how many requests go well before the next that fails."""
    return int(math.log(1 - chance.random()) / math.log1p(-share))


def counted(counts: Sequence[float]) -> Samples:
    """Return the counter that gains these counts, minute by minute."""
    return Samples(range(0, len(counts) * MINUTE, MINUTE), list(accumulate(counts)))


def shown(values: Sequence[float]) -> Samples:
    """Return the gauge that shows these values, minute by minute."""
    return Samples(range(0, len(values) * MINUTE, MINUTE), values)


def by_day(most: int) -> Callable[[int], float]:
    """Return the traffic of a minute: a tenth of `most` at four in the morning, all of it twelve hours later."""
    return lambda minute: most * (0.55 - 0.45 * math.cos(2 * math.pi * (minute / 1_440 - 1 / 6)))
