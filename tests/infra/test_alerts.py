from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from blueprint.spec import Alerts as Thresholds
from infra.alerts import APIS, Alerts, AlertsConfig
from monitors.essential import api_health, error_rate, final_failures, unreachable

THRESHOLDS = Thresholds(email="oncall@acme.test")
UPTIME = api_health("api.acme.test", "/health")
CONFIG = AlertsConfig(
    email=THRESHOLDS.email,
    uptime=UPTIME,
    alerts=(unreachable(UPTIME), error_rate("intake", THRESHOLDS), final_failures("final-failures", THRESHOLDS)),
    metric="final-failures",
    outcome="final_failure",
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
    metric = made.one("logging/metric:Metric").inputs
    assert metric["filter"] == 'resource.type="cloud_run_revision" AND jsonPayload.outcome="final_failure"'
    assert metric["metricDescriptor"] == {"metricKind": "DELTA", "valueType": "INT64", "unit": "1"}


def test_each_alert_is_one_policy_with_one_promql_condition_that_reaches_the_channel(made: Any) -> None:
    policies = made.of("AlertPolicy")
    assert len(policies) == 3
    for policy, alert in zip(policies, CONFIG.alerts, strict=True):
        (condition,) = policy.inputs["conditions"]
        assert condition["conditionPrometheusQueryLanguage"]["query"] == alert.promql
        assert policy.inputs["notificationChannels"] == ["email"]
        assert policy.inputs["documentation"]["content"] == alert.runbook


def test_a_new_log_metric_does_not_hold_its_alert_up(made: Any) -> None:
    conditions = [policy.inputs["conditions"][0] for policy in made.of("AlertPolicy")]
    assert all(one["conditionPrometheusQueryLanguage"]["disableMetricValidation"] is True for one in conditions)


def test_alerts_go_to_the_address_of_the_spec(made: Any) -> None:
    channel = made.one("NotificationChannel").inputs
    assert (channel["type"], channel["labels"]) == ("email", {"email_address": "oncall@acme.test"})


def test_two_alerts_of_one_id_are_refused() -> None:
    with pytest.raises(ValueError, match="share an id"):
        replace(CONFIG, alerts=(CONFIG.alerts[0], CONFIG.alerts[0]))
