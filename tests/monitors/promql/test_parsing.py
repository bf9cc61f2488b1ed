from __future__ import annotations

import pytest

from monitors.cases.catalogue import watched
from monitors.promql.parsing import RefusedError, parse
from monitors.promql.syntax import (
    Combined,
    Compared,
    Constant,
    Matcher,
    Number,
    OverTime,
    Selector,
    Subquery,
    duration,
    text,
)


@pytest.mark.parametrize("alert", watched().values(), ids=lambda alert: alert.id)
def test_every_rule_is_understood_and_written_back_means_the_same(alert: object) -> None:
    expression = parse(alert.promql)  # type: ignore[attr-defined]
    assert parse(text(expression)) == expression


def test_a_selector_has_its_matchers_window_and_offset() -> None:
    selector = Selector("a:b", (Matcher("c", "=", 'd"e'), Matcher("f", "=~", "g|h")), 300, 3_600)
    assert parse(r'increase(a:b{c="d\"e",f=~"g|h"}[5m] offset 1h)') == OverTime("increase", selector)


def test_comparisons_bind_tighter_than_and_which_binds_tighter_than_or() -> None:
    found = parse("vector(1) or vector(2) > 1 and vector(3)")
    compared = Compared(">", Constant(2), Number(1))
    assert found == Combined("or", Constant(1), Combined("and", compared, Constant(3)))


def test_sets_of_equal_rank_are_taken_from_the_left() -> None:
    one, two, three = Constant(1), Constant(2), Constant(3)
    found = parse("vector(1) and vector(2) unless vector(3)")
    assert found == Combined("unless", Combined("and", one, two), three)


def test_a_subquery_has_a_window_and_a_step() -> None:
    found = parse("count_over_time((vector(1))[20m:1m])")
    assert found == OverTime("count_over_time", Subquery(Constant(1), 1_200, 60))


@pytest.mark.parametrize("seconds", [1, 59, 60, 90, 3_600, 5_400, 88_200])
def test_durations_are_read_as_they_are_written(seconds: int) -> None:
    assert parse(f"increase(a[{duration(seconds)}])") == OverTime("increase", Selector("a", (), seconds))


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("up", "read by a window only"),
        ("rate(up)", r"expected \["),
        ("absent(up[5m])", "absent is not a function"),
        ("avg(increase(up[5m]))", "avg is not a function"),
        ("1 > 2", "a number stands where series are needed"),
        ("increase(up[5m]) > bool 1", "bool is not a part"),
        ("increase(up[5m]) / on (a) increase(up[5m])", "on is not a part"),
        ("increase(up[5m]) * increase(up[5m])", "only a number may follow"),
        ("increase(up[5m]) + 1", "does not belong here"),
        ("sum without (a) (increase(up[5m]))", r"expected \("),
        ('increase(up{a<"1"}[5m])', "does not compare labels"),
        ("increase(up[5m]) > 1e3", "does not belong here"),
        ("increase(up[5w])", "expected a time"),
        ("sum(increase(up[5m])", r"expected \)"),
        ("increase(up[5m]) & 1", "from character 16"),
        ("", "expected a name"),
    ],
)
def test_what_no_rule_uses_is_refused(expression: str, words: str) -> None:
    with pytest.raises(RefusedError, match=words):
        parse(expression)
