"""The addresses of a host, each of which is looked at for itself."""

from __future__ import annotations

import socket

from verify.reach import Address


def has_route(address: Address) -> bool:
    """Return whether this machine knows a way to an address; nothing is sent. Most often IPv6 is what it lacks."""
    host, port = address
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((host, port))
    except OSError:
        return False
    return True
