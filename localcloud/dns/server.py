"""Answer queries by UDP and TCP: two name servers of the zones, the parent's, and a resolver."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import cast

from dns.name import Name
from dns.rdatatype import RdataType

from localcloud.base import ports, process
from localcloud.base.world import World
from localcloud.dns import hierarchy, keys
from localcloud.dns.messages import respond
from localcloud.dns.recursion import Resolved, recurse
from localcloud.dns.snapshot import Snapshot, View
from localcloud.dns.zone import Zone

IDLE = 10.0  # seconds a TCP connection may be silent, RFC 7766 section 6.2.3
TRUST_ANCHOR = "trust-anchor.key"
ROOT_ANCHOR = "root-anchor.key"

log = logging.getLogger(__name__)


class Responder:
    """Turns queries into responses from the world as it is at that moment, and keeps the trust anchor file."""

    def __init__(self, home: Path, world: World) -> None:
        self._home = home
        self._world = world
        self._snapshot = Snapshot(world, ports.load(home), time.time)
        self._anchored: tuple[Zone, ...] | None = None
        _write(home / ROOT_ANCHOR, hierarchy.root_anchor(world))
        self.refresh()

    def refresh(self) -> None:
        """Write HOME/trust-anchor.key when the zones are others than before."""
        zones = self._snapshot.zones()
        if zones is not self._anchored:
            _write(self._home / TRUST_ANCHOR, keys.trust_anchor(self._world))
            self._anchored = zones

    def respond(self, view: View, wire: bytes, udp: bool) -> bytes | None:
        """Return the response to a message that arrived, None when it gets none."""
        self.refresh()
        if view is View.RESOLVER:
            return respond((), wire, udp, self._recurse)
        return respond(self._snapshot.zones(view), wire, udp)

    def _recurse(self, name: Name, kind: RdataType, secure: bool, checking: bool) -> Resolved:
        return recurse(self._snapshot.hierarchy(), name, kind, time.time(), secure=secure, checking=checking)


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, responder: Responder, view: View) -> None:
        self._responder = responder
        self._view = view
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)  # Python 3.11's is none by isinstance

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        response = self._responder.respond(self._view, data, udp=True)
        if response is not None and self._transport is not None:
            self._transport.sendto(response, addr)


async def _serve_stream(
    responder: Responder, view: View, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Answer the queries of one TCP connection in turn (two bytes of length before each, RFC 1035 section 4.2.2)."""
    try:
        while True:
            async with asyncio.timeout(IDLE):
                length = int.from_bytes(await reader.readexactly(2), "big")
                wire = await reader.readexactly(length)
            response = responder.respond(view, wire, udp=False)
            if response is None:
                return
            writer.write(len(response).to_bytes(2, "big") + response)
            await writer.drain()
    except (TimeoutError, asyncio.IncompleteReadError, ConnectionError) as end:
        log.debug("TCP connection ended: %r", end)
    finally:
        writer.close()


@asynccontextmanager
async def listen(home: Path) -> AsyncIterator[None]:
    """Answer queries while the block runs, on the ports that HOME/ports.json names for the views."""
    listening = ports.load(home)
    world = World(home / "world.db")
    responder = Responder(home, world)
    async with AsyncExitStack() as open_ports:
        open_ports.callback(world.close)
        for view in View:
            await open_ports.enter_async_context(_answering(responder, view, listening[view]))
            kind = "recursing" if view is View.RESOLVER else "authoritative"
            log.info("%s DNS at %s:%d (%s)", kind, ports.LOOPBACK, listening[view], view)
        yield


@asynccontextmanager
async def _answering(responder: Responder, view: View, port: int) -> AsyncIterator[None]:
    """Answer by UDP and TCP; TCP comes last, for who can connect takes the server for ready."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(responder, view), (ports.LOOPBACK, port))
    server = await asyncio.start_server(partial(_serve_stream, responder, view), ports.LOOPBACK, port)
    try:
        yield
    finally:
        transport.close()
        server.close()


@contextmanager
def serve(home: Path) -> Iterator[None]:
    """Answer queries on a thread of its own while the block runs."""
    with process.on_thread(listen(home)):
        yield


def _write(path: Path, text: str) -> None:
    draft = path.with_suffix(".new")
    draft.write_text(text)
    draft.replace(path)
