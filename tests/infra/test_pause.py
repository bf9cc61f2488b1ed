from __future__ import annotations

from typing import Any

import pytest

from infra import pause
from infra.pause import APIS, Pause, PauseProvider


@pytest.fixture
def waited(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long the provider slept, each time."""
    slept: list[float] = []
    monkeypatch.setattr("time.sleep", slept.append)
    monkeypatch.delenv(pause.SETTLING, raising=False)
    return slept


def test_it_waits_when_it_is_made_and_when_something_joins_and_not_else(waited: list[float]) -> None:
    provider, before = PauseProvider(), {"seconds": 60, "after": ["iam", "run"]}
    assert provider.create(before).outs == before
    assert not provider.diff("waited", before, {"seconds": 90, "after": ["run"]}).changes
    joined = {"seconds": 60, "after": ["iam", "pubsub", "run"]}
    assert provider.diff("waited", before, joined).changes
    assert provider.update("waited", before, joined).outs == joined
    assert waited == [60, 60]


def test_a_rehearsals_clouds_say_themselves_how_long_they_take() -> None:
    assert pause.patience({"seconds": 60.0}, {}) == 60
    assert pause.patience({"seconds": 60.0}, {pause.SETTLING: "0"}) == 0
    assert pause.patience({"seconds": 60.0}, {pause.SETTLING: "8"}) == 8


def test_it_names_in_a_steady_order_what_it_waits_for(provision: Any) -> None:
    made = provision(lambda: Pause("apis", APIS, ("run", "iam"), None))  # type: ignore[arg-type]
    assert made.one("launch:Pause").inputs["after"] == ["iam", "run"]
