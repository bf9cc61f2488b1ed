from __future__ import annotations

import pytest

from monitors.counting import DELIVERIES
from monitors.essential import api_health
from monitors.month import month
from monitors.page.questions import questions
from monitors.promql import metric_name
from monitors.promql.evaluating import Evaluation
from monitors.promql.parsing import parse
from monitors.promql.samples import Measured, Samples

CHECK = api_health("api.acme.test", "/health")
WANTED = questions("intake", CHECK)
MINUTES = 1_500
EVALUATION = Evaluation(month("intake", CHECK.host, seed=1, minutes=MINUTES))


@pytest.mark.parametrize("name", sorted(set(WANTED) - {"foreign"}))
def test_every_question_has_an_answer_on_a_stack_that_works(name: str) -> None:
    at = (MINUTES - 1) * 60
    found = EVALUATION(parse(WANTED[name].promql), range(at, at + 1))
    assert any(value is not None for (value,) in found.values())


def test_the_essential_set_is_not_asked_for_what_only_the_full_one_counts() -> None:
    assert set(WANTED) - set(questions("intake", CHECK, in_full=False)) == {"foreign", "probes"}


def test_each_chart_has_a_title_of_its_own() -> None:
    titles = [each.title for each in WANTED.values() if each.title]
    assert len(titles) == len(set(titles)) >= 6


def events(at: int, *series: tuple[str, Samples]) -> dict[str, float | None]:
    """The answer to the question for events, at that minute, on series of these outcomes."""
    kind = DELIVERIES.series
    labels = {"monitored_resource": kind.resource}
    measured = Measured.of((metric_name(kind.metric), {**labels, "outcome": name}, one) for name, one in series)
    found = Evaluation(measured)(parse(WANTED["events"].promql), range(at * 60, at * 60 + 1))
    return {dict(seen)["outcome"]: value for seen, (value,) in found.items()}


def counted_from(minute: int, until: int, begins_with: float, a_minute: float = 0) -> Samples:
    times = range(minute * 60, until * 60 + 1, 60)
    return Samples(times, [begins_with + a_minute * step for step in range(len(times))])


def test_what_a_counter_began_with_is_counted_on_the_day_it_began() -> None:
    assert events(120, ("processed", counted_from(110, 120, 5)), ("ignored", counted_from(120, 120, 2))) == {
        "processed": 5,
        "ignored": 2,
    }
    assert events(120, ("processed", counted_from(110, 120, 5, 1))) == {"processed": 15}


def test_what_a_counter_had_counted_before_the_day_is_left_out() -> None:
    assert events(2_000, ("processed", counted_from(0, 2_000, 900))) == {"processed": 0}
    assert events(2_000, ("processed", counted_from(0, 2_000, 900, 1))) == {"processed": pytest.approx(1_440)}
    assert events(1_441, ("processed", counted_from(0, 1_441, 900))) == {"processed": 0}
