"""What is played beside the engine: when it counts, and that nothing of it outlasts the engine's run."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from threading import Event

import pytest

from blueprint import outputs as promised
from blueprint.finding import Finding
from cli import checks, played_ahead
from cli.checks import Checks
from cli.played_ahead import Begun
from engine.engine_events import Summary
from tests.cli.conftest import OUTPUTS

PATIENCE = 10.0  # seconds
KNOWN = promised.parse(OUTPUTS)
OTHER = promised.parse({**OUTPUTS, "image": "europe-docker.pkg.dev/p/launch/handlers@sha256:01"})


def begin(kept: ExitStack) -> Begun:
    return Begun(KNOWN, kept.enter_context(checks.begun(lambda *_: [], lambda _: {})))


def counting(begin: played_ahead.Begin, changes: Mapping[str, int], outputs: promised.Outputs = KNOWN) -> bool:
    with played_ahead.begun(begin) as ahead:
        return isinstance(ahead.that_count(Summary(changes), outputs), Checks)


def test_it_counts_when_the_engine_changes_nothing() -> None:
    assert counting(begin, {"same": 309})


@pytest.mark.parametrize("changes", [{"same": 308, "update": 1}, {"create": 309}, {"same": 309, "delete": 1}])
def test_it_does_not_count_when_the_engine_changes_something(changes: dict[str, int]) -> None:
    assert not counting(begin, changes)


def test_it_does_not_count_for_other_outputs_than_those_it_was_played_with() -> None:
    assert not counting(begin, {"same": 309}, OTHER)


def test_a_stack_that_cannot_be_played_yet_is_played_afterwards() -> None:
    assert not counting(lambda _: None, {"same": 309})


def test_what_keeps_it_from_beginning_is_left_to_the_usual_way_to_tell() -> None:
    def unreachable(_: ExitStack) -> Begun:
        raise OSError("Secret Manager is down")

    assert not counting(unreachable, {"same": 309})


def test_when_the_engine_fails_no_flow_outlasts_it() -> None:
    is_playing, has_failed, ended = Event(), Event(), list[bool]()

    def play(*_: object) -> list[Finding]:
        is_playing.set()
        ended.append(has_failed.wait(PATIENCE))
        return []

    def begin_slowly(kept: ExitStack) -> Begun:
        under_way = kept.enter_context(checks.begun(play, lambda _: {}))
        kept.callback(has_failed.set)
        return Begun(KNOWN, under_way)

    def failing() -> None:
        with played_ahead.begun(begin_slowly):
            assert is_playing.wait(PATIENCE)
            raise OSError("the engine failed")

    with pytest.raises(OSError, match="the engine failed"):
        failing()
    assert ended == [True]
