from __future__ import annotations

from dataclasses import replace

import pytest

from blueprint.spec import Alerts
from monitors.alerts import LONGEST_MESSAGE, Logged, Wakes
from monitors.cases.catalogue import DEFAULTS, watched
from monitors.essential import api_health, error_rate
from monitors.sets import alerts, log_metrics

ALERTS = watched()
ERROR_RATE = ALERTS["error-rate"]
CHECK = api_health("api.acme.test", "/health")


def test_the_essential_set_is_what_wakes_a_founder() -> None:
    chosen = alerts(Alerts(email="oncall@acme.test"), "intake", CHECK)
    assert [alert.id for alert in chosen] == [
        "unreachable",
        "error-rate",
        "failed-deliveries",
        "final-failures",
        "queue-stuck",
        "sweep-missed",
    ]
    assert all(alert.wakes is Wakes.ON_CALL for alert in chosen)


def test_the_full_set_holds_the_essential_one() -> None:
    essential = alerts(Alerts(email="oncall@acme.test"), "intake", CHECK)
    full = alerts(DEFAULTS, "intake", CHECK)
    assert full[: len(essential)] == essential
    assert len({alert.id for alert in full}) == len(full) > len(essential)


@pytest.mark.parametrize("watch", ["essential", "full"])
def test_every_log_metric_that_an_alert_reads_is_made(watch: str) -> None:
    thresholds = DEFAULTS.model_copy(update={"watch": watch})
    read = " ".join(alert.promql for alert in alerts(thresholds, "intake", CHECK))
    made = [metric.series.selector.split("{")[0] for metric in log_metrics(thresholds)]
    assert read.count("logging_googleapis_com:user_") == sum(read.count(f"{name}{{") for name in made)
    assert all(name in read for name in made)


def test_a_warning_waits_until_morning() -> None:
    assert {alert.severity for alert in ALERTS.values() if alert.wakes is Wakes.NOBODY} == {"WARNING"}


def test_the_title_names_the_threshold_of_the_spec() -> None:
    stricter = error_rate("intake", DEFAULTS.model_copy(update={"error_percent": 0.5}))
    assert stricter.title == "intake fails more than 0.5 % of requests"
    assert "> 0.005)" in stricter.promql
    assert "> 0.015)" in stricter.promql


def test_an_alert_without_a_message_is_refused() -> None:
    with pytest.raises(ValueError, match="no message"):
        replace(ERROR_RATE, message=" ")


def test_a_negative_time_is_refused() -> None:
    with pytest.raises(ValueError, match="choose 0 or more"):
        replace(ERROR_RATE, sustained=-1)


def test_a_notification_names_the_stack_that_fired() -> None:
    text = ERROR_RATE.notification("Run `./launch status --stack STACK`.", "prod")
    assert text.startswith(ERROR_RATE.message)
    assert "Wakes the on-call engineer, day and night." in text
    assert text.endswith("Run `./launch status --stack prod`.")


def test_a_notification_that_would_be_cut_off_is_refused() -> None:
    with pytest.raises(ValueError, match=r"shorten docs/runbooks/error-rate\.md"):
        ERROR_RATE.notification("x" * LONGEST_MESSAGE, "prod")


def test_what_a_single_line_raises_is_seen_in_the_log_itself() -> None:
    logged = {alert.id for alert in ALERTS.values() if isinstance(alert.condition, Logged)}
    assert logged == {"final-failures", "wrong-plan", "lost-ticket", "foreign-events"}


def test_the_api_is_watched_over_the_public_internet() -> None:
    assert CHECK.url == "https://api.acme.test/health"
