"""How well the API serves, over weeks: a service level objective and one page of charts. Part of the full alert set."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import pulumi

from blueprint.spec import Spec
from infra.loading.sdk import gcp
from infra.project import Project
from infra.service_selection import HEALTH, PUBLIC
from monitors.essential import api_health
from monitors.full import availability
from monitors.page.questions import questions
from monitors.promql import Series
from monitors.slo import Slo

APIS = ("monitoring.googleapis.com",)
SERVICE = "launch-api"
COLUMNS, WIDTH, HEIGHT = 12, 6, 4  # of the dashboard's grid, in its own units


@dataclass(frozen=True)
class ServiceLevelConfig:
    """The objective, and the charts by title: each an expression in PromQL, the same as the page of `open` asks."""

    objective: Slo
    charts: Mapping[str, str]

    def __post_init__(self) -> None:
        if not self.charts:
            raise ValueError("a dashboard without charts shows nothing; name at least one")

    @classmethod
    def of(cls, spec: Spec) -> Self | None:
        """Return what is watched over weeks, None where the essential alerts are enough."""
        if spec.alerts.watch != "full":
            return None
        wanted = availability(PUBLIC)
        asked = questions(PUBLIC, api_health(spec.api_host, HEALTH))
        charts = {
            **{each.title: each.promql for each in asked.values() if each.title},
            "Share that fails, over an hour": f"{wanted.failed.counted(60)} / {wanted.total.counted(60)}",
        }
        return cls(wanted, charts)


class ServiceLevel(pulumi.ComponentResource):
    """Makes a service in Cloud Monitoring, its objective by requests, and the dashboard."""

    def __init__(
        self, name: str, config: ServiceLevelConfig, project: Project, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("launch:infra:Objectives", name, {}, opts)
        enabled = pulumi.ResourceOptions(parent=self, depends_on=project.enabled(*APIS))
        service = gcp.monitoring.CustomService(
            SERVICE, service_id=SERVICE, display_name="API", project=project.project_id, opts=enabled
        )
        wanted = config.objective
        gcp.monitoring.Slo(
            wanted.id,
            slo_id=wanted.id,
            service=service.service_id,
            project=project.project_id,
            display_name=f"{wanted.goal:.1%} of requests are served, over {wanted.days} days",
            goal=wanted.goal,
            rolling_period_days=wanted.days,
            request_based_sli={
                "good_total_ratio": {
                    "bad_service_filter": monitoring_filter(wanted.failed),
                    "total_service_filter": monitoring_filter(wanted.total),
                }
            },
            opts=pulumi.ResourceOptions(parent=self),
        )
        gcp.monitoring.Dashboard(
            "launch", dashboard_json=dashboard(config.charts), project=project.project_id, opts=enabled
        )
        self.register_outputs({})


def monitoring_filter(series: Series) -> str:
    """Return the series in Monitoring's filter language: https://cloud.google.com/monitoring/api/v3/filters."""
    metric_labels = {"response_code_class"}
    parts = [f'metric.type="{series.metric}"', f'resource.type="{series.resource}"']
    for name, value in series.labels.items():
        where = "metric" if name in metric_labels else "resource"
        parts.append(f'{where}.labels.{name}="{value}"')
    return " AND ".join(parts)


def dashboard(charts: Mapping[str, str]) -> str:
    """Return the dashboard as JSON (reference of projects.dashboards, MosaicLayout), two charts in a row."""
    across = COLUMNS // WIDTH
    tiles = [
        {
            "xPos": position % across * WIDTH,
            "yPos": position // across * HEIGHT,
            "width": WIDTH,
            "height": HEIGHT,
            "widget": _chart(title, expression),
        }
        for position, (title, expression) in enumerate(charts.items())
    ]
    return json.dumps({"displayName": "Launch", "mosaicLayout": {"columns": COLUMNS, "tiles": tiles}}, sort_keys=True)


def _chart(title: str, expression: str) -> dict[str, Any]:
    query = {"timeSeriesQuery": {"prometheusQuery": expression}, "plotType": "LINE"}
    return {"title": title, "xyChart": {"dataSets": [query]}}
