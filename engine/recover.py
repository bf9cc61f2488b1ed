"""Brings a local stack back to a state from which `up` works, after a kill of anything at any moment.

1. Processes that nobody supervises any more are ended, so that nothing else changes the stack.
2. A lock whose engine is dead is taken away; a living engine is left alone, and we stop.
3. What the engine had begun is settled against the world: it forgets operations without an end, and resources that are
   in the world but not in the state are removed from the world, so that `up` makes them again instead of meeting
   "name already taken". What was there before and adopted stays, as nobody's.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil

from engine import host, servers, state_file
from engine.errors import LaunchError
from engine.home import Home
from engine.pulumi import Pulumi
from localcloud.base.supervisor import processes
from localcloud.base.supervisor.orphan_processes import strays
from localcloud.base.world import OUTSIDE, Resource, World

ENDING = 3.0  # seconds that an engine may take to end when its command was killed
CLOCK_STEP = 2.0  # seconds by which a process may seem younger than the lock it wrote

Tell = Callable[[str], None]


@dataclass(frozen=True)
class EngineLock:
    """The lock file of an engine's file backend: its process id and when it was taken (seconds since the epoch)."""

    path: Path
    pid: int
    taken: float

    def engine(self) -> psutil.Process | None:
        """The engine that took the lock, and not another process that was given its id."""
        try:
            process = psutil.Process(self.pid)
            return process if process.create_time() <= self.taken + CLOCK_STEP else None
        except psutil.NoSuchProcess:
            return None


def clear_the_field(home: Home, tell: Tell) -> None:
    """End what a killed run left behind; raises LaunchError while an engine that is not ours is at work."""
    _end_strays(home, tell)
    # The environment of one whose command was killed goes before its process: then it cannot be told for ours.
    for engine in filter(None, [lock.engine() for lock in locks(home)]):
        if processes.still_alive([engine], ENDING):
            raise LaunchError(
                f"Another engine is at work on stack {home.stack} (process {engine.pid}).",
                "Two at once would undo each other's work.",
                f"Wait until it has ended, or end it with: kill -INT {engine.pid}",
            )
        _end_strays(home, tell)  # those that were its own


def _end_strays(home: Home, tell: Tell) -> None:
    left = strays(home, [*servers.alive(home).values(), *host.waiting()])
    if left:
        tell(f"Ending {len(left)} processes that a killed run left behind")
        processes.end(left)


def recover(pulumi: Pulumi, tell: Tell) -> None:
    """Take away dead engines' locks and settle what they had begun; raises LaunchError when the engine refuses."""
    if any(locks(pulumi.home)):
        tell("Taking away the lock of an engine that was killed")
        pulumi.cancel()
    if state_file.exists(pulumi.home):
        settle(pulumi, tell)


def locks(home: Home) -> Iterator[EngineLock]:
    """Yield the locks on a local stack."""
    for path in sorted(home.state.glob(f".pulumi/locks/*/*/{home.stack}/*")):
        try:
            content = json.loads(path.read_text())
            yield EngineLock(path, int(content["pid"]), datetime.fromisoformat(content["timestamp"]).timestamp())
        except (ValueError, KeyError):  # cut off by a kill: nobody holds it
            yield EngineLock(path, 0, 0.0)


def settle(pulumi: Pulumi, tell: Tell) -> None:
    """Bring state and world in line after an engine or a provider was killed in the middle of an operation."""
    kept = pulumi.deployment()
    world = World(pulumi.home.path / "world.db")
    lost = orphans(world.resources(), kept, pulumi.home.stack)
    if lost:
        _undo(world, pulumi.home.path, lost, tell)
    world.close()
    if kept.get("pending_operations"):
        tell("Forgetting operations that a killed engine had begun")
        exported = pulumi.export()
        exported["deployment"].pop("pending_operations", None)
        pulumi.replace_state(exported)


def _undo(world: World, home: Path, lost: Iterable[Resource], tell: Tell) -> None:
    """Remove what a stack made from the world; what was there before and adopted stays, as nobody's."""
    created = {(each.subject, each.data["id"]) for each in world.journal("provider") if each.data["op"] == "create"}
    made = []
    for orphan in lost:
        if (orphan.urn, orphan.id) in created:
            made.append(orphan)
        else:
            world.put(replace(orphan, urn=OUTSIDE))
    if made:
        tell(f"Removing {len(made)} resources that a killed run made and nobody wrote down")
        erase(world, home, made)


def erase(world: World, home: Path, lost: Iterable[Resource]) -> None:
    """Remove resources, and what they left elsewhere, from the world of `home`."""
    from localcloud.providers import effects  # takes a second to import, and is seldom needed

    for orphan in lost:
        with world.transaction():
            effects.erase(world, home, orphan)
            world.record("provider", orphan.urn, op="settle", type=orphan.type, id=orphan.id)


def orphans(resources: Iterable[Resource], deployment: Mapping[str, Any], stack: str) -> list[Resource]:
    """Return the world's resources of a stack that its state, the `deployment`, does not know.

    They are compared by type and id, not by URN: a resource that was given another URN by an alias is still known.
    What outlives its deletion as in production, such as an enabled API, has no URN any more, and is left alone.
    """
    known = {(resource["type"], resource.get("id")) for resource in deployment.get("resources") or ()}
    return [
        resource
        for resource in resources
        if resource.urn.startswith(f"urn:pulumi:{stack}::") and (resource.type, resource.id) not in known
    ]
