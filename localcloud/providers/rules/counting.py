"""What Google refuses about buckets of distributions, dashboards, and what a budget counts.

Sources: the references of Logging's LogMetric (BucketOptions), of Monitoring's projects.dashboards, and of Budgets
(Filter.creditTypes).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from localcloud.providers.launch_rules import REFUSED, Case, LaunchRule, Stage
from localcloud.providers.tables.gcp_monitoring import METRIC
from localcloud.providers.tables.gcp_project import BUDGET
from localcloud.providers.values import Properties, Unknown, at

DASHBOARD = "gcp:monitoring/dashboard:Dashboard"
ABOVE: Mapping[str, int] = {  # path below bucketOptions → what it has to be above
    "linearBuckets.numFiniteBuckets": 0,
    "linearBuckets.width": 0,
    "exponentialBuckets.numFiniteBuckets": 0,
    "exponentialBuckets.growthFactor": 1,
    "exponentialBuckets.scale": 0,
}
LISTED = "INCLUDE_SPECIFIED_CREDITS"


def wrong_buckets(case: Case) -> str | None:
    """Refuse buckets that count nothing."""
    return case.told(_buckets(case)) if case.traits.token == METRIC else None


def _buckets(case: Case) -> Iterator[str]:
    for path, least in ABOVE.items():
        value = at(case.inputs, f"bucketOptions.{path}")
        if isinstance(value, int | float) and value <= least:
            yield f"bucketOptions.{path} is {value:g} ({REFUSED}). Use more than {least}."


def wrong_dashboard(case: Case) -> str | None:
    """Refuse a dashboard that is not JSON, or has no name."""
    text = case.inputs.get("dashboardJson")
    if case.traits.token != DASHBOARD or not isinstance(text, str):
        return None
    try:
        told = json.loads(text)
    except ValueError as error:
        return f"{case.title}: dashboardJson is not JSON, which the provider refuses: {error}. Correct it."
    if isinstance(told, dict) and told.get("displayName"):
        return None
    return f"{case.title}: dashboardJson has no displayName ({REFUSED}). Add the name that the console shows."


def written_board(case: Case) -> Properties | None:
    """Return a dashboard as it is written; None for what is none, or no JSON object, as `wrong_dashboard` tells."""
    text = case.inputs.get("dashboardJson")
    if case.traits.token != DASHBOARD or not isinstance(text, str):
        return None
    try:
        told = json.loads(text)
    except ValueError:
        return None
    return told if isinstance(told, dict) else None


def wrong_credits(case: Case) -> str | None:
    """Refuse kinds of credits that are named and not asked for by name."""
    treatment, kinds = (at(case.inputs, f"budgetFilter.{name}") for name in ("creditTypesTreatment", "creditTypes"))
    if case.traits.token != BUDGET or isinstance(treatment, Unknown) or isinstance(kinds, Unknown):
        return None
    if not kinds or treatment == LISTED:
        return None
    return (
        f"{case.title}: budgetFilter.creditTypes goes with creditTypesTreatment {LISTED} alone ({REFUSED}). Set it to "
        "that, or leave creditTypes out."
    )


RULES: tuple[LaunchRule, ...] = (
    LaunchRule("metric-buckets", Stage.CHECK, "Logging API, LogMetric.BucketOptions", wrong_buckets),
    LaunchRule("dashboard-json", Stage.CHECK, "Monitoring API, projects.dashboards", wrong_dashboard),
    LaunchRule("budget-credits", Stage.CHECK, "Cloud Billing Budget API, Filter.creditTypes", wrong_credits),
)
