"""What Google refuses about log metrics: their definitions, and alerts on one that is not there, or not yet."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from localcloud.base import weather
from localcloud.providers.languages import regular_expressions
from localcloud.providers.launch_rules import REFUSED, Case, LaunchRule, Stage
from localcloud.providers.tables.gcp_monitoring import ALERT, METRIC
from localcloud.providers.values import Properties, at, every, leaves

FILTERED = re.compile(r'metric\.type\s*=\s*"logging\.googleapis\.com/user/([^"]+)"')
MOST_BUCKETS = 200  # https://cloud.google.com/monitoring/quotas#custom_metrics_quotas
EXTRACTOR = re.compile(r"(?s)\s*(REGEXP_)?EXTRACT\(.+\)\s*")
PATTERN = re.compile(r'(?s)\s*REGEXP_EXTRACT\(.+,\s*"((?:[^"\\]|\\.)*)"\s*\)\s*')
QUERIED = re.compile(r'"logging\.googleapis\.com/user/([^"]+)"|\blogging_googleapis_com:user_([A-Za-z0-9_]+)')


def unknown_metric(case: Case) -> str | None:
    """Refuse an alert on a log metric that does not exist (404, cannot find metric)."""
    if case.traits.token != ALERT:
        return None
    known = _spellings(case)
    missing = sorted(name for name in _watched(case.inputs) if name not in known)
    if not missing:
        return None
    return (
        f"{case.title} watches the log metric {missing[0]}, which does not exist (the real cloud answers 404). Create "
        "the logging.Metric first; the real one takes up to ten minutes to appear (tpg#11102)."
    )


def metric_just_made(case: Case) -> str | None:
    """Refuse an alert on a log metric that was made moments ago, in rough weather (404, tpg#11102)."""
    sky = weather.of(case.world)
    if sky is None or case.traits.token != ALERT:
        return None
    watched = {*_watched(case.inputs)}
    new = [each for each in case.world.resources(METRIC) if sky.hides(each, case.now)]
    late = sorted({name for each in new for name in _names(str(each.outputs.get("name")))} & watched)
    if not late:
        return None
    return (
        f"{case.title}: googleapi: Error 404: Cannot find metric that matches type = "
        f'"logging.googleapis.com/user/{late[0]}". If a metric was created recently, it could take up to 10 minutes to '
        "become available. Please try again soon. (Write the condition as PromQL with disableMetricValidation, or have "
        "the policy wait for the metric.)"
    )


def _spellings(case: Case) -> set[str]:
    return {name for each in case.world.resources(METRIC) for name in _names(str(each.outputs.get("name")))}


def _names(metric: str) -> tuple[str, str]:
    """Return how filters name a metric, and how PromQL may."""
    return metric, re.sub(r"[^A-Za-z0-9]", "_", metric)


def _watched(policy: Properties) -> Iterator[str]:
    """Yield the log metrics that a policy's conditions look up when it is made."""
    for text in every(policy, "conditions.conditionThreshold.filter"):
        yield from FILTERED.findall(str(text))
    for query in every(policy, "conditions.conditionPrometheusQueryLanguage"):
        if isinstance(query, dict) and not query.get("disableMetricValidation"):
            yield from (one or two for one, two in QUERIED.findall(str(query.get("query"))))


def wrong_metric(case: Case) -> str | None:
    """Refuse a log metric by its name, its labels or what it takes a distribution of (reference of LogMetric)."""
    if case.traits.token != METRIC:
        return None
    return case.told(_defined(case.inputs))


def _defined(metric: Properties) -> Iterator[str]:
    name, taken = metric.get("name"), metric.get("valueExtractor")
    if isinstance(name, str) and not re.fullmatch(r"(?!/)[A-Za-z0-9_.,+!*\'()%/-]{1,100}", name):
        yield (
            f'"{name}" is not a name for a metric ({REFUSED}). Use 1 to 100 letters, digits and _-.,+!*\'()%/, the '
            "slash not first."
        )
    yield from _labelled(metric)
    if at(metric, "metricDescriptor.valueType") == "DISTRIBUTION" and not taken:
        yield f"a distribution needs a valueExtractor ({REFUSED}). Set it, such as EXTRACT(jsonPayload.ms)."
    extractors = metric.get("labelExtractors")
    for one in [taken, *(extractors.values() if isinstance(extractors, dict) else ())]:
        yield from _extracted(one) if isinstance(one, str) and one else ()
    for kind in ("linearBuckets", "exponentialBuckets"):
        count = at(metric, f"bucketOptions.{kind}.numFiniteBuckets")
        if isinstance(count, int | float) and count > MOST_BUCKETS:
            yield f"{kind}.numFiniteBuckets is {count:.0f} ({REFUSED}). Use at most {MOST_BUCKETS}."
    bounds = [each for each in leaves(metric, "bucketOptions.explicitBuckets.bounds") if isinstance(each, int | float)]
    if any(later <= former for former, later in pairwise(bounds)):
        yield f"bucketOptions.explicitBuckets.bounds do not rise ({REFUSED}). Sort them, each once."


def _extracted(text: str) -> Iterator[str]:
    """Yield what is wrong with an extractor (https://cloud.google.com/logging/docs/logs-based-metrics/labels)."""
    if not EXTRACTOR.fullmatch(text):
        yield f'{text} extracts nothing ({REFUSED}). Write EXTRACT(FIELD) or REGEXP_EXTRACT(FIELD, "(REGEX)").'
    found = PATTERN.fullmatch(text)
    wrong = regular_expressions.problem(found[1].replace("\\\\", "\\")) if found else None
    if wrong:
        yield f"{text} holds a regular expression that does not compile: {wrong} ({REFUSED}). Correct it."


def _labelled(metric: Properties) -> Iterator[str]:
    extractors = metric.get("labelExtractors") or {}
    keys = every(metric, "metricDescriptor.labels.key")
    if not isinstance(extractors, dict) or not all(isinstance(key, str) for key in keys):
        return
    for key in sorted({key for key in keys if keys.count(key) > 1}):
        yield f"metricDescriptor.labels has {key} {keys.count(key)} times ({REFUSED}). Keep one of them."
    for key in keys:
        if key not in extractors:
            yield f"the label {key} has no extractor ({REFUSED}). Add EXTRACT(jsonPayload.{key}) to labelExtractors."
    for key in extractors:
        if key not in keys:
            yield f"labelExtractors has {key}, which metricDescriptor.labels lacks ({REFUSED}). Add it there."


RULES: tuple[LaunchRule, ...] = (
    LaunchRule("log-metric-missing", Stage.APPLY, "tpg#11102; Monitoring API, disableMetricValidation", unknown_metric),
    LaunchRule("log-metric-parts", Stage.CHECK, "Logging API, LogMetric", wrong_metric),
    LaunchRule("log-metric-just-made", Stage.APPLY, "tpg#11102", metric_just_made),
)
