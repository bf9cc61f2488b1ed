"""What happened, as counts of the metrics that Google's services and log metrics keep.

Names, labels and units: https://cloud.google.com/monitoring/api/metrics_gcp. Distributions are kept by their parts, as
PromQL reads them (https://cloud.google.com/monitoring/promql/promql-mapping).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from localcloud.base.world import Entry, Resource
from localcloud.monitoring.log_filters import FilterError, compiled
from monitors.promql import metric_name

Key: TypeAlias = tuple[str, tuple[tuple[str, str], ...]]
"""A series: its metric's PromQL name, and its labels sorted by name."""
Counts: TypeAlias = Mapping[Key, float]

METRIC = "gcp:logging/metric:Metric"
REVISION, QUEUE = "cloud_run_revision", "cloud_tasks_queue"
BOUNDS = (10, 25, 50, 100, 200, 300, 400, 500, 750, 1_000, 1_500, 2_000, 3_000, 5_000, 10_000)
"""Upper ends of the buckets of latencies, in milliseconds."""
CODES: Mapping[int, str] = {
    400: "invalid_argument", 401: "unauthenticated", 403: "permission_denied", 404: "not_found", 409: "aborted",
    429: "resource_exhausted", 503: "unavailable", 504: "deadline_exceeded",
}  # fmt: skip
EXTRACTED = re.compile(r"EXTRACT\(([\w.]+)\)")


def key(metric: str, resource: str, **labels: str) -> Key:
    """Return the series of a metric type (`run.googleapis.com/request_count`) with these labels."""
    return metric_name(metric), tuple(sorted({"monitored_resource": resource, **labels}.items()))


def requests(entries: Iterable[Entry], services: frozenset[str]) -> Counts:
    """Return what requests to these services add to Cloud Run's metrics."""
    found: Counter[Key] = Counter()
    for entry in entries:
        if entry.subject in services:
            status, of = str(entry.data["status"]), {"service_name": entry.subject}
            classed = {**of, "response_code": status, "response_code_class": f"{status[0]}xx"}
            found[key("run.googleapis.com/request_count", REVISION, **classed)] += 1
            found.update(_latencies(float(entry.data["seconds"]) * 1_000, of))
    return found


def _latencies(milliseconds: float, labels: Mapping[str, str]) -> Counter[Key]:
    name = "run.googleapis.com/request_latencies"
    within = [str(bound) for bound in BOUNDS if milliseconds <= bound]
    found = Counter({key(f"{name}_bucket", REVISION, **labels, le=bound): 1 for bound in (*within, "+Inf")})
    found[key(f"{name}_count", REVISION, **labels)] = 1
    return found


def attempts(entries: Iterable[Entry]) -> Counts:
    """Return what attempts of tasks add to Cloud Tasks' metrics."""
    found: Counter[Key] = Counter()
    for entry in entries:
        if entry.data.get("event") == "attempt":
            labels = {"queue_id": entry.subject.split("/")[-3], "response_code": code(entry.data.get("status"))}
            found[key("cloudtasks.googleapis.com/queue/task_attempt_count", QUEUE, **labels)] += 1
    return found


def code(status: int | None) -> str:
    """Return how Cloud Tasks names the end of an attempt that got this HTTP status, None for no answer."""
    if status is None:
        return "unavailable"
    return "ok" if 200 <= status < 300 else CODES.get(status, "unknown")


def lines(entries: Sequence[Mapping[str, Any]], metrics: Iterable[Resource]) -> Counts:
    """Return what log entries add to the count of entries and to the log metrics of the world."""
    found: dict[Key, float] = defaultdict(float)
    for entry in entries:
        resource = entry["resource"]
        labels = {name: value for name, value in resource["labels"].items() if name != "project_id"}
        severity = {"severity": entry["severity"]}
        found[key("logging.googleapis.com/log_entry_count", resource["type"], **labels, **severity)] += 1
    for metric in metrics:
        for series, size in _of_metric(entries, metric.inputs):
            found[series] += size
    return found


def _of_metric(entries: Sequence[Mapping[str, Any]], made: Mapping[str, Any]) -> Iterator[tuple[Key, float]]:
    try:
        fits = compiled(str(made["filter"]))
    except FilterError:
        return  # refused when it was made, or read by nobody
    name = f"logging.googleapis.com/user/{made['name']}"
    for entry in (each for each in entries if fits(each)):
        resource = entry["resource"]
        of = {field: value for field, value in resource["labels"].items() if field != "project_id"}
        of |= {label: str(_extracted(entry, how)) for label, how in (made.get("labelExtractors") or {}).items()}
        if made.get("valueExtractor"):
            yield key(f"{name}_count", resource["type"], **of), 1
            yield key(f"{name}_sum", resource["type"], **of), float(_extracted(entry, made["valueExtractor"]) or 0)
        else:
            yield key(name, resource["type"], **of), 1


def _extracted(entry: Mapping[str, Any], how: str) -> Any:
    match = EXTRACTED.fullmatch(how)
    held: Any = entry
    for part in match[1].split(".") if match else ():
        held = held.get(part) if isinstance(held, Mapping) else None
    return "" if held is None else held
