"""Recorded series, as JSON lines: what was really measured, to hold alerts to.

Each line is one series of Cloud Monitoring: its `metric` type, its monitored `resource` type, the `labels` of both, its
`kind` (GAUGE, DELTA or CUMULATIVE: https://cloud.google.com/monitoring/api/v3/kinds-and-types), and `points`, each a
time in seconds and a value.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import accumulate
from typing import Any

from monitors.promql import metric_name
from monitors.promql.samples import Measured, Samples

KINDS = ("GAUGE", "DELTA", "CUMULATIVE")


def parse(lines: Iterable[str]) -> Measured:
    """Return the series. Raises ValueError that names the line which is none, or says that there are none."""
    found = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                found.append(_series(json.loads(line)))
            except (ValueError, KeyError, TypeError) as error:
                raise ValueError(f"line {number} is not a series: {error!r}; see monitors/recorded.py") from error
    if not found:
        raise ValueError("there are no series; an alert that sees nothing proves nothing")
    return Measured.of(found)


def span(measured: Measured) -> tuple[int, int]:
    """Return the first and the last second at which something was measured."""
    times = [samples.times for known in measured.series.values() for samples in known.values() if samples.times]
    return min(each[0] for each in times), max(each[-1] for each in times)


def _series(said: dict[str, Any]) -> tuple[str, dict[str, str], Samples]:
    if said["kind"] not in KINDS:
        raise ValueError(f"kind is {said['kind']}; choose one of {', '.join(KINDS)}")
    points = sorted((int(time), float(value)) for time, value in said["points"])
    values = [value for _, value in points]
    height = list(accumulate(values)) if said["kind"] == "DELTA" else values
    labels = {
        "monitored_resource": str(said["resource"]),
        **{name: str(value) for name, value in said["labels"].items()},
    }
    return metric_name(str(said["metric"])), labels, Samples([time for time, _ in points], height)
