from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from infra.slo import APIS, ServiceLevel, ServiceLevelConfig
from monitors.full import availability, burning

OBJECTIVE = availability("intake")
CONFIG = ServiceLevelConfig(OBJECTIVE, {"Requests": OBJECTIVE.total.per_minute(), "Errors": "x", "Share": "y"})


@pytest.fixture
def made(provision: Any, project: Any) -> Any:
    return provision(lambda: ServiceLevel("objectives", CONFIG, project(*APIS)))


def test_the_objective_counts_requests_over_four_weeks(made: Any) -> None:
    slo = made.one("slo:Slo").inputs
    assert (slo["goal"], slo["rollingPeriodDays"], slo["service"]) == (0.995, 28, "launch-api")
    ratio = slo["requestBasedSli"]["goodTotalRatio"]
    total = (
        'metric.type="run.googleapis.com/request_count" AND resource.type="cloud_run_revision"'
        ' AND resource.labels.service_name="intake"'
    )
    assert ratio["totalServiceFilter"] == total
    assert ratio["badServiceFilter"] == f'{total} AND metric.labels.response_code_class="5xx"'


def test_the_dashboard_lays_its_charts_out_two_in_a_row(made: Any) -> None:
    shown = json.loads(made.one("Dashboard").inputs["dashboardJson"])["mosaicLayout"]["tiles"]
    assert [(tile["xPos"], tile["yPos"]) for tile in shown] == [(0, 0), (6, 0), (0, 4)]
    query = shown[0]["widget"]["xyChart"]["dataSets"][0]["timeSeriesQuery"]["prometheusQuery"]
    assert query == OBJECTIVE.total.per_minute()


def test_a_budget_that_burns_fast_calls_somebody() -> None:
    alert = burning(OBJECTIVE)
    assert "> 0.072" in alert.promql
    assert (alert.severity, "outage" in alert.message) == ("CRITICAL", True)


def test_a_dashboard_without_charts_is_refused() -> None:
    with pytest.raises(ValueError, match="shows nothing"):
        replace(CONFIG, charts={})
