"""What Cloud Monitoring refuses about the series that a condition counts: aligners, periods, kinds of resources.

Sources: the API's descriptions of Aggregation, Aligner and MetricThreshold.denominatorFilter; the refusals themselves:
google/exposure-notifications-verification-server#659 (an aligner for another kind of metric) and
hashicorp/terraform-provider-google#4165 (a filter has to name the resource). The metrics are those of
https://cloud.google.com/monitoring/api/metrics_gcp that a launch is watched by; others are not judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from localcloud.providers.launch_rules import REFUSED, Case, LaunchRule, Stage
from localcloud.providers.tables.gcp_monitoring import ALERT, METRIC
from localcloud.providers.values import Properties, Value, at, every, mappings

NUMERIC = frozenset({"INT64", "DOUBLE"})
NAMED = re.compile(r'\bmetric\.type\s*=\s*"([^"]+)"')
OF = re.compile(r'\bresource\.type\s*=\s*"([^"]+)"')
LOGGED = "logging.googleapis.com/user/"
IDLE = ("", "ALIGN_NONE")


@dataclass(frozen=True)
class Kind:
    """What a metric's values are, and of which resources it is told: none listed, and any is let pass."""

    kind: str
    type: str
    resources: frozenset[str] = frozenset()

    @property
    def words(self) -> str:
        """The kind as people say it: `a GAUGE of INT64`."""
        return f"a {self.kind} of {self.type}"


_RUN = frozenset({"cloud_run_revision", "cloud_run_job", "cloud_run_worker_pool"})
_QUEUE = frozenset({"cloud_tasks_queue"})
_SUBSCRIPTION = frozenset({"pubsub_subscription"})
METRICS: Mapping[str, Kind] = {
    "run.googleapis.com/request_count": Kind("DELTA", "INT64", frozenset({"cloud_run_revision"})),
    "run.googleapis.com/request_latencies": Kind("DELTA", "DISTRIBUTION", frozenset({"cloud_run_revision"})),
    "run.googleapis.com/container/instance_count": Kind("GAUGE", "INT64", _RUN),
    "run.googleapis.com/container/cpu/utilizations": Kind("DELTA", "DISTRIBUTION", _RUN),
    "run.googleapis.com/container/memory/utilizations": Kind("DELTA", "DISTRIBUTION", _RUN),
    "run.googleapis.com/container/max_request_concurrencies": Kind("DELTA", "DISTRIBUTION", _RUN),
    "cloudtasks.googleapis.com/queue/depth": Kind("GAUGE", "INT64", _QUEUE),
    "cloudtasks.googleapis.com/queue/task_attempt_count": Kind("DELTA", "INT64", _QUEUE),
    "pubsub.googleapis.com/subscription/num_undelivered_messages": Kind("GAUGE", "INT64", _SUBSCRIPTION),
    "pubsub.googleapis.com/subscription/oldest_unacked_message_age": Kind("GAUGE", "INT64", _SUBSCRIPTION),
    "monitoring.googleapis.com/uptime_check/check_passed": Kind("GAUGE", "BOOL"),
}
_COUNTED, _MEASURED = frozenset({"DELTA", "CUMULATIVE"}), frozenset({"GAUGE", "DELTA"})
ALIGNERS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {  # → kinds and types of the metrics that it is for
    "ALIGN_RATE": (_COUNTED, NUMERIC),
    "ALIGN_DELTA": (_COUNTED, NUMERIC | {"DISTRIBUTION"}),
    "ALIGN_SUM": (_MEASURED, NUMERIC | {"DISTRIBUTION"}),
    **dict.fromkeys(("ALIGN_MIN", "ALIGN_MAX", "ALIGN_MEAN", "ALIGN_STDDEV"), (_MEASURED, NUMERIC)),
    **dict.fromkeys(("ALIGN_COUNT_TRUE", "ALIGN_COUNT_FALSE", "ALIGN_FRACTION_TRUE"), (_MEASURED, frozenset({"BOOL"}))),
    **dict.fromkeys(
        (f"ALIGN_PERCENTILE_{percent}" for percent in ("99", "95", "50", "05")),
        (_MEASURED, frozenset({"DISTRIBUTION"})),
    ),
}
MEANT: Mapping[str, str] = {  # type of the values → an aligner for them
    "BOOL": "ALIGN_FRACTION_TRUE",
    "DISTRIBUTION": "ALIGN_PERCENTILE_95, or ALIGN_DELTA",
}
COUNTS = (  # where a filter lies beside what is counted of it
    ("conditionThreshold", "filter", "aggregations"),
    ("conditionThreshold", "denominatorFilter", "denominatorAggregations"),
    ("conditionAbsent", "filter", "aggregations"),
)


def wrong_series(case: Case) -> str | None:
    """Refuse conditions on a metric of other resources, aligned as it cannot be, or over no period."""
    return case.told(_series(case)) if case.traits.token == ALERT else None


def _series(case: Case) -> Iterator[str]:
    for condition, filter_, counts in COUNTS:
        for each in every(case.inputs, f"conditions.{condition}"):
            aggregations = mappings(at(each, counts))
            yield from _periods(aggregations, counts)
            text = at(each, filter_)
            yield from _named(case, text, aggregations) if isinstance(text, str) else ()
    for threshold in every(case.inputs, "conditions.conditionThreshold"):
        yield from _ratio(threshold) if isinstance(threshold, dict) else ()


def _periods(aggregations: list[Properties], where: str) -> Iterator[str]:
    for each in aggregations:
        aligner = each.get("perSeriesAligner")
        if isinstance(aligner, str) and aligner not in IDLE and each.get("alignmentPeriod") in (None, ""):
            yield f"{where} has {aligner} without an alignmentPeriod ({REFUSED}). Set it, to 60s or more."


def _named(case: Case, text: str, aggregations: list[Properties]) -> Iterator[str]:
    metrics, resources = {*NAMED.findall(text)}, {*OF.findall(text)}
    metric = metrics.pop() if len(metrics) == 1 else ""
    known = _kind(case, metric)
    if known is None:
        return
    resource = resources.pop() if len(resources) == 1 else ""
    if resource and known.resources and resource not in known.resources:
        yield (
            f"{metric} is told of {' and '.join(sorted(known.resources))}, not of {resource} ({REFUSED}: not a valid "
            "combination of metric and monitored resource). Correct resource.type."
        )
    for aligner in (each.get("perSeriesAligner") for each in aggregations[:1]):  # later ones get what it made
        kinds, types = ALIGNERS.get(str(aligner), (frozenset({known.kind}), frozenset({known.type})))
        if known.kind not in kinds or known.type not in types:
            right = MEANT.get(known.type, "ALIGN_RATE" if known.kind == "DELTA" else "ALIGN_MAX")
            yield f"{metric} is {known.words}, to which {aligner} cannot be applied ({REFUSED}). Use {right}."


def _kind(case: Case, metric: str) -> Kind | None:
    """Return what is known of a metric: a log metric's kind is in its definition."""
    if not metric.startswith(LOGGED):
        return METRICS.get(metric)
    name = metric.removeprefix(LOGGED)
    defined = (each.outputs for each in case.world.resources(METRIC) if each.outputs.get("name") == name)
    types: Iterator[Value] = (at(each, "metricDescriptor.valueType") for each in defined)
    found = next(types, None)
    return Kind("DELTA", found) if isinstance(found, str) else None


def _ratio(threshold: Properties) -> Iterator[str]:
    if not threshold.get("denominatorFilter"):
        return
    above, below = (
        [each.get("alignmentPeriod") for each in mappings(threshold.get(name))]
        for name in ("aggregations", "denominatorAggregations")
    )
    told = [*above[:1], *below[:1]]
    if all(isinstance(each, str) for each in told) and len({*told}) > 1:
        yield f"a ratio is aligned over {told[0]} and {told[1]} ({REFUSED}). Use the same alignmentPeriod for both."


RULES: tuple[LaunchRule, ...] = (
    LaunchRule("alert-series-kind", Stage.CHECK, "Monitoring API, Aggregation, Aligner, MetricThreshold", wrong_series),
)
