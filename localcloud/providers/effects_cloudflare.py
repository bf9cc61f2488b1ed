"""What Cloudflare resources do besides being listed: a zone is signed, and takes all it holds with it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from localcloud.base.world import Resource, World
from localcloud.dns import keys
from localcloud.providers.launch_rules import Case
from localcloud.providers.package import Effect
from localcloud.providers.rules import holding
from localcloud.providers.tables.cloudflare_more import LIST
from localcloud.providers.tables.cloudflare_zone import DNSSEC, ZONE
from localcloud.providers.values import Properties

TOLD = (
    *("algorithm", "digest", "digestAlgorithm", "digestType", "ds"),
    *("flags", "keyTag", "keyType", "publicKey"),
)


def delegation(case: Case) -> Properties:
    """Return what an active zone's owner tells the registrar; the key is made when there is none yet."""
    silent: Properties = dict.fromkeys(TOLD)
    zone = case.world.resource(ZONE, str(case.inputs.get("zoneId")))
    if zone is None or case.inputs.get("status") != "active":
        return silent
    return {**silent, **keys.delegation(keys.key(case.world, zone.id), str(zone.inputs["name"]))}


def removed_zone(world: World, _home: Path, resource: Resource) -> None:
    """Remove a zone with everything in it and its signing key."""
    for found in world.resources():
        if found.type.startswith("cloudflare:") and found.outputs.get("zoneId") == resource.id:
            world.remove(found.type, found.id)
    table = world.connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'dnssec_keys'").fetchone()
    if table:
        world.connection.execute("DELETE FROM dnssec_keys WHERE zone_id = ?", (resource.id,))


EFFECTS: Mapping[str, Effect] = {
    ZONE: Effect(erase=removed_zone),
    DNSSEC: Effect(prepare=delegation),
    LIST: Effect(keep=holding.played_list),
}
