"""Made series, a sample a minute: what a counter or a gauge does, stretch by stretch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from monitors.promql.samples import Samples

MINUTE = 60
FINENESS = 65_536  # sizes are multiples of its inverse, so that sums are exact, in whatever order they are made
Stretch: TypeAlias = tuple[int, float | None]
"""For so many minutes: what a counter gains each minute, or the value of a gauge; None where there are no samples."""


@dataclass(frozen=True)
class Track:
    """One series from minute 0 on."""

    stretches: tuple[Stretch, ...]
    grows: bool

    @property
    def values(self) -> list[float | None]:
        """The value of each minute, None where there is no sample."""
        found: list[float | None] = []
        height = 0.0
        for minutes, size in self.stretches:
            for _ in range(minutes):
                if size is None or not self.grows:
                    found.append(size)
                else:
                    height += size
                    found.append(height)
        return found

    @property
    def samples(self) -> Samples:
        """The series as our evaluator takes it."""
        present = [(place * MINUTE, value) for place, value in enumerate(self.values) if value is not None]
        return Samples([time for time, _ in present], [value for _, value in present])

    @property
    def notation(self) -> str:
        """The series as promtool takes it (https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules)."""
        parts, height = [], 0.0
        for minutes, size in self.stretches:
            if size is None:
                parts.append(f"_x{minutes}")
            elif self.grows:
                parts.append(f"{height + size!r}+{size!r}x{minutes - 1}")
                height += size * minutes
            else:
                parts.append(f"{size:.12g}x{minutes - 1}")
        return " ".join(parts)


def counter(*stretches: Stretch) -> Track:
    """Return a counter that gains so much each minute, stretch by stretch."""
    exact = ((minutes, None if size is None else round(size * FINENESS) / FINENESS) for minutes, size in stretches)
    return Track(tuple(exact), grows=True)


def gauge(*stretches: Stretch) -> Track:
    """Return a gauge with such a value, stretch by stretch."""
    return Track(stretches, grows=False)


def every(minutes: int, times: int, size: float = 1) -> tuple[Stretch, ...]:
    """Return stretches in which a counter gains `size` once in so many minutes, so many times."""
    return ((minutes - 1, 0.0), (1, float(size))) * times if minutes > 1 else ((times, float(size)),)
