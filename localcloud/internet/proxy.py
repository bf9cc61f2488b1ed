"""The CONNECT proxy: unmodified client libraries reach the rehearsal's stand-ins under the vendors' own names.

For a stand-in that speaks plain text it ends the TLS itself, with a leaf of the local authority for the name that was
asked for; what speaks TLS itself (the edge, the load balancer) gets the bytes as they come.
"""

from __future__ import annotations

import asyncio
import logging
from asyncio.sslproto import SSLProtocol
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path

from localcloud.base import network, ports
from localcloud.base.authority import Authority
from localcloud.base.network import Endpoint
from localcloud.base.world import World
from localcloud.internet.request import ESTABLISHED, HTTPS, Destination, Refused, parse

HEAD_TIMEOUT = 10.0  # seconds a client may take for its CONNECT
CHUNK = 64 * 1024  # bytes

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]

log = logging.getLogger(__name__)


@asynccontextmanager
async def serve(home: Path) -> AsyncIterator[None]:
    """Serve the port `proxy` of the local cloud at `home` for the length of the block."""
    SSLProtocol.max_size = CHUNK  # what each connection takes for as long as it lasts: asyncio has 256 KiB
    known = ports.load(home)
    proxy = Proxy(World(home / "world.db"), known, Authority(home))
    server = await asyncio.start_server(proxy.accept, ports.LOOPBACK, known["proxy"])
    try:
        yield
    finally:
        server.close()
        await proxy.close()


class Proxy:
    """Connects clients to what `network.route` says, and keeps a journal of it (kind `egress`)."""

    def __init__(self, world: World, known: ports.Ports, authority: Authority) -> None:
        self._world = world
        self._ports = known
        self._authority = authority
        self._open: set[asyncio.Task[None]] = set()

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one client connection to its end."""
        task = asyncio.current_task()
        if task is not None:
            self._open.add(task)
            task.add_done_callback(self._open.discard)
        try:
            await self._serve(reader, writer)
        except (OSError, EOFError, TimeoutError) as error:
            log.info("a connection broke: %r", error)
        finally:
            await _hung_up(writer)

    async def close(self) -> None:
        """End the connections that are still open."""
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            destination = parse(await _head(reader))
            endpoint = await asyncio.to_thread(self._route, destination)
            upstream = await _dial(destination, endpoint)
        except Refused as refused:
            writer.write(refused.response())
            await writer.drain()
            return
        try:
            if endpoint.tls:
                writer.write(ESTABLISHED)
            else:
                name = endpoint.server_name if endpoint.by_own_name else destination.host
                await self._end_tls(writer, name, endpoint)
            await _join((reader, writer), upstream)
        finally:
            await _hung_up(upstream[1])

    def _route(self, destination: Destination) -> Endpoint:
        found = network.route(self._world, self._ports, destination.host) if destination.port == HTTPS else None
        self._world.record("egress", destination.host, port=destination.port, allowed=found is not None)
        if found is None:
            raise destination.no_way()
        return found

    async def _end_tls(self, writer: asyncio.StreamWriter, name: str, endpoint: Endpoint) -> None:
        """Take the server's part in the handshake; ALPN leaves the client no protocol that the stand-in lacks."""
        context = await asyncio.to_thread(self._authority.context, name, (endpoint.protocol.value,))
        # Nothing may be awaited between the two: a hello that arrives before start_tls would count as plain text.
        writer.write(ESTABLISHED)
        await writer.start_tls(context)


async def _head(reader: asyncio.StreamReader) -> bytes:
    async with asyncio.timeout(HEAD_TIMEOUT):
        try:
            return await reader.readuntil(b"\r\n\r\n")
        except asyncio.LimitOverrunError as error:
            raise Refused(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "the request's head is too long") from error


async def _dial(destination: Destination, endpoint: Endpoint) -> Streams:
    try:
        return await asyncio.open_connection(endpoint.host, endpoint.port)
    except OSError as error:
        raise destination.no_answer() from error


async def _hung_up(writer: asyncio.StreamWriter) -> None:
    """Close a connection and wait until it is; one that is cut short meanwhile is dropped."""
    writer.close()
    try:
        await writer.wait_closed()
    except OSError as error:
        log.debug("one side went away: %r", error)
    finally:
        writer.transport.abort()


async def _join(client: Streams, server: Streams) -> None:
    """Carry bytes both ways until both sides are done; if one way breaks, the other ends too."""
    async with asyncio.TaskGroup() as both:
        both.create_task(_carry(client[0], server[1]))
        both.create_task(_carry(server[0], client[1]))


async def _carry(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    try:
        while chunk := await source.read(CHUNK):
            target.write(chunk)
            await target.drain()
    except OSError as error:  # among them ssl.SSLError, and TimeoutError for a TLS close that nobody answers
        log.debug("one side went away: %r", error)
        target.close()
        return
    if target.can_write_eof():
        target.write_eof()
    else:
        target.close()
