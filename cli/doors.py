"""By which doors checks and people reach a stack: the loopback listeners of the local cloud, or the public internet."""

from __future__ import annotations

from engine.home import Home
from localcloud import ports as listening
from localcloud.ports import LOOPBACK, Ports
from verify.reach import ANY, Reach


def reach_of(home: Home, ports: Ports) -> Reach:
    """Return how to reach a stack; `ports` are of no use for one in the real clouds."""
    if not home.is_local:
        return Reach()
    return Reach(
        nameservers=((LOOPBACK, ports["dns"]),),
        addresses={(ANY, 80): (LOOPBACK, ports["http"]), (ANY, 443): (LOOPBACK, ports["https"])},
        ca_file=home.path / "ca" / "ca.pem",
    )


def ports_of(home: Home) -> Ports:
    """Return where the local cloud listens; none for a stack in the real clouds, or before the first start."""
    try:
        return listening.load(home.path) if home.is_local else Ports()
    except FileNotFoundError:
        return Ports()
