"""The queues of the world: what the engine created, plus whether somebody paused them since."""

from __future__ import annotations

from dataclasses import dataclass

from localcloud import iam
from localcloud.base.world import Resource, World
from localcloud.control.pacing import RateLimits, RetryConfig, rate_limits, retry_config
from localcloud.control.resource_names import find, properties

QUEUE = "gcp:cloudtasks/queue:Queue"
SCHEMA = """
CREATE TABLE IF NOT EXISTS queue_states (
    queue TEXT NOT NULL, born REAL NOT NULL, paused INTEGER NOT NULL, PRIMARY KEY (queue, born)
);
"""


@dataclass(frozen=True)
class Queue:
    """A queue by its full name. `born` (seconds since the epoch) tells it from an earlier one of the same name."""

    name: str
    born: float
    paused: bool
    rates: RateLimits
    retries: RetryConfig

    @property
    def id(self) -> str:
        """The last part of the name."""
        return self.name.rpartition("/")[2]


class Queues:
    """Reads the queues at every call."""

    def __init__(self, world: World) -> None:
        self._world = world
        world.define(SCHEMA)

    @property
    def version(self) -> int:
        """A number that is another after each change of a queue, and of any other resource."""
        return self._world.version

    def all(self) -> list[Queue]:
        """Return every queue, oldest first."""
        return [self._queue(resource) for resource in self._world.resources(QUEUE)]

    def get(self, project: str, location: str, name: str) -> Queue | None:
        """Return one queue, or None; the project may be given by id or number."""
        found = find(self._world, QUEUE, project, location=location, name=name)
        return self._queue(found) if found else None

    def pause(self, queue: Queue, paused: bool) -> None:
        """Stop dispatching from the queue, or go on."""
        self._world.connection.execute(
            "INSERT OR REPLACE INTO queue_states VALUES (?, ?, ?)", (queue.name, queue.born, paused)
        )

    def _queue(self, resource: Resource) -> Queue:
        found = properties(resource)
        project = iam.project_id(self._world, str(found["project"]))
        name = f"projects/{project}/locations/{found['location']}/queues/{str(found['name']).rpartition('/')[2]}"
        paused = self._paused(name, resource.created)
        return Queue(
            name,
            resource.created,
            found.get("desiredState") == "PAUSED" if paused is None else paused,
            rate_limits(found),
            retry_config(found),
        )

    def _paused(self, name: str, born: float) -> bool | None:
        query = "SELECT paused FROM queue_states WHERE queue = ? AND born = ?"
        row = self._world.connection.execute(query, (name, born)).fetchone()
        return None if row is None else bool(row["paused"])
