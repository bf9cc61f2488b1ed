"""Watching and calling: one uptime check, the log metrics, the alert policies and who hears them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import pulumi

from blueprint.spec import Spec
from infra.loading.sdk import gcp
from infra.project import Project
from infra.service_selection import HEALTH, PUBLIC
from monitors import sets
from monitors.alerts import Alert, Logged
from monitors.counting import LogMetric
from monitors.essential import api_health
from monitors.uptime import UptimeCheck

APIS = ("monitoring.googleapis.com", "logging.googleapis.com")
EVALUATED_EVERY = 60  # seconds; a multiple of 30
CLOSED_AFTER = 1_800  # seconds without a value; the least that the API takes


@dataclass(frozen=True)
class AlertsConfig:
    """Who is called (`email`), what is asked from outside, what is watched and counted.

    `notifications` holds the whole text that is sent, by alert.
    """

    email: str
    uptime: UptimeCheck
    alerts: tuple[Alert, ...]
    metrics: tuple[LogMetric, ...]
    notifications: Mapping[str, str]

    def __post_init__(self) -> None:
        ids = [alert.id for alert in self.alerts]
        if len(set(ids)) != len(ids):
            raise ValueError(f"two alerts share an id: {', '.join(sorted(ids))}")
        if silent := set(ids) - set(self.notifications):
            raise ValueError(f"no notification is written for {', '.join(sorted(silent))}; say what to do first")

    @classmethod
    def of(cls, spec: Spec, root: Path, stack: str) -> Self:
        """Return the alerts that the spec asks for, with its thresholds, and what to do at each.

        The runbooks lie below `root`; their commands are for `stack`. Raises OSError, or ValueError when one is too
        long.
        """
        uptime = api_health(spec.api_host, HEALTH)
        watched = sets.alerts(spec.alerts, PUBLIC, uptime)
        return cls(
            email=spec.alerts.email,
            uptime=uptime,
            alerts=watched,
            metrics=sets.log_metrics(spec.alerts),
            notifications={
                alert.id: alert.notification((root / alert.runbook_path).read_text(encoding="utf-8"), stack)
                for alert in watched
            },
        )


class Alerts(pulumi.ComponentResource):
    """Makes notification channel, uptime check, log metrics and one policy for each alert.

    A PromQL policy holds one condition. Its metrics are not looked for when it is made: a new log metric stays unknown
    for up to ten minutes, and the policy would fail with 404 meanwhile (terraform-provider-google#11102). A policy goes
    before its metric does, which is refused while in use (#3133).
    """

    def __init__(
        self, name: str, config: AlertsConfig, project: Project, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("launch:infra:Alerts", name, {}, opts)
        self.watched = config.alerts
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
        metrics = [self._metric(metric) for metric in config.metrics]
        self.policies: list[pulumi.Output[str]] = [
            self._policy(alert, config.notifications[alert.id], channel, metrics).name for alert in config.alerts
        ]
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

    def _metric(self, metric: LogMetric) -> gcp.logging.Metric:
        return gcp.logging.Metric(
            metric.name,
            name=metric.name,
            project=self._project_id,
            description=metric.description,
            filter=metric.log_filter,
            metric_descriptor=_descriptor(metric),
            label_extractors={name: f"EXTRACT(jsonPayload.{source})" for name, source in metric.labels.items()} or None,
            value_extractor=f"EXTRACT(jsonPayload.{metric.value})" if metric.value else None,
            opts=self._opts,
        )

    def _policy(
        self,
        alert: Alert,
        notification: str,
        channel: gcp.monitoring.NotificationChannel,
        metrics: Sequence[gcp.logging.Metric],
    ) -> gcp.monitoring.AlertPolicy:
        return gcp.monitoring.AlertPolicy(
            alert.id,
            display_name=alert.title,
            project=self._project_id,
            combiner="OR",
            severity=alert.severity,
            conditions=[{"display_name": alert.title, **_condition(alert)}],
            documentation={"content": notification, "mime_type": "text/markdown"},
            alert_strategy=_strategy(alert),
            notification_channels=[channel.name],
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*metrics], delete_before_replace=True),
        )


def _descriptor(metric: LogMetric) -> dict[str, Any]:
    """Return what the metric holds: a count, or the distribution of a number (reference of projects.metrics)."""
    kind = "DISTRIBUTION" if metric.value else "INT64"
    labels = [{"key": name, "value_type": "STRING"} for name in metric.labels]
    plain = {"metric_kind": "DELTA", "value_type": kind, "unit": "1"}
    return {**plain, "labels": labels} if labels else plain


def _condition(alert: Alert) -> dict[str, Any]:
    if isinstance(alert.condition, Logged):
        return {"condition_matched_log": {"filter": alert.condition.log_filter}}
    query = {
        "query": alert.promql,
        "duration": f"{alert.sustained * 60}s",
        "evaluation_interval": f"{EVALUATED_EVERY}s",
        "disable_metric_validation": True,
    }
    return {"condition_prometheus_query_language": query}


def _strategy(alert: Alert) -> dict[str, Any]:
    """Return when an incident ends by itself; a log match needs the least time between two notifications, too."""
    if not isinstance(alert.condition, Logged):
        return {"auto_close": f"{CLOSED_AFTER}s"}
    time = f"{alert.condition.minutes * 60}s"
    return {"auto_close": time, "notification_rate_limit": {"period": time}}
