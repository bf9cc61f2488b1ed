"""Log metrics as values: which lines of our services are counted, compiled for Cloud Logging and told here by hand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from monitors.promql import Series

REVISION = "cloud_run_revision"


@dataclass(frozen=True)
class Where:
    """One condition on a field of a log line: equal to words, beginning with one of several (`|`), above a number."""

    field: str
    operator: Literal["=", "=~", ">"]
    value: str | int

    @property
    def text(self) -> str:
        """The comparison in Logging's query language (https://cloud.google.com/logging/docs/view/logging-query-language)."""
        if isinstance(self.value, int):
            return f"jsonPayload.{self.field}{self.operator}{self.value}"
        return f'jsonPayload.{self.field}{self.operator}"{self._pattern}"'

    @property
    def _pattern(self) -> str:
        return f"^({self.value})" if self.operator == "=~" else str(self.value)

    def holds(self, line: Mapping[str, Any]) -> bool:
        """Return whether a line, as a service wrote it, fits."""
        found = line.get(self.field)
        if isinstance(self.value, int):
            return isinstance(found, (int, float)) and found > self.value
        if self.operator == "=~":
            return isinstance(found, str) and re.match(self._pattern, found) is not None
        return found == self.value


@dataclass(frozen=True)
class LogMetric:
    """Counts the lines of our services that fit every condition, apart by `labels` (label → field of the line).

    With a `value` the numbers in that field are added up; Cloud Logging keeps them as a distribution, whose sum PromQL
    reads by the suffix `_sum` (https://cloud.google.com/monitoring/promql/promql-mapping).
    """

    name: str
    description: str
    where: tuple[Where, ...]
    labels: Mapping[str, str]
    value: str = ""

    @property
    def log_filter(self) -> str:
        """The lines, in Logging's query language."""
        return " AND ".join((f'resource.type="{REVISION}"', *(each.text for each in self.where)))

    @property
    def series(self) -> Series:
        """What an alert reads."""
        suffix = "_sum" if self.value else ""
        return Series(f"logging.googleapis.com/user/{self.name}{suffix}", REVISION)

    def counts(self, line: Mapping[str, Any]) -> bool:
        """Return whether a line, as a service wrote it, is counted."""
        return all(each.holds(line) for each in self.where)

    def total(self, lines: Iterable[Mapping[str, Any]]) -> Mapping[tuple[tuple[str, str], ...], float]:
        """Return what these lines add to each series, by its labels."""
        found: dict[tuple[tuple[str, str], ...], float] = {}
        for line in lines:
            if self.counts(line):
                labels = tuple(sorted((name, str(line.get(source, ""))) for name, source in self.labels.items()))
                found[labels] = found.get(labels, 0.0) + (float(line.get(self.value, 0)) if self.value else 1.0)
        return found


FINAL_FAILURES = LogMetric(
    "final-failures", "Events that were given up", (Where("outcome", "=", "final_failure"),), labels={}
)
DELIVERIES = LogMetric(
    "deliveries",
    "Events that came to their end, by how: attempts in between and forged ones are not counted",
    (Where("message", "=~", "processed|gave up on the event"),),
    labels={"outcome": "outcome"},
)
MISSED_DELIVERIES = LogMetric(
    "missed-deliveries",
    "Events that Stripe could not deliver, for what the edge or a dead origin refused",
    (Where("message", "=", "swept"), Where("sweep", "=", "hour")),
    labels={},
    value="missed",
)
SWEEPS = LogMetric("sweeps", "Sweeps that came to their end", (Where("message", "=", "swept"),), {"sweep": "sweep"})
WAITING = LogMetric(
    "waiting-work",
    "Minutes in which something waited although its time had come",
    (Where("message", "=", "swept"), Where("sweep", "=", "minute"), Where("stuck", ">", 0)),
    labels={},
)
PREVIOUS_SECRET = LogMetric(
    "previous-secret", "Deliveries signed with the previous secret", (Where("outcome", "=", "previous_secret"),), {}
)
WRONG_PLANS = LogMetric(
    "wrong-plans",
    "Users whose plan is not what they pay for, found at night",
    (Where("message", "=", "differs"), Where("kind", "=~", "billing|customer|claims")),
    labels={"kind": "kind"},
)
LOST_TICKETS = LogMetric(
    "lost-tickets",
    "Support requests that nobody at the helpdesk sees, found at night",
    (Where("message", "=", "differs"), Where("kind", "=", "ticket")),
    labels={},
)
FOREIGN = LogMetric(
    "foreign-events",
    "Signed events of another mode or account, which were set aside",
    (Where("outcome", "=", "foreign_event"),),
    labels={},
)
UNANSWERED = LogMetric(
    "unanswered-tickets",
    "Hours in which a support request had waited for the team for more than a day",
    (Where("message", "=", "swept"), Where("sweep", "=", "hour"), Where("unanswered", ">", 0)),
    labels={},
)
PROBES = LogMetric(
    "probes",
    "Probes of Cloud Scheduler's that came the whole way of a payment event",
    (Where("message", "=", "probe settled"),),
    labels={},
)
ESSENTIAL = (FINAL_FAILURES, DELIVERIES, MISSED_DELIVERIES, SWEEPS)
FULL = (*ESSENTIAL, WAITING, PREVIOUS_SECRET, WRONG_PLANS, LOST_TICKETS, FOREIGN, UNANSWERED, PROBES)
