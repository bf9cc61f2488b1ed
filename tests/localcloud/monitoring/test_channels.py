"""The test notification of Cloud Monitoring, by a real SMTP server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from localcloud.base import ports, process
from localcloud.base.world import Resource, World
from localcloud.monitoring.channels import CHANNEL, POLICY, SentNotification, send_test
from localcloud.saas import smtp

ON_CALL = "oncall@acme.test"
Put = Callable[..., None]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path / "world.db")
    yield world
    world.close()


@pytest.fixture
def sink(world: World) -> Iterator[int]:
    port = ports.free_port()
    with process.on_thread(smtp.serving(world, port)):
        yield port


def put(world: World, type_: str, name: str, **inputs: Any) -> None:
    world.put(Resource(type_, name, f"urn:{name}", inputs, {"name": name}))


def channel(world: World, address: str = ON_CALL, **more: Any) -> None:
    put(world, CHANNEL, "channels/1", type="email", labels={"email_address": address}, **more)


def policy(world: World, *channels: str, **more: Any) -> None:
    put(world, POLICY, "policies/1", displayName="API down", notificationChannels=list(channels), **more)


def test_it_arrives_where_the_alerts_lead(world: World, sink: int) -> None:
    channel(world)
    policy(world, "channels/1")
    assert send_test(world, sink, "mark-1") == SentNotification((ON_CALL,), ())
    [entry] = world.journal("mail", ON_CALL)
    assert entry.data["subject"] == "Test notification"


@pytest.mark.parametrize(
    "broken",
    [
        lambda world: policy(world),
        lambda world: policy(world, "channels/of-somebody"),
        lambda world: (policy(world, "channels/1"), channel(world, enabled=False)),
    ],
)
def test_an_alert_that_leads_to_nobody_is_named(world: World, sink: int, broken: Callable[[World], object]) -> None:
    channel(world)
    broken(world)
    assert send_test(world, sink, "mark-1") == SentNotification((), ("API down",))


def test_an_alert_that_is_switched_off_calls_nobody_and_need_not(world: World, sink: int) -> None:
    channel(world)
    policy(world, enabled=False)
    assert send_test(world, sink, "mark-1") == SentNotification((), ())


def test_a_sink_that_is_down_is_an_error(world: World) -> None:
    channel(world)
    policy(world, "channels/1")
    with pytest.raises(OSError, match="refused"):
        send_test(world, ports.free_port(), "mark-1")
