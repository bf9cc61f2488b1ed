"""What is measured: series of samples, and how their windows are cut."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from itertools import accumulate, pairwise
from typing import TypeAlias

from monitors.promql.syntax import Matcher, Selector

Labels: TypeAlias = tuple[tuple[str, str], ...]
"""Name and value of each label, sorted by name."""
Span: TypeAlias = tuple[int, int]
"""The first sample of a window, and the one after its last, by place in the series."""


class Dialect(Enum):
    """How a window is cut: whether a sample exactly as old as the window is long belongs to it.

    It does up to Prometheus 2.55, and in Cloud Monitoring, which is "at parity with Prometheus 2.44"
    (https://cloud.google.com/stackdriver/docs/managed-prometheus/promql-differences). From 3.0 on it does not
    (https://prometheus.io/docs/prometheus/3.0/migration, "Range selectors and lookback exclude ...").
    """

    CLOSED = "closed"
    LEFT_OPEN = "left-open"


@dataclass(frozen=True, eq=False)
class Samples:
    """One series: `values` at `times` (seconds, ascending)."""

    times: Sequence[int]
    values: Sequence[float]
    _grown: list[float] = field(default_factory=list, repr=False)

    @property
    def grown(self) -> Sequence[float]:
        """The values as of a counter that never restarts: a fall counts as a restart at zero."""
        if not self._grown and self.values:
            steps = (now if now < before else now - before for before, now in pairwise(self.values))
            self._grown.extend(accumulate(steps, initial=self.values[0]))
        return self._grown


@dataclass(frozen=True)
class Measured:
    """All series, by metric and labels."""

    series: Mapping[str, Mapping[Labels, Samples]]

    @classmethod
    def of(cls, series: Iterable[tuple[str, Mapping[str, str], Samples]]) -> Measured:
        """Return what these series (metric, labels, samples) hold. Raises ValueError when one comes twice."""
        found: dict[str, dict[Labels, Samples]] = {}
        for metric, labels, samples in series:
            key = tuple(sorted(labels.items()))
            if key in found.setdefault(metric, {}):
                raise ValueError(f"{metric} with labels {dict(labels)} comes twice; give each series once")
            found[metric][key] = samples
        return cls(found)

    def select(self, selector: Selector) -> list[tuple[Labels, Samples]]:
        """Return the series that a selector names, with their labels."""
        known = self.series.get(selector.metric, {})
        return [(labels, samples) for labels, samples in known.items() if _fits(labels, selector.matchers)]


def _fits(labels: Labels, matchers: Iterable[Matcher]) -> bool:
    held = dict(labels)
    return all(_holds(matcher, held.get(matcher.label, "")) for matcher in matchers)


def _holds(matcher: Matcher, value: str) -> bool:
    if matcher.operator in ("=", "!="):
        return (value == matcher.value) is (matcher.operator == "=")
    return (re.fullmatch(matcher.value, value) is not None) is (matcher.operator == "=~")


def spans(times: Sequence[int], grid: range, window: int, offset: int, dialect: Dialect) -> list[Span]:
    """Return which samples lie in the window (seconds) that ends `offset` seconds before each time of the grid."""
    found: list[Span] = []
    count = len(times)
    open_by = 1 if dialect is Dialect.LEFT_OPEN else 0
    # A day's samples lie before the few minutes that are asked for each minute: those are passed at once.
    first = bisect_left(times, grid.start - offset - window + open_by)
    after = bisect_right(times, grid.start - offset)
    for now in grid:
        end = now - offset
        start = end - window + open_by
        while after < count and times[after] <= end:
            after += 1
        while first < after and times[first] < start:
            first += 1
        found.append((first, after))
    return found
