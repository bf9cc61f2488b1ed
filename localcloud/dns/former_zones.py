"""The DNS host before the launch: zones that domains had there, which it goes on to serve.

It is simulated: a rehearsal whose spec names a zone file has that zone served here, and the registrar point here, until
somebody changes the name servers.
"""

from __future__ import annotations

import dns.zone
from dns.name import Name, from_text
from dns.rdatatype import RdataType

from blueprint import zone_file
from localcloud.base.world import OUTSIDE, Resource, World
from localcloud.dns import zone_builder
from localcloud.dns.parent_zones import REGISTRATION, registration
from localcloud.dns.zone import Zone

FORMER = "dns-host:zone"  # inputs: zone, nameServers, text (a BIND zone file)
NAMESERVERS = ("ns1.former-host.example", "ns2.former-host.example")
SERIAL = 1


def furnish(world: World, domain: str, text: str) -> bool:
    """Have the domain be served by the host before, unless it ever was; return whether it was put there now."""
    if world.resource(FORMER, domain) is not None:
        return False
    former = {"zone": domain, "nameServers": list(NAMESERVERS), "text": text}
    told = {"zone": domain, "nameServers": list(NAMESERVERS), "ds": []}
    world.put(Resource(FORMER, domain, OUTSIDE, former, former))
    world.put(Resource(REGISTRATION, domain, OUTSIDE, told, told))
    return True


def points_there(world: World, domain: str) -> bool:
    """Return whether the registrar still points the domain to the host before."""
    told = registration(world, domain)
    return told is not None and list(told["nameServers"]) == list(NAMESERVERS)


def leave(world: World, domain: str) -> None:
    """Have the registrar point to the zone's own name servers, as a person does."""
    world.remove(REGISTRATION, domain)


def hosts(resource: Resource) -> tuple[str, ...]:
    """Return the names of the servers that the host before serves a zone by."""
    return tuple(map(str, resource.inputs["nameServers"]))


def zone(resource: Resource) -> Zone:
    """Return the zone as the host before serves it, unsigned."""
    domain = str(resource.inputs["zone"])
    origin = from_text(domain)
    contents = dns.zone.Zone(origin, relativize=False)
    for found in zone_file.record_sets(str(resource.inputs["text"]).encode(), domain, f"the old zone of {domain}"):
        if not _is_the_hosts(found.name, found.rdtype, origin):
            contents.replace_rdataset(found.name, found.to_rdataset())
    zone_builder.number(contents, hosts(resource), SERIAL)
    return Zone(origin, contents)


def _is_the_hosts(name: Name, kind: RdataType, origin: Name) -> bool:
    return name == origin and kind in zone_file.OF_THE_HOST
