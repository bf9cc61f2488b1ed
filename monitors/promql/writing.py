"""PromQL as Cloud Monitoring takes it: metric names, selectors, and the few expressions that alerts are made of."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

SHORTEST = 5  # minutes: Cloud Monitoring writes a sample a minute, and one may come late
LONGEST_WINDOW = 25 * 60  # minutes; Cloud Monitoring keeps an alert's query to 25 hours


def metric_name(metric: str) -> str:
    """Return the PromQL name of a Cloud Monitoring metric type.

    The first `/` becomes `:`, every other special character `_`:
    https://cloud.google.com/monitoring/promql/promql-mapping.
    """
    domain, _, path = metric.partition("/")
    return f"{_plain(domain)}:{_plain(path)}"


def _plain(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_]", "_", text)


@dataclass(frozen=True)
class Series:
    """The time series of a metric (`run.googleapis.com/request_count`) whose labels have these values.

    A value with `|` or `*` is a regular expression. `resource` is the monitored resource, which has to be named when a
    metric exists for several.
    """

    metric: str
    resource: str
    labels: Mapping[str, str] = field(default_factory=dict)

    def where(self, **labels: str) -> Series:
        """Return the series that have these labels too."""
        return replace(self, labels={**self.labels, **labels})

    @property
    def selector(self) -> str:
        """The PromQL selector."""
        labels = {"monitored_resource": self.resource, **self.labels}
        inside = ",".join(f'{name}{_operator(value)}"{_quoted(value)}"' for name, value in labels.items())
        return f"{metric_name(self.metric)}{{{inside}}}"

    def counted(self, minutes: int, ago: int = 0) -> str:
        """Return the expression for how many there were within `minutes`, over all series, `ago` minutes before now."""
        return f"sum({self.grown(minutes, ago)})"

    def grown(self, minutes: int, ago: int = 0) -> str:
        """Return the expression for how much each series grew within `minutes`, `ago` minutes before now.

        Growth needs two samples, and there is one a minute: a window of one minute holds two of them only where windows
        are closed, and only on the samples' own second. From SHORTEST on every engine sees growth at every second.
        """
        if minutes < SHORTEST:
            raise ValueError(f"growth within {minutes} minutes; with a sample a minute choose {SHORTEST} or more")
        return f"increase({self._range(minutes, ago)})"

    def added(self, minutes: int) -> str:
        """Return the expression for what each series counted within `minutes`, with what it began with.

        A counter that begins at 5 has not grown in Prometheus' eyes; one without a sample before the window began in
        it, and all that it shows was counted there.
        """
        before = f"count_over_time({self._range(LONGEST_WINDOW - minutes, minutes)}) > 0.5"
        return f"({self.most(minutes)} unless ({before})) or {self.grown(minutes)}"

    def most(self, minutes: int, ago: int = 0) -> str:
        """Return the expression for the largest value of each series within `minutes`; true counts as 1."""
        return f"max_over_time({self._range(minutes, ago)})"

    def least(self, minutes: int) -> str:
        """Return the expression for the smallest value of each series within the last `minutes`."""
        return f"min_over_time({self._range(minutes, 0)})"

    def happened(self, minutes: int, late: int = 5) -> str:
        """Return the expression that has a value if the counter counted anything within the last `minutes`.

        A counter that begins at 1 has not grown in Prometheus' eyes. So one that has not been there for the whole
        window counts as well; up to `late` samples may be missing from one that has.
        """
        there = f"count_over_time({self._range(minutes, 0)}) > {number(minutes - late - 0.5)}"
        return f"({self.counted(minutes)} > 0.5) or (sum({self.most(minutes)} unless ({there})) > 0.5)"

    def per_minute(self) -> str:
        """Return the expression for how many there are a minute, over all series: what a chart shows."""
        return f"sum(rate({self._range(SHORTEST, 0)})) * 60"

    def _range(self, minutes: int, ago: int) -> str:
        if minutes + ago > LONGEST_WINDOW:
            raise ValueError(
                f"{minutes} minutes, {ago} minutes ago, is further back than {LONGEST_WINDOW}: Cloud Monitoring refuses"
            )
        return f"{self.selector}[{_window(minutes)}]" + (f" offset {_window(ago)}" if ago else "")


def lasting(expression: str, minutes: int) -> str:
    """Return the expression that has a value if `expression` had one at each of the last `minutes`."""
    return f"count_over_time(({expression})[{_window(minutes)}:1m]) > {number(minutes - 0.5)}"


def held(expression: str, minutes: int) -> str:
    """Return the expression that stays true for `minutes` after `expression` was, so that an alert does not flap."""
    return f"max_over_time(({expression})[{_window(minutes)}:1m])" if minutes else expression


def number(value: float) -> str:
    """Return a number without exponent or trailing zeros."""
    return f"{value:.6f}".rstrip("0").rstrip(".")


def _window(minutes: int) -> str:
    if not 1 <= minutes <= LONGEST_WINDOW:
        raise ValueError(f"a window of {minutes} minutes; Cloud Monitoring allows 1 to {LONGEST_WINDOW}")
    return f"{minutes}m"


def _operator(value: str) -> str:
    return "=~" if set(value) & set("|*") else "="


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')
