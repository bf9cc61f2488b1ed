"""The internet of the rehearsal: which loopback listener stands for a public host name or address.

Nothing here resolves or connects. The internet server, the edge and the stage of the flows ask `route` and dial what it
returns; a name it does not know has no way out.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from localcloud.base.ports import LOOPBACK
from localcloud.base.world import World

ADDRESS = "gcp:compute/globalAddress:GlobalAddress"
ZONE = "cloudflare:index/zone:Zone"
RECORD = "cloudflare:index/dnsRecord:DnsRecord"
MAX_ALIASES = 8  # records followed before a chain of them counts as a circle


class Protocol(StrEnum):
    """What a listener speaks, by its ALPN name (RFC 7301)."""

    HTTP1 = "http/1.1"
    H2 = "h2"


@dataclass(frozen=True)
class Endpoint:
    """A listener on loopback. `tls` tells whether it terminates TLS itself; if so, `server_name` is the SNI to ask for.

    Behind a listener without TLS stands a service that production reaches by https only: a server that forwards a TLS
    connection to it ends the TLS itself. `by_own_name` stands for a web hoster, which has a certificate for
    `server_name` alone and shows nothing under a name that it does not know.
    """

    host: str
    port: int
    tls: bool
    server_name: str
    protocol: Protocol = Protocol.HTTP1
    by_own_name: bool = False


# host name, or the end of one → port name (ports.SERVERS) and protocol
EXACT: Mapping[str, tuple[str, Protocol]] = {
    "firestore.googleapis.com": ("firestore_api", Protocol.H2),
    "secretmanager.googleapis.com": ("secretmanager_api", Protocol.H2),
    "cloudtasks.googleapis.com": ("tasks_api", Protocol.H2),
    "cloudbuild.googleapis.com": ("build_api", Protocol.H2),
    "www.googleapis.com": ("google", Protocol.HTTP1),
    "aiplatform.googleapis.com": ("google", Protocol.HTTP1),
    "identitytoolkit.googleapis.com": ("google", Protocol.HTTP1),
    "securetoken.googleapis.com": ("google", Protocol.HTTP1),
    "api.stripe.com": ("stripe", Protocol.HTTP1),
    "api.hubapi.com": ("crm", Protocol.HTTP1),
    "api.resend.com": ("mailer", Protocol.HTTP1),
}
BY_OWN_NAME = (
    ".web.app",
    ".firebaseapp.com",
    ".github.io",
    ".gitlab.io",
    ".netlify.app",
    ".vercel.app",
    ".pages.dev",
    ".herokuapp.com",
    ".onrender.com",
    ".fly.dev",
)
"""Web hosters, which route by Host and SNI: a founder's domain has to be made known to them first."""
SUFFIXES: Mapping[str, tuple[str, Protocol]] = {
    ".run.app": ("run", Protocol.HTTP1),
    ".zendesk.com": ("helpdesk", Protocol.HTTP1),
    ".hosting.test": ("site", Protocol.HTTP1),
    **dict.fromkeys(BY_OWN_NAME, ("site", Protocol.HTTP1)),
}


def route(world: World, ports: Mapping[str, int], name: str) -> Endpoint | None:
    """Return the listener that stands for a host name or an IP address, or None when the rehearsal has no way to it.

    Reserved addresses of load balancers lead to the gateway, the vendors' host names to their stand-ins, and the names
    of the zones to where their records say: the edge when proxied, else the record's own target.
    """
    return _route(world, ports, name.rstrip(".").lower(), MAX_ALIASES)


def _route(world: World, ports: Mapping[str, int], wanted: str, aliases: int) -> Endpoint | None:
    if _is_address(wanted):
        return _gateway(world, ports, wanted)
    known = EXACT.get(wanted) or next((to for end, to in SUFFIXES.items() if wanted.endswith(end)), None)
    if known:
        return Endpoint(LOOPBACK, ports[known[0]], False, wanted, known[1], wanted.endswith(BY_OWN_NAME))
    return _in_zone(world, ports, wanted, aliases)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def reserved(world: World) -> frozenset[str]:
    """Return the addresses that load balancers have."""
    return frozenset(str(resource.outputs.get("address")) for resource in world.resources(ADDRESS))


def _gateway(world: World, ports: Mapping[str, int], address: str) -> Endpoint | None:
    return Endpoint(LOOPBACK, ports["gateway"], True, address) if address in reserved(world) else None


def _in_zone(world: World, ports: Mapping[str, int], name: str, aliases: int) -> Endpoint | None:
    zones = [str(zone.inputs["name"]).lower() for zone in world.resources(ZONE)]
    if not any(name == zone or name.endswith(f".{zone}") for zone in zones):
        return None
    record = _address_record(world, name)
    if record is None or not aliases:
        return None
    if record.get("proxied"):
        return Endpoint(LOOPBACK, ports["https"], True, name)
    target = str(record.get("content", "")).rstrip(".").lower()
    found = _route(world, ports, target, aliases - 1)
    return found if found is None or found.by_own_name else replace(found, server_name=name)


def _address_record(world: World, name: str) -> Mapping[str, Any] | None:
    """Return the record that gives the name an address; a wildcard answers for names without one (RFC 4592)."""
    records = {
        str(record.inputs["name"]).lower().rstrip("."): record.inputs
        for record in world.resources(RECORD)
        if record.inputs.get("type") in {"A", "AAAA", "CNAME"}
    }
    wildcard = f"*.{name.partition('.')[2]}"
    return records.get(name) or records.get(wildcard)
