"""Functions of a window of samples, for many windows at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from monitors.promql.samples import Dialect, Samples, Span

Values: TypeAlias = list[float | None]
"""One value for each time of a grid; None where there is none."""


def increase(samples: Samples, cut: Sequence[Span], grid: range, window: int, offset: int, dialect: Dialect) -> Values:
    """Return how much a counter grew in each window, extrapolated to the window's ends as Prometheus does.

    `extrapolatedRate` in Prometheus' promql/functions.go: towards an end without a sample near it the counter is taken
    to have gone on for half of the usual distance, and never to have been below zero. Versions differ in which of the
    two is looked at first. One sample says nothing of growth.
    """
    times, values, grown = samples.times, samples.values, samples.grown
    is_later = dialect is Dialect.LEFT_OPEN
    found: Values = []
    for now, (first, after) in zip(grid, cut, strict=True):
        if after - first < 2:
            found.append(None)
            continue
        last = after - 1
        result = grown[last] - grown[first]
        if result == 0:
            found.append(0.0)
            continue
        begin, end = times[first], times[last]
        sampled = end - begin
        usual = sampled / (last - first)
        near = usual * 1.1
        head: float = begin - (now - offset - window)
        tail: float = now - offset - end
        if is_later and head >= near:
            head = usual / 2
        if values[first] >= 0:
            head = min(head, sampled * (values[first] / result))
        if not is_later and head >= near:
            head = usual / 2
        if tail >= near:
            tail = usual / 2
        found.append(result * ((sampled + head + tail) / sampled))
    return found


def _most(values: Sequence[float], cut: Sequence[Span]) -> Values:
    return [max(values[first:after]) if after > first else None for first, after in cut]


def _least(values: Sequence[float], cut: Sequence[Span]) -> Values:
    return [min(values[first:after]) if after > first else None for first, after in cut]


def _number(values: Sequence[float], cut: Sequence[Span]) -> Values:
    del values
    return [float(after - first) if after > first else None for first, after in cut]


OVER: Mapping[str, Callable[[Sequence[float], Sequence[Span]], Values]] = {
    "max_over_time": _most,
    "min_over_time": _least,
    "count_over_time": _number,
}
"""Function → what it makes of the samples of each window."""
