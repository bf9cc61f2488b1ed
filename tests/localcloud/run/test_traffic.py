from __future__ import annotations

import pytest

from localcloud.run.traffic import BY_REVISION, LATEST, LATEST_ALONE, Share, chosen, read

LATEST_TARGET = {"type": "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", "percent": 100}


@pytest.mark.parametrize(
    "targets", [None, [], [LATEST_TARGET], [LATEST_TARGET, {"type": BY_REVISION, "revision": "a", "percent": 0}]]
)
def test_without_a_share_for_another_the_latest_gets_everything(targets: list[dict[str, object]] | None) -> None:
    assert read(targets) == LATEST_ALONE


def test_shares_are_read_by_their_kind() -> None:
    targets = [{"type": BY_REVISION, "revision": "api-00001", "percent": 20}, {**LATEST_TARGET, "percent": 80}]
    assert read(targets) == (Share("api-00001", 20), Share(LATEST, 80))


@pytest.mark.parametrize(("draw", "revision"), [(0.0, "a"), (0.199, "a"), (0.2, "b"), (0.5, "c"), (0.999999, "c")])
def test_requests_find_their_way_by_the_shares(draw: float, revision: str) -> None:
    assert chosen((Share("a", 20), Share("b", 30), Share("c", 50)), draw) == revision
