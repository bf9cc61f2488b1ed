"""Settles what a killed engine or provider left half done: resources in the world that no state knows of."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from localcloud.providers.effects import erase
from localcloud.world import Resource, World


def unfinished(world: World, deployment: Mapping[str, Any]) -> list[Resource]:
    """Return the resources that were created while nobody wrote it down.

    `deployment` is what `pulumi stack export` prints, or its part `deployment`. A creation that was begun stands among
    its pending operations; what came of it is in the world under the same URN, and not in the state under its id.
    """
    state = deployment.get("deployment", deployment)
    begun = {
        operation["resource"]["urn"]
        for operation in state.get("pending_operations") or ()
        if operation.get("type") == "creating"
    }
    known = {(resource["urn"], resource.get("id")) for resource in state.get("resources") or ()}
    return [found for found in world.resources() if found.urn in begun and (found.urn, found.id) not in known]


def settle(world: World, home: Path, deployment: Mapping[str, Any]) -> list[Resource]:
    """Remove what `unfinished` finds from the world of `home`, so that the next `up` creates it anew, and return it."""
    with world.transaction():
        left = unfinished(world, deployment)
        for resource in left:
            erase(world, home, resource)
            world.record("provider", resource.urn, op="settle", type=resource.type, id=resource.id)
    return left
