"""The acceptance criteria, played against the real handlers and the stand-ins; and against nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from blueprint.finding import Status
from flows import accept
from localcloud.base import ports


def test_every_criterion_is_met_by_a_stack_that_works(stage):
    told: list[str] = []
    found = accept.play(stage, (), told.append)
    assert [each.id for each in found] == list(accept.CRITERIA)
    assert {each.id: each.observed for each in found if each.status is not Status.PASS} == {}
    assert sorted(told) == sorted(words for words, _ in accept.CRITERIA.values())
    assert all(each.evidence for each in found)


def test_only_what_is_named_is_played(stage):
    (found,) = accept.play(replace(stage, run="only"), ["signup.once"])
    assert (found.id, found.status) == ("accept.signup.once", Status.PASS)


def test_a_criterion_that_is_not_there_is_refused_with_those_that_are(stage):
    with pytest.raises(accept.UnknownCriterion, match=r"no criterion signup\.twice; .*signup\.once"):
        accept.play(stage, ["signup.twice"])


def test_a_stack_that_does_not_answer_is_unknown_and_never_accepted(stage, tmp_path):
    nobody = ports.allocate(tmp_path)
    silent = {name: nobody.address("secretmanager") for name in stage.environ}
    found = accept.play(replace(stage, environ=silent))
    assert [each.id for each in found] == list(accept.CRITERIA)
    assert {each.status for each in found} == {Status.UNKNOWN}


def test_where_nobody_can_act_as_the_vendors_nothing_is_accepted(stage):
    assert {each.status for each in accept.play(replace(stage, rehearsal=None))} == {Status.UNKNOWN}
