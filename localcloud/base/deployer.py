"""Who deploys in a rehearsal: the project's owner, or one of the accounts that the launch made for a CI.

While somebody acts, whoever else would be the owner (the engine's provider, client libraries on open ports) is that
account, and its roles decide what it may do.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from localcloud.base.world import Resource, World

ACTING = "deployer:acting"  # a resource of the world; its id is the IAM member


def of(world: World) -> str | None:
    """Return the member as whom the calls of the one who deploys are judged, None for the owner."""
    return next((found.id for found in world.resources(ACTING)), None)


@contextmanager
def acting(world: World, member: str | None) -> Iterator[None]:
    """Have `member` (`serviceAccount:EMAIL`) deploy while the block runs, nobody in particular for None."""
    _clear(world)
    if member:
        world.put(Resource(ACTING, member, ""))
    try:
        yield
    finally:
        _clear(world)


def _clear(world: World) -> None:
    for found in world.resources(ACTING):
        world.remove(found.type, found.id)
