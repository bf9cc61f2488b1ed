"""A case as a value: what is measured, and when which alert is open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from monitors.alerts import Alert
from monitors.cases.tracks import MINUTE, Track
from monitors.firing import fires, stretches
from monitors.promql import Series, metric_name
from monitors.promql.evaluating import Evaluation
from monitors.promql.parsing import parse
from monitors.promql.samples import Dialect, Measured
from monitors.promql.syntax import Expression

Level = Literal["low", "middle", "high"]
RATES: Mapping[Level, int] = {"low": 2, "middle": 60, "high": 1_200}
"""Requests a minute."""
Open: TypeAlias = tuple[tuple[int, int], ...]
"""From when to when the alert is open: first and last minute of each incident."""


@dataclass(frozen=True)
class Measure:
    """One series of a case: of that metric, with further labels."""

    series: Series
    track: Track

    @property
    def labels(self) -> dict[str, str]:
        """All labels, as Cloud Monitoring shows them to PromQL."""
        return {"monitored_resource": self.series.resource, **self.series.labels}

    @property
    def name(self) -> str:
        """The metric's PromQL name."""
        return metric_name(self.series.metric)


@dataclass(frozen=True)
class Case:
    """On these series the alert is open just then; looked at every `step` minutes."""

    alert: str
    name: str
    level: Level
    measures: tuple[Measure, ...]
    minutes: int
    open: Open
    step: int = 1

    @property
    def title(self) -> str:
        """How a report names the case."""
        return f"{self.alert}, {self.level} traffic: {self.name}"

    @property
    def grid(self) -> range:
        """The seconds at which the alert is looked at."""
        return range(0, self.minutes * MINUTE + 1, self.step * MINUTE)

    def evaluation(self, dialect: Dialect = Dialect.CLOSED) -> Evaluation:
        """Return what evaluates expressions over the case's series."""
        measured = Measured.of((each.name, each.labels, each.track.samples) for each in self.measures)
        return Evaluation(measured, dialect)

    def seen(self, alert: Alert, dialect: Dialect = Dialect.CLOSED) -> Open:
        """Return when the alert is open, by our evaluator. Raises RefusedError."""
        return self.seen_of(parse(alert.promql), alert.sustained, self.evaluation(dialect))

    def seen_of(self, expression: Expression, sustained: int, evaluation: Evaluation) -> Open:
        """Return when an expression that has to last for `sustained` minutes is open."""
        open_at = fires(expression, sustained * MINUTE, evaluation, self.grid)
        return tuple((start // MINUTE, end // MINUTE) for start, end in stretches(open_at, self.grid))

    def holds(self, seen: Open, slack: int) -> bool:
        """Return whether the incidents seen are the case's, each begun and ended within `slack` minutes of them."""
        pairs = zip(seen, self.open, strict=False)
        near = all(abs(one - other) <= slack for pair in pairs for one, other in zip(*pair, strict=True))
        return len(seen) == len(self.open) and near
