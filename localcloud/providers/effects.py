"""The side effects of every package's resource types."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from localcloud.base.world import Resource, World
from localcloud.providers import effects_cloudflare, effects_gcp
from localcloud.providers.package import Effect

EFFECTS: Mapping[str, Effect] = {**effects_gcp.EFFECTS, **effects_cloudflare.EFFECTS}


def erase(world: World, home: Path, resource: Resource) -> None:
    """Remove a resource and what it left elsewhere, asking nobody. The caller holds the world's lock."""
    EFFECTS.get(resource.type, Effect()).erase(world, home, resource)
    world.remove(resource.type, resource.id)
