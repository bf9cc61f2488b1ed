from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from blueprint.spec import Alerts
from monitors.alerts import Alert, FailureRatio, Occurrences
from monitors.essential import api_health, error_rate, final_failures, unreachable
from monitors.promql import Series

THRESHOLDS = Alerts(email="oncall@acme.test")
ERROR_RATE = error_rate("intake", THRESHOLDS)
FINAL = final_failures("final-failures", THRESHOLDS)
LABELS = 'monitored_resource="cloud_run_revision",service_name="intake"'
GOOD = f'run_googleapis_com:request_count{{{LABELS},response_code_class="2xx"}}'
REFUSED = f'run_googleapis_com:request_count{{{LABELS},response_code_class="4xx"}}'
FAILED = f'run_googleapis_com:request_count{{{LABELS},response_code_class="5xx"}}'
GIVEN_UP = 'logging_googleapis_com:user_final_failures{monitored_resource="cloud_run_revision"}'
DOWN = unreachable(api_health("api.acme.test", "/health"))
SERIES = Series("a/b", "r")

Fires = Callable[..., None]


def test_one_percent_of_errors_is_no_alarm(fires: Fires) -> None:
    fires(ERROR_RATE.promql, {GOOD: "0+99x120", FAILED: "0+1x120"}, {30: False, 60: False, 120: False})


def test_three_percent_of_errors_is(fires: Fires) -> None:
    fires(ERROR_RATE.promql, {GOOD: "0+97x120", FAILED: "0+3x120"}, {30: True, 60: True, 120: True})


def test_an_outage_of_a_tenth_is_seen_within_three_minutes(fires: Fires) -> None:
    good, failed = "0+100x60 6090+90x30", "0+0x60 10+10x30"
    fires(ERROR_RATE.promql, {GOOD: good, FAILED: failed}, {60: False, 65: True})


def test_a_few_failures_at_night_are_no_alarm_however_few_requests_there_were(fires: Fires) -> None:
    fires(ERROR_RATE.promql, {GOOD: "0+0x120", FAILED: "0+0x59 3+0x60"}, {60: False, 70: False})


def test_strangers_that_are_turned_away_never_raise_the_alarm(fires: Fires) -> None:
    fires(ERROR_RATE.promql, {GOOD: "0+1x120", REFUSED: "0+500x120"}, {30: False, 60: False})


def test_without_any_failure_there_is_nothing_to_say(fires: Fires) -> None:
    fires(ERROR_RATE.promql, {GOOD: "0+100x60"}, {30: False, 60: False})


def test_the_alarm_holds_for_half_an_hour_after_the_last_failure_and_then_ends(fires: Fires) -> None:
    good, failed = "0+90x150", "0+10x30 300+0x120"
    at = {30: True, 45: True, 70: True, 85: False, 120: False}
    fires(ERROR_RATE.promql, {GOOD: good, FAILED: failed}, at)


def test_errors_that_come_and_go_make_one_alarm(fires: Fires) -> None:
    total = {GOOD: "0+99x20 1980+97x20 3920+99x20 5900+97x20", FAILED: "0+1x20 20+3x20 80+1x20 100+3x20"}
    fires(ERROR_RATE.promql, total, dict.fromkeys(range(45, 80), True))


def test_one_event_that_was_given_up_raises_the_alarm(fires: Fires) -> None:
    fires(FINAL.promql, {GIVEN_UP: "0+0x30 1+0x90"}, {30: False, 33: True, 60: True, 90: False})


def test_as_long_as_no_event_was_given_up_all_is_quiet(fires: Fires) -> None:
    fires(FINAL.promql, {GIVEN_UP: "0+0x60"}, {30: False, 60: False})
    fires(FINAL.promql, {GOOD: "0+1x60"}, {30: False})


def passed(place: str, host: str = "api.acme.test") -> str:
    labels = f'monitored_resource="uptime_url",host="{host}",check_id="api-health-x",checker_location="{place}"'
    return f"monitoring_googleapis_com:uptime_check_check_passed{{{labels}}}"


def test_an_api_that_two_places_do_not_reach_raises_the_alarm_within_three_minutes(fires: Fires) -> None:
    series = {passed("usa-iowa"): "1x60", passed("eur-belgium"): "1x29 0x30", passed("apac-singapore"): "1x29 0x30"}
    fires(DOWN.promql, series, {29: False, 31: False, 33: True, 60: True})


def test_one_place_that_is_cut_off_is_no_alarm(fires: Fires) -> None:
    fires(DOWN.promql, {passed("usa-iowa"): "1x60", passed("eur-belgium"): "0x60"}, {30: False, 60: False})


def test_checks_that_fail_now_and_then_are_no_alarm(fires: Fires) -> None:
    series = {passed("usa-iowa"): "1 0 1 0 0 1 0 1 1 0 0 1", passed("eur-belgium"): "0 1 0 0 1 0 1 0 0 1 0 1"}
    fires(DOWN.promql, series, dict.fromkeys(range(3, 12), False))


def test_the_alarm_ends_when_the_api_is_back(fires: Fires) -> None:
    series = {passed("usa-iowa"): "0x20 1x20", passed("eur-belgium"): "0x20 1x20"}
    fires(DOWN.promql, series, {10: True, 20: True, 22: False, 40: False})


def test_checks_of_another_host_do_not_count(fires: Fires) -> None:
    other = {passed("usa-iowa", "www.acme.test"): "0x60", passed("eur-belgium", "www.acme.test"): "0x60"}
    fires(DOWN.promql, other, {30: False})


def test_the_title_names_the_threshold_of_the_spec() -> None:
    stricter = THRESHOLDS.model_copy(update={"error_percent": 0.5})
    assert error_rate("intake", stricter).title == "intake fails more than 0.5 % of requests"
    assert "> 0.005)" in error_rate("intake", stricter).promql


@pytest.mark.parametrize("percent", [0, -1, 100.1])
def test_a_threshold_that_is_no_percentage_is_refused(percent: float) -> None:
    with pytest.raises(ValueError, match="choose more than 0, up to 100"):
        FailureRatio(SERIES, SERIES, percent, 15, 30, 5)


def test_reaching_back_further_than_cloud_monitoring_does_is_refused() -> None:
    with pytest.raises(ValueError, match="shorten one"):
        FailureRatio(SERIES, SERIES, 2, 1_440, 61, 5)
    with pytest.raises(ValueError, match="shorten one"):
        Occurrences(SERIES, 1, 1_440, 61)


def test_an_alert_on_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="would always fire"):
        Occurrences(SERIES, 0, 15)


def test_an_alert_without_a_first_step_is_refused() -> None:
    with pytest.raises(ValueError, match="no runbook"):
        replace(ERROR_RATE, runbook=" ")


def test_every_alert_says_what_to_do_first() -> None:
    alerts: tuple[Alert, ...] = (DOWN, ERROR_RATE, FINAL)
    assert all("./launch" in alert.runbook for alert in alerts)


def test_the_api_is_watched_over_the_public_internet() -> None:
    assert api_health("api.acme.test", "/health").url == "https://api.acme.test/health"
