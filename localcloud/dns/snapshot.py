"""The zones of the world as they are served now: parsed, numbered and signed, rebuilt when their resources change."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import dns.name

from localcloud.base import network
from localcloud.base.third_parties import NAMED
from localcloud.base.watch import Watched
from localcloud.base.world import Resource, World
from localcloud.dns import former_zones, hierarchy, keys, parent_zones, third_party_zones, zone_builder
from localcloud.dns.hierarchy import Hierarchy
from localcloud.dns.parent_zones import REGISTRATION, Delegation
from localcloud.dns.records import Record, RecordError, parse
from localcloud.dns.zone import Zone

RECORD = "cloudflare:index/dnsRecord:DnsRecord"
SETTING = "cloudflare:index/zoneSetting:ZoneSetting"
SOURCES = (keys.ZONE, keys.DNSSEC, RECORD, network.ADDRESS, REGISTRATION, former_zones.FORMER, NAMED, SETTING)
SERIALS = (
    "CREATE TABLE IF NOT EXISTS dns_serials (zone_id TEXT PRIMARY KEY, serial INTEGER NOT NULL, digest TEXT NOT NULL)"
)
RENEW = zone_builder.LIFETIME - 2 * 86_400  # seconds after which signatures are made again

log = logging.getLogger(__name__)
Sources = tuple[Resource, ...]


class View(StrEnum):
    """Who is asked: two name servers (the first knows foreign zones too), the registry, a former host, a resolver."""

    FIRST = "dns"
    SECOND = "dns2"
    PARENT = "registry"
    FORMER = "former"
    RESOLVER = "resolver"


# The name servers of every zone, by the view that answers under their name.
NAMESERVERS: Mapping[str, View] = dict(zip(parent_zones.NAMESERVERS, (View.FIRST, View.SECOND), strict=True))


@dataclass(frozen=True)
class _Built:
    views: Mapping[View, tuple[Zone, ...]]
    sources: Sources
    renew_at: float


class Snapshot:
    """The served zones. `clock` returns seconds since the epoch; use one instance from one thread."""

    def __init__(self, world: World, ports: Mapping[str, int], clock: Callable[[], float]) -> None:
        self._world = world
        self._ports = ports
        self._clock = clock
        self._sources: Watched[Sources] = Watched(world, _sources)
        self._built: _Built | None = None
        self._hierarchy: tuple[_Built | None, Hierarchy] | None = None
        world.define(SERIALS)

    def zones(self, view: View = View.FIRST) -> tuple[Zone, ...]:
        """Return the zones of the world as it is now that this view answers for."""
        sources = self._sources.current()
        now = self._clock()
        if self._built is None or now >= self._built.renew_at or sources != self._built.sources:
            self._built = _Built(self._views(sources, now), sources, now + RENEW)
        return self._built.views[view]

    def hierarchy(self) -> Hierarchy:
        """Return the root and all below it, made when it is asked for and the world has changed."""
        ours = self.zones(View.SECOND)
        if self._hierarchy is None or self._hierarchy[0] is not self._built:
            sources, now = self._sources.current(), self._clock()
            made = [resource for resource in sources if resource.type == keys.ZONE]
            hosts = [tuple(each.outputs.get("nameServers") or NAMESERVERS) for each in made]
            told = [self._delegation(resource, sources) for resource in made]
            before = (former_zones.hosts(each) for each in sources if each.type == former_zones.FORMER)
            former = [*zip(self.zones(View.FORMER), before, strict=True)]
            others = third_party_zones.zones(third_party_zones.named(sources))
            tree = hierarchy.build(self._world, [*zip(ours, hosts, strict=True)], told, former, others, now)
            self._hierarchy = self._built, tree
        return self._hierarchy[1]

    def _views(self, sources: Sources, now: float) -> Mapping[View, tuple[Zone, ...]]:
        ours = [resource for resource in sources if resource.type == keys.ZONE]
        zones = tuple(self._zone(resource, now) for resource in ours)
        above = parent_zones.zones(self._delegation(resource, sources) for resource in ours)
        former = tuple(former_zones.zone(each) for each in sources if each.type == former_zones.FORMER)
        return {
            View.FIRST: (*zones, *third_party_zones.zones(third_party_zones.named(sources))),
            View.SECOND: zones,
            View.PARENT: above,
            View.FORMER: former,
        }

    def _delegation(self, zone: Resource, sources: Sources) -> Delegation:
        """Return what the registrar was told of a zone, else what the zone's resources say."""
        origin = dns.name.from_text(str(zone.inputs["name"]))
        for made in sources:
            if made.type == REGISTRATION and made.inputs["zone"] == zone.inputs["name"]:
                return Delegation(origin, made.inputs["nameServers"], made.inputs["ds"])
        signed = keys.is_signed(self._world, zone.id)
        ds = [keys.ds(keys.key(self._world, zone.id), origin).to_text()] if signed else []
        return Delegation(origin, zone.outputs.get("nameServers") or tuple(NAMESERVERS), ds)

    def _zone(self, resource: Resource, now: float) -> Zone:
        origin = dns.name.from_text(str(resource.inputs["name"]))
        nameservers = resource.outputs.get("nameServers") or tuple(NAMESERVERS)
        records = _records(self._world, resource.id)
        announced = not self._is_off(resource.id, "http3")
        zone = zone_builder.build(origin, nameservers, records, self._is_reachable, http3=announced)
        zone_builder.number(zone.contents, nameservers, self._serial(resource.id, zone, now))
        if not keys.is_signed(self._world, resource.id):
            return zone
        return zone_builder.sign(zone, keys.key(self._world, resource.id), now)

    def _is_off(self, zone_id: str, setting: str) -> bool:
        found = self._world.resource(SETTING, f"{zone_id}/{setting}")
        return found is not None and found.inputs.get("value") == "off"

    def _is_reachable(self, name: str) -> bool:
        return network.route(self._world, self._ports, name) is not None

    def _serial(self, zone_id: str, zone: Zone, now: float) -> int:
        """Return the zone's serial: greater than before whenever the records differ from before (RFC 1982)."""
        digest = hashlib.sha256(zone.contents.to_text().encode()).hexdigest()
        with self._world.transaction() as connection:
            row = connection.execute("SELECT serial, digest FROM dns_serials WHERE zone_id = ?", (zone_id,)).fetchone()
            if row and row["digest"] == digest:
                return int(row["serial"])
            serial = max(int(now), row["serial"] + 1 if row else 0)
            connection.execute("INSERT OR REPLACE INTO dns_serials VALUES (?, ?, ?)", (zone_id, serial, digest))
        return serial


def _sources(world: World) -> Sources:
    return tuple(resource for type_ in SOURCES for resource in world.resources(type_))


def _records(world: World, zone_id: str) -> list[Record]:
    """Return the zone's records; one that is not a DNS record is left out with a warning, the others are served."""
    records = []
    for resource in world.resources(RECORD):
        if resource.inputs.get("zoneId") == zone_id:
            try:
                records.append(parse(resource.inputs))
            except RecordError as error:
                log.warning("left out %s: %s", resource.urn, error)
    return records
