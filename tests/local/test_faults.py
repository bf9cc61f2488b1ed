"""Every stand-in fails in every way, and once it is healed everything that was acknowledged comes to be once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from flows.proofs import faults, load, rehearsed
from localcloud.faults import Kind

pytestmark = pytest.mark.stack

# Some kinds at each stand-in; all pairs are played at full length too.
SOME = ((("firestore",), Kind.LATE), (("tasks",), Kind.CUT), (faults.VENDORS, Kind.UNAVAILABLE))


@pytest.fixture
def running(launch: Any) -> Iterator[rehearsed.Rehearsed]:
    with rehearsed.opened(launch.home) as found:
        yield found


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("cell", SOME, ids=lambda cell: f"{'-'.join(cell[0])}-{cell[1]}")
def test_a_fault_costs_time_and_nothing_else(running: Any, cell: tuple[faults.Targets, Kind]) -> None:
    result = faults.prove(running, 3, lambda _: None, [cell])
    assert result.is_well, str(result)


@pytest.mark.long
@pytest.mark.timeout(7_200)
def test_every_fault_costs_time_and_nothing_else(running: Any, verdict: Any) -> None:
    result = faults.prove(running, 100, lambda _: None)
    verdict(result)
    assert result.is_well, str(result)


@pytest.mark.long
@pytest.mark.timeout(1_800)
def test_fifty_requests_a_second_are_answered_in_time_and_none_is_lost_or_doubled(running: Any, verdict: Any) -> None:
    result = load.prove(running, 10, 50, lambda _: None)
    verdict(result)
    assert result.is_well, str(result)
