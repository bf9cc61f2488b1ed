from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from blueprint.spec import Alerts as Thresholds
from infra.alerts import APIS, Alerts, AlertsConfig
from localcloud.providers import introspect
from localcloud.providers.check import check
from monitors.alerts import Logged
from monitors.essential import api_health
from monitors.sets import alerts, log_metrics

THRESHOLDS = Thresholds(email="oncall@acme.test", watch="full")
UPTIME = api_health("api.acme.test", "/health")
WATCHED = alerts(THRESHOLDS, "intake", UPTIME)
CONFIG = AlertsConfig(
    email=THRESHOLDS.email,
    uptime=UPTIME,
    alerts=WATCHED,
    metrics=log_metrics(THRESHOLDS),
    notifications={alert.id: alert.notification("Run `./launch status --stack STACK`.", "prod") for alert in WATCHED},
)


@pytest.fixture
def made(provision: Any, project: Any) -> Any:
    return provision(lambda: Alerts("alerts", CONFIG, project(*APIS)))


def test_the_api_is_asked_from_outside_with_its_certificate_checked(made: Any) -> None:
    check = made.one("UptimeCheckConfig").inputs
    assert check["monitoredResource"]["labels"] == {"project_id": "acme-rehearsal", "host": "api.acme.test"}
    assert (check["period"], check["timeout"]) == ("60s", "10s")
    assert check["httpCheck"]["path"] == "/health"
    assert check["httpCheck"]["useSsl"] is check["httpCheck"]["validateSsl"] is True


def test_the_api_is_asked_from_all_of_googles_places_so_that_one_alone_raises_no_alarm(made: Any) -> None:
    assert "selectedRegions" not in made.one("UptimeCheckConfig").inputs


def test_given_up_events_are_counted_by_what_the_handlers_log(made: Any) -> None:
    metric = made.one("logging/metric:Metric", "final-failures").inputs
    assert metric["filter"] == 'resource.type="cloud_run_revision" AND jsonPayload.outcome="final_failure"'
    assert metric["metricDescriptor"] == {"metricKind": "DELTA", "valueType": "INT64", "unit": "1"}


def test_a_count_is_kept_apart_by_what_its_alert_asks_for(made: Any) -> None:
    metric = made.one("logging/metric:Metric", "deliveries").inputs
    assert metric["labelExtractors"] == {"outcome": "EXTRACT(jsonPayload.outcome)"}
    assert metric["metricDescriptor"]["labels"] == [{"key": "outcome", "valueType": "STRING"}]


def test_a_number_in_a_line_is_kept_as_a_distribution(made: Any) -> None:
    metric = made.one("logging/metric:Metric", "missed-deliveries").inputs
    assert metric["valueExtractor"] == "EXTRACT(jsonPayload.missed)"
    assert metric["metricDescriptor"]["valueType"] == "DISTRIBUTION"


def test_each_alert_is_one_policy_with_one_condition_that_reaches_the_channel(made: Any) -> None:
    assert len(made.of("AlertPolicy")) == len(CONFIG.alerts)
    for alert in CONFIG.alerts:
        policy = made.one("AlertPolicy", alert.id)
        assert len(policy.inputs["conditions"]) == 1
        assert policy.inputs["notificationChannels"] == ["email"]
        assert policy.inputs["severity"] == alert.severity
        assert policy.inputs["documentation"]["content"].startswith(alert.message)
        assert "--stack prod" in policy.inputs["documentation"]["content"]


def test_a_condition_is_the_alerts_expression_and_how_long_it_has_to_hold(made: Any) -> None:
    asked = {
        policy.inputs["displayName"]: policy.inputs["conditions"][0].get("conditionPrometheusQueryLanguage")
        for policy in made.of("AlertPolicy")
    }
    for alert in CONFIG.alerts:
        condition = asked[alert.title]
        if isinstance(alert.condition, Logged):
            assert condition is None
        else:
            assert (condition["query"], condition["duration"]) == (alert.promql, f"{alert.sustained * 60}s")


def test_what_a_single_line_raises_is_looked_for_in_the_log_and_told_at_most_every_half_hour(made: Any) -> None:
    policy = made.one("AlertPolicy", "final-failures").inputs
    (condition,) = policy["conditions"]
    assert condition["conditionMatchedLog"]["filter"].endswith('jsonPayload.outcome="final_failure"')
    assert policy["alertStrategy"] == {"autoClose": "1800s", "notificationRateLimit": {"period": "1800s"}}


def test_a_new_log_metric_does_not_hold_its_alert_up(made: Any) -> None:
    conditions = [policy.inputs["conditions"][0] for policy in made.of("AlertPolicy")]
    queries = [
        one["conditionPrometheusQueryLanguage"] for one in conditions if "conditionPrometheusQueryLanguage" in one
    ]
    assert queries
    assert all(query["disableMetricValidation"] is True for query in queries)


def test_an_alert_without_a_notification_is_refused() -> None:
    with pytest.raises(ValueError, match="no notification is written for unreachable"):
        replace(CONFIG, alerts=(WATCHED[0],), notifications={})


def test_alerts_go_to_the_address_of_the_spec(made: Any) -> None:
    channel = made.one("NotificationChannel").inputs
    assert (channel["type"], channel["labels"]) == ("email", {"email_address": "oncall@acme.test"})


def test_two_alerts_of_one_id_are_refused() -> None:
    with pytest.raises(ValueError, match="share an id"):
        replace(CONFIG, alerts=(CONFIG.alerts[0], CONFIG.alerts[0]))


@pytest.mark.parametrize("kind", ["AlertPolicy", "logging/metric:Metric"])
def test_the_provider_knows_every_property_that_is_set(made: Any, kind: str) -> None:
    for one in made.of(kind):
        assert check(one.inputs, introspect.schema(one.type)) == [], one.name
