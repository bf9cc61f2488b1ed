"""By which doors checks and people reach a stack: the loopback listeners of the local cloud, or the public internet."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

from engine import servers
from engine.errors import LaunchError
from engine.home import Home
from localcloud.base import network
from localcloud.base import ports as listening
from localcloud.base.ports import LOOPBACK, LOOPBACK6, Ports
from localcloud.base.world import World
from verify.reach import ANY, DNS_PORT, Address, Reach

# Cloudflare, Google, Quad9: what most of the world asks, and so where a change has to have arrived.
PUBLIC_RESOLVERS = (("1.1.1.1", DNS_PORT), ("8.8.8.8", DNS_PORT), ("9.9.9.9", DNS_PORT))


def reach_of(home: Home, ports: Ports) -> Reach:
    """Return how to reach a stack; `ports` are of no use for one in the real clouds."""
    if not home.is_local:
        return Reach(others=PUBLIC_RESOLVERS)
    return Reach(
        nameservers=((LOOPBACK, ports["dns"]),),
        parents=((LOOPBACK, ports["registry"]),),
        others=((LOOPBACK, ports["dns2"]),),
        addresses=_addresses(home, ports),
        ca_file=home.path / "ca" / "ca.pem",
        mailer=(LOOPBACK, ports["mailer"]),
    )


def _addresses(home: Home, ports: Ports) -> dict[tuple[str, int], Address]:
    """Return where public ports are found: those of name servers and load balancers at theirs, the rest at the edge."""
    from localcloud.dns import NAMESERVERS, former_zones  # loads a whole server, which no other question needs

    nameservers = {(name, DNS_PORT): (LOOPBACK, ports[view]) for name, view in NAMESERVERS.items()}
    with closing(World(home.path / "world.db")) as world:
        former = {
            (str(name), DNS_PORT): (LOOPBACK, ports["former"])
            for zone in world.resources(former_zones.FORMER)
            for name in zone.inputs["nameServers"]
        }
        gateways = {(address, 443): (LOOPBACK, ports["gateway"]) for address in network.reserved(world)}
    edge = {
        (host, port): (address, ports[name])
        for port, name in ((80, "http"), (443, "https"))
        for host, address in ((ANY, LOOPBACK), (LOOPBACK6, LOOPBACK6))
    }
    return {**edge, **gateways, **former, **nameservers}


def ports_of(home: Home) -> Ports:
    """Return where the local cloud listens, nowhere for a stack in the real clouds.

    Raises LaunchError before the local cloud was started for the first time.
    """
    try:
        return listening.load(home.path) if home.is_local else Ports()
    except FileNotFoundError:
        raise LaunchError("The local cloud has not been started yet.", cure="Run ./launch up first.") from None


def runs(home: Home) -> bool:
    """Return whether there is something to reach: any server of the local cloud, or a stack in the real clouds."""
    return not home.is_local or bool(servers.alive(home))


def down(home: Home) -> tuple[str, ...]:
    """Return the servers of the local cloud that do not run; none for a stack in the real clouds."""
    if not home.is_local:
        return ()
    return tuple(server.name for server in servers.states(home) if not server.pid)


def is_down(names: Sequence[str]) -> str:
    """Return as a sentence that these servers of the local cloud are down."""
    return f"Of the local cloud, {' and '.join(names)} {'is' if len(names) == 1 else 'are'} down."


def cure(names: Sequence[str]) -> str:
    """Return what to do about these servers that are down."""
    logs = " or ".join(f"`./launch logs {name}`" for name in names)
    return f"Run ./launch up: it starts what is down and continues where it was. The reason may be in {logs}."


def require_running(home: Home) -> None:
    """Raise LaunchError when the whole local cloud is down; one server that is down is for the checks to find."""
    if not runs(home):
        raise LaunchError("The local cloud is down.", cure="Run ./launch up: it continues where it was.")
