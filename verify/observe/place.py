"""The addresses of a host, each of which is looked at for itself."""

from __future__ import annotations

import socket
from dataclasses import dataclass

from verify.reach import Address


@dataclass(frozen=True)
class Place:
    """One address of a host. `public` is what the DNS says, `address` where to connect to reach it."""

    host: str
    public: str
    address: Address

    @property
    def label(self) -> str:
        """The host with the address at which it was looked at."""
        return f"{self.host} at {self.public}"


def has_way(address: Address) -> bool:
    """Return whether this machine knows a way to an address; nothing is sent. Most often IPv6 is what it lacks."""
    host, port = address
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((host, port))
    except OSError:
        return False
    return True
