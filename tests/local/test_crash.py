"""Services die at named points under load, and everything that was acknowledged happens exactly once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from flows.proofs import crash, rehearsed
from handlers.service_manifest import INTAKE

pytestmark = pytest.mark.stack


@pytest.fixture
def running(launch: Any) -> Iterator[rehearsed.Rehearsed]:
    with rehearsed.opened(launch.home) as found:
        yield found


def test_a_door_that_is_killed_loses_nothing_and_doubles_nothing(running: Any) -> None:
    # The public door holds no lease, so that nothing has to wait a minute for its end.
    at_the_door = [point for point in crash.points() if point.service == INTAKE]
    result = crash.prove(running, 4, lambda _: None, at_the_door, per_second=0.4)
    assert result.is_well, str(result)
    assert result.kills.total() == 4


@pytest.mark.long
@pytest.mark.timeout(1_200)
def test_services_that_are_killed_lose_nothing_and_double_nothing(running: Any) -> None:
    result = crash.prove(running, 16, lambda _: None)
    assert result.is_well, str(result)


@pytest.mark.long
@pytest.mark.timeout(7_200)
def test_three_hundred_kills_lose_nothing_and_double_nothing(running: Any, verdict: Any) -> None:
    result = crash.prove(running, 300, lambda _: None)
    verdict(result)
    assert result.is_well, str(result)
