"""Service level objectives as values, and the alert on how fast their error budget burns."""

from __future__ import annotations

from dataclasses import dataclass

from monitors.promql import Series, number


@dataclass(frozen=True)
class Slo:
    """At least `goal` (0 to 1) of what `total` counts is not `failed`, over `days`."""

    id: str
    goal: float
    days: int
    failed: Series
    total: Series

    def __post_init__(self) -> None:
        if not 0 < self.goal < 1:
            raise ValueError(f"SLO {self.id}: goal is {self.goal}; choose above 0 and below 1, for 1 leaves no budget")

    @property
    def budget(self) -> float:
        """The share that may fail."""
        return 1 - self.goal


@dataclass(frozen=True)
class BurnRate:
    """The budget goes `factor` times faster than the SLO allows, over a long window and still over a short one.

    14.4 times over 1 h and 5 min spends 2 % of a 30-day budget in the hour, 6 times over 6 h and 30 min spends 5 %:
    Site Reliability Workbook, chapter 5. With fewer than `min_failures` in the long window, chance alone decides.
    """

    slo: Slo
    factor: float = 14.4
    long_minutes: int = 60
    short_minutes: int = 5
    min_failures: int = 5

    def __post_init__(self) -> None:
        if self.short_minutes >= self.long_minutes:
            raise ValueError(f"burn rate of {self.slo.id}: the short window has to be shorter than the long one")

    @property
    def promql(self) -> str:
        """The expression: the share of failures over the long window, where both windows burn too fast."""
        enough = f"{self.slo.failed.counted(self.long_minutes)} > {number(self.min_failures - 0.5)}"
        return f"({self._burns(self.long_minutes)}) and ({self._burns(self.short_minutes)}) and ({enough})"

    def _burns(self, minutes: int) -> str:
        failed, total = self.slo.failed.counted(minutes), self.slo.total.counted(minutes)
        return f"{failed} / {total} > {number(self.factor * self.slo.budget)}"
