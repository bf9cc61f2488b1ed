"""The registrar's side: the zones above those of the world, which say who serves them and by which key they are signed.

It is simulated. In production a person copies the name servers and the DS record from Cloudflare to the registrar; here
that is done at once, unless a resource REGISTRATION says what somebody entered there instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import dns.name
import dns.rdata
from dns.name import Name
from dns.rdataclass import IN
from dns.rdatatype import RdataType

from localcloud.base.world import World
from localcloud.dns import zone_builder
from localcloud.dns.records import Record
from localcloud.dns.zone import Zone

NAMESERVERS = ("ada.ns.cloudflare.com", "bob.ns.cloudflare.com")  # which Cloudflare gives every zone here
REGISTRATION = "registrar:registration"
"""Its id is the zone's name; inputs: zone, nameServers, ds (presentation format, may be empty)."""
REGISTRY = "a.registry.example"  # the one name server of every parent zone
SERIAL = 1
TTL = 3_600  # seconds


@dataclass(frozen=True)
class Delegation:
    """What the parent says of a zone: its name servers, and its DS records in presentation format."""

    origin: Name
    nameservers: Sequence[str]
    ds: Sequence[str] = ()


def registration(world: World, zone: str) -> Mapping[str, Any] | None:
    """Return what somebody entered at the registrar for a zone, None where a rehearsal does that at once."""
    entered = world.resource(REGISTRATION, zone)
    return entered.inputs if entered else None


def zones(delegations: Iterable[Delegation]) -> tuple[Zone, ...]:
    """Return the parent zones, unsigned: each holds the delegations of its children."""
    by_parent = sorted(delegations, key=lambda one: one.origin.parent())
    return tuple(_zone(parent, children) for parent, children in groupby(by_parent, lambda one: one.origin.parent()))


def _zone(parent: Name, children: Iterable[Delegation]) -> Zone:
    delegated = [record for child in children for record in records(child)]
    zone = zone_builder.build(parent, (REGISTRY,), delegated, lambda _name: False)
    zone_builder.number(zone.contents, (REGISTRY,), SERIAL)
    return zone


def records(child: Delegation) -> list[Record]:
    """Return the NS and DS records that the zone above has of a child."""
    named = [(RdataType.NS, dns.name.from_text(host).to_text()) for host in child.nameservers]
    keyed = [(RdataType.DS, text) for text in child.ds]
    return [Record(child.origin, TTL, dns.rdata.from_text(IN, kind, text)) for kind, text in (*named, *keyed)]
