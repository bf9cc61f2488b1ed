"""Connections between the parts of the local cloud, kept open for a while: a handshake costs more than a request.

A pool tells its connections apart by scheme, host name and port of the URL, so none is ever shared by two names.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from typing import Any

import httpcore

from localcloud.ports import LOOPBACK

IDLE = 2.0  # seconds that a connection is kept without a request
FAILURES = (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError)


class _Loopback(httpcore.AnyIOBackend):
    """Connects to this machine, whatever name is asked for: the port says which listener stands for it."""

    async def connect_tcp(
        self,
        host: str,  # noqa: ARG002 - the name is for TLS alone
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        return await super().connect_tcp(LOOPBACK, port, timeout, local_address, socket_options)


def pool(tls: ssl.SSLContext | None = None) -> httpcore.AsyncConnectionPool:
    """Return a pool whose URLs have a host name and a port of this machine; a request that fails raises FAILURES."""
    return httpcore.AsyncConnectionPool(tls, max_connections=None, keepalive_expiry=IDLE, network_backend=_Loopback())


def timeouts(connect: float, read: float) -> dict[str, Any]:
    """Return the request's extension that limits it, in seconds."""
    return {"timeout": {"connect": connect, "read": read, "write": read, "pool": connect}}
