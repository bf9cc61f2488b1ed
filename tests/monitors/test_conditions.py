from __future__ import annotations

import pytest

from monitors.conditions import FailureRatio, Occurrences, Pace
from monitors.promql import Series

SERIES = Series("a/b", "r")


@pytest.mark.parametrize("percent", [0, -1, 100.1])
def test_a_threshold_that_is_no_percentage_is_refused(percent: float) -> None:
    with pytest.raises(ValueError, match="choose more than 0, up to 100"):
        Pace(percent, 15)


def test_reaching_back_further_than_cloud_monitoring_does_is_refused() -> None:
    with pytest.raises(ValueError, match="shorten one"):
        FailureRatio(SERIES, SERIES, (Pace(2, 1_440, 30),), min_failures=5, hold=31)
    with pytest.raises(ValueError, match="shorten one"):
        Occurrences(SERIES, 1, 1_440, hold=61)


def test_an_alert_on_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="would always fire"):
        Occurrences(SERIES, 0, 15)
    with pytest.raises(ValueError, match="never fires"):
        FailureRatio(SERIES, SERIES, (), min_failures=5)
