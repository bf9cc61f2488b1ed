"""The whole of the DNS as a resolver sees it: a root, the registries below it, and the zones that they delegate.

Simulated, and signed from the root down with keys of the world's own: `HOME/root-anchor.key` is where trust begins. The
registry that `./launch verify` asks (parent_zones) is not signed; this one is another copy of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import dns.name
from dns.name import Name
from dns.rdtypes.ANY.DNSKEY import DNSKEY

from localcloud.base.ports import LOOPBACK
from localcloud.base.world import World
from localcloud.dns import keys, parent_zones, zone_builder
from localcloud.dns.parent_zones import Delegation
from localcloud.dns.records import parse
from localcloud.dns.zone import Zone

ROOT_SERVER = "a.root.example"
ROOT_KEY = "registry:."
CLOUDFLARE = "cloudflare.com"
SERIAL = 1
Hosted = tuple[Zone, Sequence[str]]  # a zone and the name servers that serve it


@dataclass(frozen=True)
class Hierarchy:
    """The root with the key that it is trusted by, and which zones each name server answers for."""

    root: Zone
    anchor: DNSKEY
    served: Mapping[Name, Sequence[Zone]]

    def delegated(self, origin: Name, hosts: Iterable[Name]) -> Zone | None:
        """Return the zone of that name that one of the hosts serves, None when all of them are lame."""
        zones = (zone for host in hosts for zone in self.served.get(host, ()) if zone.origin == origin)
        return next(zones, None)


def build(
    world: World,
    ours: Sequence[Hosted],
    told: Iterable[Delegation],
    former: Iterable[Hosted],
    others: Iterable[Zone],
    now: float,
) -> Hierarchy:
    """Return the hierarchy over the world's zones, each with its name servers, as the registrar was told of them.

    `former` are the zones at hosts that a domain was served by before, `others` those of other people, `now` is in
    seconds since the epoch.
    """
    served: dict[Name, list[Zone]] = {}
    theirs = [(zone, (f"ns1.{zone.origin}", f"ns2.{zone.origin}")) for zone in _foreign(ours, others)]
    for zone, hosts in (*ours, *theirs, *former):
        for host in hosts:
            served.setdefault(dns.name.from_text(host), []).append(zone)
    delegations = [*told, *(Delegation(zone.origin, hosts) for zone, hosts in theirs)]
    registries = [
        _signed(world, zone, now) for zone in _registries(delegations, [zone for zone, _ in (*ours, *theirs)])
    ]
    served[dns.name.from_text(parent_zones.REGISTRY)] = registries
    return Hierarchy(_root(world, registries, now), keys.dnskey(keys.key(world, ROOT_KEY)), served)


def root_anchor(world: World) -> str:
    """Return the root's key as BIND's `trust-anchors`, for `delv -a FILE`."""
    return keys.anchors([(dns.name.root, keys.dnskey(keys.key(world, ROOT_KEY)))])


def _foreign(ours: Iterable[Hosted], others: Iterable[Zone]) -> list[Zone]:
    """Return other people's zones, and the one that names Cloudflare's servers."""
    own = {zone.origin for zone, _ in ours}
    records = [parse({"name": host, "type": "A", "content": LOOPBACK}) for host in parent_zones.NAMESERVERS]
    named = zone_builder.build(dns.name.from_text(CLOUDFLARE), (f"ns1.{CLOUDFLARE}",), records, lambda _name: False)
    return [zone for zone in (*others, named) if zone.origin not in own]


def _registries(delegations: Iterable[Delegation], zones: Iterable[Zone]) -> list[Zone]:
    """Return the zones above, but for a zone that lies in another one here, which delegates it itself."""
    known = {zone.origin for zone in zones}
    return list(parent_zones.zones(one for one in delegations if one.origin.parent() not in known))


def _root(world: World, registries: Iterable[Zone], now: float) -> Zone:
    below = [
        record
        for zone in registries
        for record in parent_zones.records(
            Delegation(zone.origin, (parent_zones.REGISTRY,), [keys.ds(_key(world, zone), zone.origin).to_text()])
        )
    ]
    root = zone_builder.build(dns.name.root, (ROOT_SERVER,), below, lambda _name: False)
    zone_builder.number(root.contents, (ROOT_SERVER,), SERIAL)
    return _signed(world, root, now)


def _signed(world: World, zone: Zone, now: float) -> Zone:
    return zone_builder.sign(zone, _key(world, zone), now)


def _key(world: World, zone: Zone) -> keys.PrivateKey:
    return keys.key(world, f"registry:{zone.origin.to_text()}")
