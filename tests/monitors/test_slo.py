from __future__ import annotations

from dataclasses import replace

import pytest

from monitors.promql import Series
from monitors.slo import BurnRate, Slo
from monitors.uptime import Unreachable, UptimeCheck

TOTAL = Series("run.googleapis.com/request_count", "cloud_run_revision")
SLO = Slo("answered", 0.99, 30, TOTAL.where(response_code_class="5xx"), TOTAL)
CHECK = UptimeCheck("api-health", "api.acme.test", "/health")


@pytest.mark.parametrize("goal", [0, 1, 99.5])
def test_a_goal_is_a_share_below_all(goal: float) -> None:
    with pytest.raises(ValueError, match="choose above 0 and below 1"):
        replace(SLO, goal=goal)


def test_the_short_window_is_the_shorter_one() -> None:
    with pytest.raises(ValueError, match="has to be shorter"):
        BurnRate(SLO, long_minutes=5, short_minutes=5)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"period": 45}, r"choose one of \(60, 300, 600, 900\)"),
        ({"timeout": 0}, "choose 1 to 60"),
        ({"path": "health"}, "has to start with /"),
    ],
)
def test_an_uptime_check_that_the_api_would_refuse_is_refused(change: dict[str, int], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        replace(CHECK, **change)  # type: ignore[arg-type]  # the point is the wrong value


@pytest.mark.parametrize(
    ("change", "words"), [({"places": 1}, "may be cut off itself"), ({"failures": 1}, "is a lost packet")]
)
def test_an_alarm_that_would_cry_wolf_is_refused(change: dict[str, int], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Unreachable(CHECK, **change)


@pytest.mark.parametrize(("period", "minutes"), [(60, 3), (300, 15), (900, 45)])
def test_the_alarm_reaches_back_as_many_checks_as_have_to_fail(period: int, minutes: int) -> None:
    assert f"[{minutes}m]" in Unreachable(replace(CHECK, period=period)).promql
