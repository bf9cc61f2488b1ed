from __future__ import annotations

from monitors.firing import fires, stretches
from monitors.promql.evaluating import Evaluation
from monitors.promql.parsing import parse
from monitors.promql.samples import Measured, Samples

GRID = range(0, 600, 60)
VALUES = [0.0, 1.0, 1.0, 1.0, 0.0, 1.0, 0.0, 1.0, 1.0, 1.0]
EVALUATION = Evaluation(Measured.of([("m", {}, Samples(list(GRID), VALUES))]))
UP = parse("max_over_time(m[1s]) > 0")


def test_an_alert_is_open_while_its_expression_has_a_value() -> None:
    assert fires(UP, 0, EVALUATION, GRID) == [value > 0 for value in VALUES]


def test_a_sustained_alert_opens_after_its_time_and_starts_over_after_a_break() -> None:
    open_at = fires(UP, 120, EVALUATION, GRID)
    assert [place for place, is_open in enumerate(open_at) if is_open] == [3, 9]


def test_without_series_nothing_is_open() -> None:
    assert fires(parse("max_over_time(other[1m])"), 0, EVALUATION, GRID) == [False] * 10


def test_incidents_are_told_by_their_first_and_last_time() -> None:
    assert stretches([False, True, True, False, True], range(0, 300, 60)) == ((60, 120), (240, 240))
    assert stretches([], range(0)) == ()
