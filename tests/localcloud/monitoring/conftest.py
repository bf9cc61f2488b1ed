from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from localcloud.base.world import Resource, World
from localcloud.monitoring.channels import CHANNEL, POLICY

ON_CALL = "oncall@acme.test"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path / "world.db")
    yield world
    world.close()


@pytest.fixture
def put(world: World) -> Callable[..., None]:
    """Puts a resource as the engine does: its type, its name, its inputs."""

    def make(type_: str, name: str, **inputs: Any) -> None:
        world.put(Resource(type_, name, f"urn:{name}", inputs, {"name": name}, created=1.0))

    return make


@pytest.fixture
def policy(put: Callable[..., None]) -> Callable[..., None]:
    """Puts an alert policy with one condition that tells the person on call."""

    def make(condition: Mapping[str, Any], **more: Any) -> None:
        put(CHANNEL, "channels/1", type="email", labels={"email_address": ON_CALL})
        put(
            POLICY,
            "policies/1",
            displayName="A queue is stuck",
            severity="ERROR",
            conditions=[condition],
            notificationChannels=["channels/1"],
            documentation={"content": "Work has waited. Look at the queue."},
            **more,
        )

    return make
