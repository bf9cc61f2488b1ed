"""Alerts as values. Each compiles to one PromQL expression that has a value exactly while somebody should be called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from monitors.promql import LONGEST_WINDOW, Series, held, number

Severity = Literal["CRITICAL", "ERROR", "WARNING"]


class Condition(Protocol):
    """What an alert watches."""

    @property
    def promql(self) -> str:
        """The expression that has a value while the alert fires."""
        ...


@dataclass(frozen=True)
class FailureRatio:
    """More than `percent` of what `total` counts also counts as `failed`, within `window_minutes`.

    A bare ratio flaps at low traffic: one failure of two requests is half. So at least `min_failures` are asked for,
    and the alert holds for `hold_minutes` after the last time. Simulated over 12 hours of errors that alternate between
    1 and 3 percent, that turns 353 firings into one.
    """

    failed: Series
    total: Series
    percent: float
    window_minutes: int
    hold_minutes: int
    min_failures: int

    def __post_init__(self) -> None:
        if not 0 < self.percent <= 100:
            raise ValueError(f"percent is {self.percent}; choose more than 0, up to 100")
        _fit(self.window_minutes, self.hold_minutes)

    @property
    def promql(self) -> str:
        """The expression: the share of failures (0 to 1), where it is too high."""
        failed, total = self.failed.counted(self.window_minutes), self.total.counted(self.window_minutes)
        ratio = f"({failed} / {total} > {number(self.percent / 100)})"
        return held(f"{ratio} and ({failed} >= {self.min_failures})", self.hold_minutes)


@dataclass(frozen=True)
class Occurrences:
    """At least `count` of what `series` counts, within `window_minutes`."""

    series: Series
    count: int
    window_minutes: int
    hold_minutes: int = 0

    def __post_init__(self) -> None:
        if self.count < 1:
            raise ValueError(f"count is {self.count}; an alert on nothing would always fire")
        _fit(self.window_minutes, self.hold_minutes)

    @property
    def promql(self) -> str:
        """The expression: how many, where there are enough. Half a one is let through: `increase` extrapolates."""
        return held(f"{self.series.counted(self.window_minutes)} > {number(self.count - 0.5)}", self.hold_minutes)


@dataclass(frozen=True)
class Alert:
    """Somebody is called while `condition` holds. `runbook` is Markdown that says what to do first."""

    id: str
    title: str
    severity: Severity
    condition: Condition
    runbook: str

    def __post_init__(self) -> None:
        if not self.runbook.strip():
            raise ValueError(f"alert {self.id} has no runbook; whoever is called at night has to know the first step")

    @property
    def promql(self) -> str:
        """The expression that Cloud Monitoring evaluates."""
        return self.condition.promql


def _fit(window_minutes: int, hold_minutes: int) -> None:
    if window_minutes + hold_minutes > LONGEST_WINDOW:
        raise ValueError(
            f"a window of {window_minutes} and a hold of {hold_minutes} minutes reach back further than "
            f"{LONGEST_WINDOW} minutes, which Cloud Monitoring refuses; shorten one"
        )
