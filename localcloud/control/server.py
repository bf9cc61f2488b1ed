"""All the control plane's servers in one process, over one world."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import aclosing, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from localcloud import rpc
from localcloud.base import network, ports, web
from localcloud.base.application import REQUIREMENTS
from localcloud.base.authority import Authority
from localcloud.base.ports import Ports
from localcloud.base.world import World
from localcloud.control import google_web
from localcloud.control.builds import Builder, BuildQueue, Builds
from localcloud.control.cloudbuild import CloudBuild
from localcloud.control.cloudtasks import CloudTasks
from localcloud.control.dispatcher import Dispatcher
from localcloud.control.identitytoolkit import IdentityToolkit
from localcloud.control.queues import Queues
from localcloud.control.scheduler import Scheduler
from localcloud.control.scheduler_jobs import Jobs
from localcloud.control.secretmanager import SecretManager
from localcloud.control.task_delivery import Courier, Route
from localcloud.control.taskstore import TaskStore
from localcloud.eventarc.delivery import EventDelivery
from localcloud.faults import Faults
from localcloud.faults.grpc import Faulty
from localcloud.monitoring.clock import WorldClock
from localcloud.monitoring.monitor import Monitor, Surroundings
from localcloud.rpc import Service

GRACE = 0.5  # seconds that open calls get when the process ends


@asynccontextmanager
async def serve(home: Path, route: Route | None = None, requirements: str = REQUIREMENTS) -> AsyncIterator[None]:
    """Run every server of the control plane while the block runs, for the local cloud whose files lie in `home`.

    `route` says where tasks' host names are served; without one, `network.route` does. `requirements` is the path of
    the locked requirements in the source archives that are built. Raises OSError when a port is taken,
    FileNotFoundError before `ports.allocate`.
    """
    world, chosen = World(home / "world.db"), ports.load(home)
    queues, tasks = Queues(world), TaskStore(world)
    route = route or partial(network.route, world, chosen)
    courier = Courier(home, Authority(home), route, time.time)
    events = EventDelivery(home, world, route, time.time)
    dispatcher = Dispatcher(queues, tasks, courier, time.time)
    clock = WorldClock(world)
    scheduler = Scheduler(Jobs(world), courier, clock)
    around = Surroundings(
        partial(_depths, queues, tasks), route, Authority(home).client_context(), chosen["smtp"], scheduler.settle
    )
    monitor = Monitor(world, clock, around)
    builds = Builds(world)
    building = BuildQueue(builds, Builder(home, world, requirements))
    services = {
        "secretmanager": [SecretManager(world).service()],
        "tasks": [CloudTasks(world, queues, tasks, dispatcher.wake).service()],
        "build": CloudBuild(world, builds, building.wake).services(),
    }
    async with (
        aclosing(courier),
        _calls(home, chosen, services, Faults(world)),
        web.serving(google_web.app(home, world, IdentityToolkit(home, world), monitor), chosen["google"]),
        _working(dispatcher.run(), scheduler.run(), building.run(), events.run(), monitor.run()),
    ):
        yield


def _depths(queues: Queues, tasks: TaskStore) -> dict[str, int]:
    """Return how many tasks each queue holds, by the queue's id."""
    return {queue.name.rpartition("/")[2]: tasks.depth(queue) for queue in queues.all()}


@asynccontextmanager
async def _calls(home: Path, chosen: Ports, services: dict[str, list[Service]], faults: Faults) -> AsyncIterator[None]:
    """Serve each service twice: on its open port, and on its `_api` port, which asks for a token."""
    servers = []
    try:
        for name, table in services.items():
            faulty = Faulty(faults, name)
            servers.append(rpc.listen(chosen[name], table, rpc.no_authentication, faulty=faulty))
            servers.append(rpc.listen(chosen[f"{name}_api"], table, rpc.token_authentication(home), faulty=faulty))
        yield
    finally:
        for ended in [server.stop(GRACE) for server in servers]:
            await asyncio.to_thread(ended.wait)


@asynccontextmanager
async def _working(*work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Do endless work while the block runs; when one fails, all end and the error is raised."""
    async with asyncio.TaskGroup() as group:
        running = [group.create_task(each) for each in work]
        yield
        for task in running:
            task.cancel()
