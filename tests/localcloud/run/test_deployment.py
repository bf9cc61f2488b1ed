"""Which revision of a service gets a request, with instances that start at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from localcloud.base.world import World
from localcloud.run.deployment import Deployment
from localcloud.run.revision_history import RevisionHistory
from localcloud.run.services import Service, Template
from localcloud.run.traffic import LATEST, LATEST_ALONE, Share

ONE = Service("acme", "europe-west1", "api", Template("image@sha256:1", "api@acme.iam"))
TWO, THREE = (replace(ONE, template=replace(ONE.template, image=f"image@sha256:{number}")) for number in (2, 3))


@dataclass
class Started:
    """An instance that serves from the beginning until it is stopped."""

    revision: str
    serves: bool = True
    stopping: bool = False
    status: int = 0
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def stop(self) -> None:
        self.serves, self.stopping = False, True
        self.ended.set()


class Launcher:
    """Starts instances at once, and keeps no journal."""

    def __init__(self) -> None:
        self.started: list[Started] = []
        self.journal = self

    async def launch(self, _service: Service, name: str, _template: Template) -> Any:
        self.started.append(Started(name))
        return self.started[-1]

    def add(self, *_: object) -> None:
        """Keep nothing."""

    log = add

    def running(self) -> set[str]:
        return {instance.revision.rpartition("-")[0] for instance in self.started if instance.serves}


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.01)


async def name_of(deployment: Deployment, draw: float = 0.0) -> str:
    return (await deployment.serving(draw)).name


def played(world: World, play: Callable[[Deployment, Launcher], Any], first: Service = ONE) -> None:
    """Play with the deployment of a service, as the runner has it."""

    async def run() -> None:
        launcher: Any = Launcher()
        deployment = Deployment(first, RevisionHistory(world), launcher)
        deployment.want(first)
        await play(deployment, launcher)
        await deployment.close()

    asyncio.run(run())


@pytest.fixture
def world(tmp_path: Path) -> Any:
    world = World(tmp_path / "world.db")
    yield world
    world.close()


def test_a_pinned_revision_serves_and_the_newest_gets_no_instance(world: World) -> None:
    async def play(deployment: Deployment, launcher: Launcher) -> None:
        first = await name_of(deployment)
        deployment.want(TWO)
        await until(lambda: "api-00002" in launcher.running())
        pinned = (Share(first, 100),)
        deployment.want(replace(TWO, traffic=pinned))
        await (await deployment.serving(0.0)).running()
        assert await name_of(deployment) == first
        await until(lambda: launcher.running() == {"api-00001"})
        deployment.want(replace(THREE, traffic=pinned))
        await until(lambda: launcher.running() == {"api-00001"} and len(launcher.started) == 4)
        assert await name_of(deployment) == first, "a new revision becomes ready, and gets no requests"
        deployment.want(replace(THREE, traffic=LATEST_ALONE))
        assert (await name_of(deployment)).startswith("api-00003-")

    played(world, play)


def test_traffic_that_is_split_goes_to_both(world: World) -> None:
    async def play(deployment: Deployment, launcher: Launcher) -> None:
        first = await name_of(deployment)
        deployment.want(TWO)
        await until(lambda: "api-00002" in launcher.running())
        deployment.want(replace(TWO, traffic=(Share(first, 30), Share(LATEST, 70))))
        assert await name_of(deployment, 0.29) == first
        assert (await name_of(deployment, 0.31)).startswith("api-00002-")

    played(world, play)


def test_a_pin_outlives_a_restart_of_the_runner(world: World) -> None:
    names: list[str] = []

    async def first_life(deployment: Deployment, launcher: Launcher) -> None:
        names.append(await name_of(deployment))
        deployment.want(TWO)
        await until(lambda: "api-00002" in launcher.running())

    async def second_life(deployment: Deployment, _: Launcher) -> None:
        assert await name_of(deployment) == names[0]

    played(world, first_life)
    played(world, second_life, replace(TWO, traffic=(Share(names[0], 100),)))


def test_a_name_that_no_ready_revision_has_leaves_requests_to_the_newest(world: World) -> None:
    async def play(deployment: Deployment, _: Launcher) -> None:
        assert (await name_of(deployment)).startswith("api-00001-")

    played(world, play, replace(ONE, traffic=(Share("api-00009-abc", 100),)))
