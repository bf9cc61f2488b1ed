"""Watching and calling: one uptime check, the log metric of given-up events, the alert policies and who hears them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import pulumi

from blueprint.spec import Spec
from handlers.logs import FINAL_FAILURE
from infra.loading.sdk import gcp
from infra.project import Project
from infra.resource_names import FINAL_FAILURES
from infra.service_selection import PUBLIC
from infra.services import HEALTH
from monitors.alerts import Alert
from monitors.essential import api_health, error_rate, final_failures, unreachable
from monitors.full import availability, burning
from monitors.uptime import UptimeCheck

APIS = ("monitoring.googleapis.com", "logging.googleapis.com")
EVALUATED_EVERY = 60  # seconds; a multiple of 30
CLOSED_AFTER = 1_800  # seconds without a value; the least that the API takes


@dataclass(frozen=True)
class AlertsConfig:
    """Who is called (`email`), what is asked from outside, and what is watched.

    `metric` names the log metric that counts log lines of Cloud Run whose `outcome` is this one.
    """

    email: str
    uptime: UptimeCheck
    alerts: tuple[Alert, ...]
    metric: str
    outcome: str

    def __post_init__(self) -> None:
        ids = [alert.id for alert in self.alerts]
        if len(set(ids)) != len(ids):
            raise ValueError(f"two alerts share an id: {', '.join(sorted(ids))}")

    @classmethod
    def of(cls, spec: Spec) -> Self:
        """Return the alerts that the spec asks for, with its thresholds."""
        uptime = api_health(spec.api_host, HEALTH)
        essential = (unreachable(uptime), error_rate(PUBLIC, spec.alerts), final_failures(FINAL_FAILURES, spec.alerts))
        further = (burning(availability(PUBLIC)),) if spec.alerts.watch == "full" else ()
        return cls(
            email=spec.alerts.email,
            uptime=uptime,
            alerts=(*essential, *further),
            metric=FINAL_FAILURES,
            outcome=FINAL_FAILURE,
        )


class Alerts(pulumi.ComponentResource):
    """Makes notification channel, uptime check, log metric and one policy for each alert.

    A PromQL policy holds one condition. Its metrics are not looked for when it is made: a new log metric stays unknown
    for up to ten minutes, and the policy would fail with 404 meanwhile (terraform-provider-google#11102). A policy goes
    before its metric does, which is refused while in use (#3133).
    """

    def __init__(
        self, name: str, config: AlertsConfig, project: Project, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("launch:infra:Alerts", name, {}, opts)
        self._project_id = project.project_id
        self._opts = pulumi.ResourceOptions(parent=self, depends_on=project.enabled(*APIS))
        self.uptime: pulumi.Output[str] = self._uptime(config.uptime).name
        channel = gcp.monitoring.NotificationChannel(
            "email",
            display_name=f"E-mail to {config.email}",
            project=self._project_id,
            type="email",
            labels={"email_address": config.email},
            opts=self._opts,
        )
        self.channel: pulumi.Output[str] = channel.name
        metric = self._metric(config)
        self.policies: list[pulumi.Output[str]] = [self._policy(alert, channel, metric).name for alert in config.alerts]
        self.register_outputs({"uptime": self.uptime, "policies": self.policies})

    def _uptime(self, check: UptimeCheck) -> gcp.monitoring.UptimeCheckConfig:
        return gcp.monitoring.UptimeCheckConfig(
            check.id,
            display_name=check.id,
            project=self._project_id,
            period=f"{check.period}s",
            timeout=f"{check.timeout}s",
            monitored_resource={
                "type": "uptime_url",
                "labels": {"project_id": self._project_id, "host": check.host},
            },
            http_check={
                "request_method": "GET",
                "path": check.path,
                "port": 443,
                "use_ssl": True,
                "validate_ssl": True,
                "accepted_response_status_codes": [{"status_class": "STATUS_CLASS_2XX"}],
            },
            opts=self._opts,
        )

    def _metric(self, config: AlertsConfig) -> gcp.logging.Metric:
        return gcp.logging.Metric(
            config.metric,
            name=config.metric,
            project=self._project_id,
            description="Events that were given up",
            filter=f'resource.type="cloud_run_revision" AND jsonPayload.outcome="{config.outcome}"',
            metric_descriptor={"metric_kind": "DELTA", "value_type": "INT64", "unit": "1"},
            opts=self._opts,
        )

    def _policy(
        self, alert: Alert, channel: gcp.monitoring.NotificationChannel, metric: gcp.logging.Metric
    ) -> gcp.monitoring.AlertPolicy:
        condition = {
            "query": alert.promql,
            "duration": "0s",
            "evaluation_interval": f"{EVALUATED_EVERY}s",
            "disable_metric_validation": True,
        }
        return gcp.monitoring.AlertPolicy(
            alert.id,
            display_name=alert.title,
            project=self._project_id,
            combiner="OR",
            severity=alert.severity,
            conditions=[{"display_name": alert.title, "condition_prometheus_query_language": condition}],
            documentation={"content": alert.runbook, "mime_type": "text/markdown"},
            alert_strategy={"auto_close": f"{CLOSED_AFTER}s"},
            notification_channels=[channel.name],
            opts=pulumi.ResourceOptions(parent=self, depends_on=[metric], delete_before_replace=True),
        )
