from __future__ import annotations

import pytest

from monitors.essential import api_health
from monitors.month import month
from monitors.page.questions import questions
from monitors.promql.evaluating import Evaluation
from monitors.promql.parsing import parse

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
