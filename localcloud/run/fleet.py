"""All services of the world, each with its deployment; follows the world as the engine changes it."""

from __future__ import annotations

import asyncio

from localcloud.base.watch import Watched
from localcloud.base.world import World
from localcloud.run.deployment import Deployment
from localcloud.run.launcher import Launcher
from localcloud.run.revision_history import RevisionHistory
from localcloud.run.services import Service, services

POLL = 0.5  # seconds between two looks at the world when no request comes


class Fleet:
    """Finds the service that a request is for. All methods belong to the event loop's thread."""

    def __init__(self, world: World, launcher: Launcher) -> None:
        self._watched = Watched(world, services)
        self._history = RevisionHistory(world)
        self._launcher = launcher
        self._deployments: dict[str, Deployment] = {}
        self._seen: list[Service] | None = None
        self._retiring: set[asyncio.Task[None]] = set()
        self._closed = False

    async def follow(self) -> None:
        """Keep to the world until cancelled."""
        while True:
            self.services()
            await asyncio.sleep(POLL)

    def services(self) -> list[Service]:
        """Return the services of the world as it is now, after starting what changed; none once it is closed."""
        if self._closed:
            return []
        current = self._watched.current()
        if current is not self._seen:
            self._adopt(current)
            self._seen = current
        return current

    def at_host(self, host: str) -> Service | None:
        """Return the service with this run.app host name, or None."""
        return next((service for service in self.services() if host.lower() in service.hosts), None)

    def named(self, name: str) -> Service | None:
        """Return the service with this short name, or None."""
        return next((service for service in self.services() if service.name == name), None)

    def deployment(self, service: Service) -> Deployment:
        """Return the deployment of a service that `services` returned."""
        return self._deployments[service.resource]

    async def close(self) -> None:
        """End all instances; takes at most their grace period."""
        self._closed = True
        everything = [deployment.close() for deployment in self._deployments.values()]
        await asyncio.gather(*everything, *self._retiring, return_exceptions=True)

    def _adopt(self, current: list[Service]) -> None:
        wanted = {service.resource: service for service in current}
        for resource in {*self._deployments, *self._history.services()} - set(wanted):
            self._history.forget(resource)
            self._retire(self._deployments.pop(resource, None))
        for resource, service in wanted.items():
            if resource not in self._deployments:
                self._deployments[resource] = Deployment(service, self._history, self._launcher)
            self._deployments[resource].want(service)

    def _retire(self, deployment: Deployment | None) -> None:
        if deployment:
            task = asyncio.create_task(deployment.retire())
            self._retiring.add(task)
            task.add_done_callback(self._retiring.discard)
