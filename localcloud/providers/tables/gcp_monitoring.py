"""Rows of monitoring and logging."""

from __future__ import annotations

from localcloud.providers.tables.gcp_common import duration, google
from localcloud.providers.traits import Parent, Traits, between, like, one_of

UPTIME = "gcp:monitoring/uptimeCheckConfig:UptimeCheckConfig"
ALERT = "gcp:monitoring/alertPolicy:AlertPolicy"
CHANNEL = "gcp:monitoring/notificationChannel:NotificationChannel"
METRIC = "gcp:logging/metric:Metric"
SERVICE = "gcp:monitoring/customService:CustomService"
MONITORING = "monitoring.googleapis.com"

ROWS: tuple[Traits, ...] = (
    google(
        UPTIME,
        "{name}",
        "monitoring/resource_monitoring_uptime_check_config.go; period and timeout: reference of "
        "projects.uptimeCheckConfigs",
        service=MONITORING,
        defaults={
            "period": "300s",
            "checkerType": "STATIC_IP_CHECKERS",
            "deletionPolicy": "DELETE",
        },
        minted={
            "uptimeCheckId": lambda known: f"{_slug(str(known['displayName']))}-{str(known['hex32'])[:10]}",
            "name": "projects/{project}/uptimeCheckConfigs/{uptimeCheckId}",
        },
        limits=(
            one_of("period", "60s", "300s", "600s", "900s"),
            like("timeout", r"([1-9]|[1-5]\d|60)(\.\d+)?s", "1s to 60s"),
            between("httpCheck.port", 1, 65535),
            one_of(
                "selectedRegions",
                *("USA", "EUROPE", "SOUTH_AMERICA", "ASIA_PACIFIC", "USA_OREGON", "USA_IOWA", "USA_VIRGINIA"),
            ),
        ),
    ),
    google(
        CHANNEL,
        "{name}",
        "monitoring/resource_monitoring_notification_channel.go",
        service=MONITORING,
        defaults={"enabled": True, "forceDelete": False, "deletionPolicy": "DELETE"},
        minted={"name": "projects/{project}/notificationChannels/{serial}"},
    ),
    google(
        ALERT,
        "{name}",
        "monitoring/resource_monitoring_alert_policy.go",
        service=MONITORING,
        defaults={"enabled": True, "deletionPolicy": "DELETE"},
        minted={
            "name": "projects/{project}/alertPolicies/{serial}",
            "creationRecords": [{"mutateTime": "{now}", "mutatedBy": "rehearsal@localhost"}],
        },
        limits=(
            duration("conditions.conditionThreshold.duration"),
            duration("conditions.conditionPrometheusQueryLanguage.duration"),
            duration("conditions.conditionPrometheusQueryLanguage.evaluationInterval"),
            duration("alertStrategy.autoClose"),
        ),
        parents=(Parent("notificationChannels", (CHANNEL,), cure="create the NotificationChannel, or pass its .id"),),
    ),
    google(
        METRIC,
        "{name}",
        "logging/resource_logging_metric.go",
        service="logging.googleapis.com",
        autonames=("name",),
        defaults={"deletionPolicy": "DELETE", "metricDescriptor": {"metricKind": "DELTA", "valueType": "INT64"}},
    ),
    google(
        SERVICE,
        "{name}",
        "monitoring/resource_monitoring_custom_service.go",
        service=MONITORING,
        minted={
            "serviceId": lambda known: known.get("serviceId") or f"svc-{str(known['hex32'])[:10]}",
            "name": "projects/{number}/services/{serviceId}",
        },
    ),
    google(
        "gcp:monitoring/slo:Slo",
        "{name}",
        "monitoring/resource_monitoring_slo.go",
        service=MONITORING,
        minted={
            "sloId": lambda known: known.get("sloId") or str(known["hex32"])[:10],
            "name": "projects/{number}/services/{service}/serviceLevelObjectives/{sloId}",
        },
        limits=(between("goal", 0.001, 0.9999, "a share below 1, such as 0.995"),),
        parents=(Parent("service", (SERVICE,), ("{serviceId}", "{name}"), cure="create the CustomService first"),),
    ),
    google(
        "gcp:monitoring/dashboard:Dashboard",
        "projects/{number}/dashboards/{uuid}",
        "monitoring/resource_monitoring_dashboard.go",
        service=MONITORING,
        limits=(like("dashboardJson", r"(?s)\s*\{.*\}\s*", "a JSON object"),),
    ),
)


def _slug(title: str) -> str:
    return "".join(sign if sign.isalnum() else "-" for sign in title.lower())
