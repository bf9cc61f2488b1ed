from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitors.promql import LONGEST_WINDOW, SHORTEST, Series, held, lasting, metric_name, number


@pytest.mark.parametrize(
    ("metric", "name"),
    [
        ("run.googleapis.com/request_count", "run_googleapis_com:request_count"),
        ("logging.googleapis.com/user/final-failures", "logging_googleapis_com:user_final_failures"),
        ("kubernetes.io/container/cpu/limit_cores", "kubernetes_io:container_cpu_limit_cores"),
    ],
)
def test_metric_names_follow_googles_mapping(metric: str, name: str) -> None:
    assert metric_name(metric) == name


def test_a_selector_names_the_resource_and_the_labels() -> None:
    series = Series("run.googleapis.com/request_count", "cloud_run_revision").where(service_name="intake")
    assert series.selector == (
        'run_googleapis_com:request_count{monitored_resource="cloud_run_revision",service_name="intake"}'
    )


def test_a_value_with_alternatives_is_a_regular_expression() -> None:
    assert 'service_name=~"intake|sync-crm"' in Series("a/b", "r", {"service_name": "intake|sync-crm"}).selector


def test_a_value_cannot_break_out_of_its_quotes() -> None:
    assert Series("a/b", "r", {"x": 'a"b\\'}).selector.endswith('x="a\\"b\\\\"}')


def test_a_series_is_counted_over_a_window() -> None:
    assert Series("a/b", "r").counted(15) == 'sum(increase(a:b{monitored_resource="r"}[15m]))'


@pytest.mark.parametrize("minutes", [0, LONGEST_WINDOW + 1])
def test_a_window_that_cloud_monitoring_would_refuse_is_refused(minutes: int) -> None:
    with pytest.raises(ValueError, match="Cloud Monitoring allows 1 to 1500"):
        held("up", minutes) if minutes else lasting("up", minutes)


def test_a_window_that_reaches_too_far_back_is_refused() -> None:
    with pytest.raises(ValueError, match="Cloud Monitoring refuses"):
        Series("a/b", "r").counted(LONGEST_WINDOW - 10, ago=11)


def test_growth_is_asked_for_over_windows_that_hold_two_samples_whichever_way_they_are_cut() -> None:
    with pytest.raises(ValueError, match="choose 5 or more"):
        Series("a/b", "r").counted(SHORTEST - 1)


def test_a_chart_shows_what_comes_a_minute() -> None:
    assert Series("a/b", "r").per_minute() == 'sum(rate(a:b{monitored_resource="r"}[5m])) * 60'


def test_what_lasts_has_a_value_at_each_minute() -> None:
    assert lasting("up", 20) == "count_over_time((up)[20m:1m]) > 19.5"


def test_a_host_name_is_no_pattern() -> None:
    assert Series("a/b", "r").where(host="api.acme.test").selector.endswith('host="api.acme.test"}')


def test_holding_for_no_time_changes_nothing() -> None:
    assert held("up", 0) == "up"
    assert held("up", 30) == "max_over_time((up)[30m:1m])"


@given(st.floats(min_value=0.00001, max_value=1e6))
def test_numbers_are_written_plainly_and_mean_the_same(value: float) -> None:
    assert float(number(value)) == pytest.approx(value, abs=1e-6)
    assert "e" not in number(value)
