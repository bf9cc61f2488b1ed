"""PromQL as Cloud Monitoring speaks it: metric names, selectors, and the few expressions that alerts are made of."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

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

    A value with `|` or `.` is a regular expression. `resource` is the monitored resource, which has to be named when a
    metric exists for several.
    """

    metric: str
    resource: str
    labels: Mapping[str, str] = field(default_factory=dict)

    def where(self, **labels: str) -> Series:
        """Return the series that have these labels too."""
        return Series(self.metric, self.resource, {**self.labels, **labels})

    @property
    def selector(self) -> str:
        """The PromQL selector."""
        labels = {"monitored_resource": self.resource, **self.labels}
        inside = ",".join(f'{name}{_operator(value)}"{_quoted(value)}"' for name, value in labels.items())
        return f"{metric_name(self.metric)}{{{inside}}}"

    def counted(self, minutes: int) -> str:
        """Return the expression for how many there were within the last `minutes`, over all series."""
        return f"sum(increase({self.selector}[{_window(minutes)}]))"

    def best(self, minutes: int) -> str:
        """Return the expression for the largest value of each series within the last `minutes`; true counts as 1."""
        return f"max_over_time({self.selector}[{_window(minutes)}])"


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
    return "=~" if set(value) & set("|.*") else "="


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')
