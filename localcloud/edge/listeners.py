"""The two listeners: every connection to `http` as it is, every one to `https` after a look at the name it asks for."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import ExitStack, asynccontextmanager, suppress
from typing import Any, cast

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from localcloud.base.authority import H2, HTTP1, Authority
from localcloud.base.ports import LOOPBACK, LOOPBACK6, has_ipv6
from localcloud.edge import client_hello
from localcloud.edge.http2 import Http2
from localcloud.edge.zones import Zone

BACKLOG = 512
HEADER_LIMIT = 128 * 1024  # bytes of a request's headers (Cloudflare: "Request limits")
GREETING_LIMIT = 16 * 1024 + 5  # bytes of a TLS record
GREETING_TIMEOUT = 10.0  # seconds until a silent connection is ended
PARTIAL = 0.01  # seconds between looks at a greeting that is not complete
GRACE = 1.0  # seconds that requests under way get when the edge ends
KEEP_ALIVE = 30  # seconds

log = logging.getLogger(__name__)
Certified = Callable[[str], Zone | None]
Greet = Callable[[socket.socket], Coroutine[Any, Any, None]]


class Listeners:
    """Accepts connections for an ASGI application. `certified` returns the zone with a certificate for a name."""

    def __init__(self, application: Any, authority: Authority, certified: Certified) -> None:
        self._config = uvicorn.Config(
            application,
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            h11_max_incomplete_event_size=HEADER_LIMIT,
            timeout_keep_alive=KEEP_ALIVE,
        )
        self._config.load()
        self._state = ServerState()
        self._authority = authority
        self._certified = certified
        self._greetings: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def open(self, http: int, https: int) -> AsyncIterator[None]:
        """Accept on both ports while the block runs; raises OSError when one is taken."""
        with ExitStack() as stack:
            accepting = [
                asyncio.create_task(self._accept(stack.enter_context(listener), greet))
                for port, greet in ((http, self._welcome), (https, self._greet))
                for listener in _listeners(port)
            ]
            try:
                yield
            finally:
                await self._close([*accepting, *self._greetings])

    async def _accept(self, listener: socket.socket, greet: Greet) -> None:
        loop = asyncio.get_running_loop()
        while True:
            connection, _ = await loop.sock_accept(listener)
            connection.setblocking(False)
            task = loop.create_task(_guarded(greet(connection), connection))
            self._greetings.add(task)
            task.add_done_callback(self._greetings.discard)

    async def _welcome(self, connection: socket.socket) -> None:
        await asyncio.get_running_loop().connect_accepted_socket(lambda: self._protocol(""), connection)

    async def _greet(self, connection: socket.socket) -> None:
        async with asyncio.timeout(GREETING_TIMEOUT):
            wire, hello = await _greeting(connection)
        zone = self._certified(hello.name) if hello.name else None
        alert = hello.alert if zone is None else client_hello.refusal(wire, zone.settings)
        if zone is None or alert:
            return await _dismiss(connection, alert)
        protocols, life = H2 if zone.settings.http2 else HTTP1, zone.certificate_life(hello.name)
        context = self._authority.context(hello.name, protocols, life)
        zone.settings.restrict(context)
        await asyncio.get_running_loop().connect_accepted_socket(
            lambda: _Agreed(self, hello.name), connection, ssl=context, ssl_handshake_timeout=GREETING_TIMEOUT
        )
        return None

    def _protocol(self, server_name: str) -> H11Protocol:
        return H11Protocol(self._config, self._state, {"server_name": server_name})

    def agreed(self, server_name: str, protocol: str | None) -> asyncio.Protocol:
        """Return what speaks the protocol that a TLS client has agreed on by ALPN (RFC 7301)."""
        if protocol == "h2":
            return Http2(self._config.loaded_app, self._state, server_name)
        return self._protocol(server_name)

    async def _close(self, tasks: list[asyncio.Task[None]]) -> None:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for connection in list(self._state.connections):
            connection.shutdown()
        if self._state.tasks:
            await asyncio.wait(self._state.tasks, timeout=GRACE)
        for task in self._state.tasks:
            task.cancel()


class _Agreed(asyncio.Protocol):
    """Makes room for the protocol that was agreed on, as soon as it is known."""

    def __init__(self, doors: Listeners, server_name: str) -> None:
        self._doors = doors
        self._server_name = server_name

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        found = self._doors.agreed(self._server_name, transport.get_extra_info("ssl_object").selected_alpn_protocol())
        cast(asyncio.Transport, transport).set_protocol(found)  # what a stream socket has
        found.connection_made(transport)


async def _greeting(connection: socket.socket) -> tuple[bytes, client_hello.Hello]:
    """Return the beginning of the connection, which stays in the socket, as soon as its greeting is complete."""
    while True:
        await _readable(connection)
        wire = connection.recv(GREETING_LIMIT, socket.MSG_PEEK)
        hello = client_hello.read(wire) if wire else client_hello.Hello("", b"")
        if hello is not None:
            return wire, hello
        if len(wire) == GREETING_LIMIT:
            return wire, client_hello.Hello("", b"")
        await asyncio.sleep(PARTIAL)


async def _readable(connection: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    seen = asyncio.Event()
    loop.add_reader(connection, seen.set)
    try:
        await seen.wait()
    finally:
        loop.remove_reader(connection)


async def _dismiss(connection: socket.socket, alert: bytes) -> None:
    """Send the alert, and read what is there: closing with unread bytes would reset the connection and lose it."""
    with suppress(BlockingIOError):
        connection.recv(GREETING_LIMIT)
    await asyncio.get_running_loop().sock_sendall(connection, alert)
    connection.close()


async def _guarded(greeting: Coroutine[Any, Any, None], connection: socket.socket) -> None:
    try:
        await greeting
    except (TimeoutError, OSError, ssl.SSLError) as end:
        log.debug("a connection ended before its first request: %r", end)
        connection.close()
    except asyncio.CancelledError:
        connection.close()
        raise


def _listeners(port: int) -> Iterator[socket.socket]:
    """Yield one for IPv4, and one for IPv6 where this machine has it."""
    families = {LOOPBACK: socket.AF_INET, **({LOOPBACK6: socket.AF_INET6} if has_ipv6() else {})}
    for address, family in families.items():
        listener = socket.create_server((address, port), family=family, backlog=BACKLOG)
        listener.setblocking(False)
        yield listener
