"""What the page and the dashboard ask Cloud Monitoring, each as one PromQL expression."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from monitors import counting
from monitors.essential import ATTEMPTS, DEPTH, REQUESTS
from monitors.full import LATENCIES
from monitors.promql import SHORTEST, Series
from monitors.uptime import EXPIRY, PASSED, UptimeCheck

HOUR, DAY = 60, 1_440  # minutes


@dataclass(frozen=True)
class Question:
    """An expression, and how a chart of it is called. Without a title only the page asks it."""

    promql: str
    title: str = ""


def questions(door: str, check: UptimeCheck, *, in_full: bool = True) -> Mapping[str, Question]:
    """Return the questions by name, for the public service `door` and the check of its host.

    Log metrics that only the full set of alerts makes are left out of the essential one.
    """
    requests = REQUESTS.where(service_name=door)
    found = {
        "requests": Question(_all(requests, HOUR)),
        "requests_a_minute": Question(requests.per_minute(), "Requests a minute"),
        "turned_away": Question(_all(requests.where(response_code_class="4xx"), HOUR)),
        "failed": Question(_all(requests.where(response_code_class="5xx"), HOUR)),
        "failed_a_minute": Question(requests.where(response_code_class="5xx").per_minute(), "Errors of ours a minute"),
        "p95": Question(_p95(door), "95 % of answers come within so many milliseconds"),
        "events": Question(_by("outcome", counting.DELIVERIES.series), "Events of a day, by how they ended"),
        "missed": Question(_all(counting.MISSED_DELIVERIES.series, DAY)),
        "tried": Question(_by("queue_id", ATTEMPTS), "Attempts of a day, by provider"),
        "done": Question(_by("queue_id", ATTEMPTS.where(response_code="ok"))),
        "depth": Question(f"max by (queue_id) ({DEPTH.most(SHORTEST)})", "Work that waits, by provider"),
        "sweeps": Question(_by("sweep", counting.SWEEPS.series)),
        "places": Question(f"max by (checker_location) ({_of_host(PASSED, check).most(SHORTEST)})"),
        "certificate": Question(f"min({_of_host(EXPIRY, check).least(30)})", "Days until the certificate ends"),
    }
    if in_full:
        found["foreign"] = Question(_all(counting.FOREIGN.series, DAY))
        found["probes"] = Question(_all(counting.PROBES.series, HOUR), "Probes of an hour that came the whole way")
    return found


def _p95(door: str) -> str:
    buckets = Series(f"{LATENCIES}_bucket", counting.REVISION).where(service_name=door)
    return f"histogram_quantile(0.95, sum by (le) ({buckets.grown(HOUR)}))"


def _all(series: Series, minutes: int) -> str:
    return f"sum({series.added(minutes)})"


def _by(label: str, series: Series) -> str:
    return f"sum by ({label}) ({series.added(DAY)})"


def _of_host(metric: str, check: UptimeCheck) -> Series:
    return Series(metric, "uptime_url").where(host=check.host)
