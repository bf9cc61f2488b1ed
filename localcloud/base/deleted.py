"""What was deleted in the world and is remembered, because its cloud keeps the name for a while."""

from __future__ import annotations

from localcloud.base.world import Resource, World

DELETED = "deleted:name"  # its id is that of what was deleted, `deleted` the moment in seconds since the epoch


def bury(world: World, gone: Resource, now: float) -> None:
    """Remember that something was deleted at `now`, in seconds since the epoch."""
    world.put(Resource(DELETED, gone.id, "", outputs={"deleted": now}))


def age(world: World, id_: str, now: float) -> float | None:
    """Return for how many seconds the resource of this id has been deleted, None when it never was."""
    found = world.resource(DELETED, id_)
    return None if found is None else now - float(found.outputs["deleted"])


def forget_within(world: World, project: str) -> None:
    """Forget what was deleted in a project that is gone itself; its own id stays remembered."""
    for found in world.resources(DELETED):
        if found.id.startswith(f"projects/{project}/"):
            world.remove(DELETED, found.id)


def forget_project(world: World, project: str) -> bool:
    """Forget that a project was deleted, as only a rehearsal can; return whether it was."""
    known = world.resource(DELETED, f"projects/{project}") is not None
    world.remove(DELETED, f"projects/{project}")
    return known
