"""Connections between the parts of the local cloud, kept open for a while: a handshake costs more than a request.

None is ever shared by two names. `httpcore.AsyncConnectionPool` would do it too, but it asks every idle connection at
each request whether it has ended: with sixty of them that costs more than all else, and keeps a busy server busy.
"""

from __future__ import annotations

import ssl
from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress

import httpcore

from localcloud.base.ports import LOOPBACK

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


class ConnectionPool(httpcore.AsyncConnectionInterface):
    """Sends requests whose URLs have a host name and a port of this machine; one that fails raises FAILURES."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self._backend = _Loopback()
        self._kept: dict[tuple[bytes, bytes, int], list[httpcore.AsyncHTTPConnection]] = defaultdict(list)

    async def handle_async_request(self, request: httpcore.Request) -> httpcore.Response:
        """Return the answer, its body still to be read, over a connection that is free or else a new one."""
        origin = request.url.origin
        kept = self._kept[origin.scheme, origin.host, origin.port]
        while True:
            connection = await _free(kept) or self._new(origin, kept)
            with suppress(httpcore.ConnectionNotAvailable):  # another request took it first
                return await connection.handle_async_request(request)

    async def aclose(self) -> None:
        """End all connections."""
        for kept in self._kept.values():
            for connection in kept:
                await connection.aclose()
        self._kept.clear()

    def _new(self, origin: httpcore.Origin, kept: list[httpcore.AsyncHTTPConnection]) -> httpcore.AsyncHTTPConnection:
        made = httpcore.AsyncHTTPConnection(origin, self._tls, keepalive_expiry=IDLE, network_backend=self._backend)
        kept[:] = [*(each for each in kept if not each.is_closed()), made]
        return made


async def _free(kept: list[httpcore.AsyncHTTPConnection]) -> httpcore.AsyncHTTPConnection | None:
    """Return a connection that waits for a request and has not ended meanwhile; those that have are let go."""
    while idle := next((each for each in kept if each.is_idle()), None):
        if not idle.has_expired():
            break
        kept.remove(idle)
        await idle.aclose()
    return idle
