from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import pytest

from monitors.promql.evaluating import Evaluation
from monitors.promql.joining import Vector
from monitors.promql.parsing import parse
from monitors.promql.samples import Dialect, Measured, Samples
from monitors.promql.windows import Values

MINUTE = 60


def minutes(values: Sequence[float | None]) -> Samples:
    kept = [(place * MINUTE, value) for place, value in enumerate(values) if value is not None]
    return Samples([time for time, _ in kept], [value for _, value in kept])


def vector(
    expression: str, series: Mapping[tuple[str, ...], Sequence[float | None]], at: range, dialect: Dialect
) -> Vector:
    measured = Measured.of(
        ("m", {f"l{n}": value for n, value in enumerate(labels)}, minutes(values)) for labels, values in series.items()
    )
    return Evaluation(measured, dialect)(parse(expression), at)


def only(expression: str, values: Sequence[float | None], minute: int, dialect: Dialect = Dialect.CLOSED) -> Values:
    found = vector(expression, {("a",): values}, range(minute * MINUTE, minute * MINUTE + 1, MINUTE), dialect)
    return next(iter(found.values()))


def test_a_counter_that_gains_three_a_minute_gains_fifteen_in_five_however_the_window_is_cut() -> None:
    values = [3.0 * minute for minute in range(20)]
    assert only("increase(m[5m])", values, 15) == [15]
    assert only("increase(m[5m])", values, 15, Dialect.LEFT_OPEN) == [15]
    assert only("rate(m[5m])", values, 15) == [pytest.approx(0.05)]


def test_a_window_of_one_minute_holds_two_samples_only_where_it_is_closed() -> None:
    assert only("increase(m[1m])", [0, 1, 2, 3], 3) == [1]
    assert only("increase(m[1m])", [0, 1, 2, 3], 3, Dialect.LEFT_OPEN) == [None]


def test_a_restart_counts_from_zero() -> None:
    assert only("increase(m[5m])", [10, 20, 30, 4, 8, 12], 5) == [32]


def test_one_sample_says_nothing_of_growth() -> None:
    assert only("increase(m[5m])", [None, None, None, 7], 3) == [None]


def test_a_counter_that_began_within_the_window_is_not_taken_below_zero() -> None:
    assert only("increase(m[10m])", [None, None, None, None, 1, 3, 5, 7, 9, 11, 13], 10) == [pytest.approx(13)]


def test_towards_an_end_without_samples_a_counter_goes_on_for_half_a_step() -> None:
    assert only("increase(m[10m])", [100, 102, 104, 106, 108, 110, None, None, None, None, None], 10) == [11]


def test_an_offset_looks_back() -> None:
    assert only("increase(m[2m] offset 3m)", [0, 1, 2, 3, 4, 9, 9, 9], 7) == [2]


def test_least_most_and_number_of_samples_in_a_window() -> None:
    values = [5, 1, None, 7, 3]
    assert only("max_over_time(m[3m])", values, 4) == [7]
    assert only("min_over_time(m[3m])", values, 4) == [1]
    assert only("count_over_time(m[3m])", values, 4) == [3]
    assert only("count_over_time(m[3m])", values, 4, Dialect.LEFT_OPEN) == [2]


def test_a_subquery_is_evaluated_at_multiples_of_its_step() -> None:
    at = range(10 * MINUTE + 30, 10 * MINUTE + 31)
    found = vector("count_over_time((max_over_time(m[1m]))[3m:1m])", {("a",): [1.0] * 20}, at, Dialect.CLOSED)
    assert list(found.values()) == [[3]]


def test_sums_are_made_of_what_is_there_by_labels() -> None:
    series = {("a", "x"): [0, 1, 2], ("a", "y"): [0, 10, 20], ("b", "x"): [0, 100, None]}
    at = range(120, 121)
    assert vector("sum(max_over_time(m[1m]))", series, at, Dialect.CLOSED) == {(): [122]}
    by = vector("sum by (l0) (max_over_time(m[1m]))", series, at, Dialect.LEFT_OPEN)
    assert by == {(("l0", "a"),): [22], (("l0", "b"),): [None]}
    assert vector("count(max_over_time(m[1m]))", series, at, Dialect.LEFT_OPEN) == {(): [2]}


def test_nothing_divided_by_nothing_is_no_number_and_passes_no_threshold() -> None:
    ratio = "sum(increase(m[5m])) / sum(increase(m[5m]))"
    assert all(math.isnan(value) for value in only(ratio, [1.0] * 9, 8) if value is not None)
    assert only(f"{ratio} > 0", [1.0] * 9, 8) == [None]
    assert only(f"{ratio} < 1", [1.0] * 9, 8) == [None]


def test_sets_pair_series_of_the_same_labels() -> None:
    series = {("a",): [1, 1], ("b",): [5, 5]}
    at = range(60, 61)
    everything = "max_over_time(m[1m])"
    assert vector(f"{everything} unless ({everything} > 2)", series, at, Dialect.CLOSED) == {
        (("l0", "a"),): [1],
        (("l0", "b"),): [None],
    }
    assert vector(f"({everything} > 2) or ({everything} * 10)", series, at, Dialect.CLOSED) == {
        (("l0", "a"),): [10],
        (("l0", "b"),): [5],
    }
    assert vector(f"vector(1) and ({everything} > 2)", series, at, Dialect.CLOSED) == {}


def test_two_series_are_compared_one_with_the_other() -> None:
    at = range(120, 121)
    found = vector("max_over_time(m[1m]) > max_over_time(m[1m] offset 1m)", {("a",): [1, 1, 2]}, at, Dialect.CLOSED)
    assert list(found.values()) == [[2]]


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({"10": 0.0, "20": 50.0, "40": 100.0, "+Inf": 100.0}, 38.0),
        ({"10": 100.0, "20": 100.0, "40": 100.0, "+Inf": 100.0}, 9.5),
        ({"10": 0.0, "20": 0.0, "40": 10.0, "+Inf": 100.0}, 40.0),
        ({"10": 0.0, "20": 0.0, "40": 0.0, "+Inf": 0.0}, math.nan),
        ({"10": 5.0, "20": 5.0}, math.nan),
    ],
)
def test_a_quantile_lies_in_proportion_within_its_bucket(counts: dict[str, float], expected: float) -> None:
    series = ((("m"), {"le": bound}, Samples([0], [count])) for bound, count in counts.items())
    expression = parse("histogram_quantile(0.95, sum by (le) (max_over_time(m[1m])))")
    (found,) = Evaluation(Measured.of(series))(expression, range(1)).values()
    assert found == [pytest.approx(expected, nan_ok=True)]


def test_labels_are_compared_whole() -> None:
    series = {("intake",): [1], ("intake-2",): [1], ("crm",): [1]}
    assert len(vector('max_over_time(m{l0=~"intake|crm"}[1m])', series, range(1), Dialect.CLOSED)) == 2
    assert len(vector('max_over_time(m{l0!="intake"}[1m])', series, range(1), Dialect.CLOSED)) == 2
    assert len(vector('max_over_time(m{l0!~"intake.*"}[1m])', series, range(1), Dialect.CLOSED)) == 1


def test_a_series_that_comes_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="comes twice"):
        Measured.of([("m", {"a": "b"}, Samples([], [])), ("m", {"a": "b"}, Samples([], []))])
