"""The process: an http and an https listener before one edge."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from localcloud import ports
from localcloud.authority import HTTP1, Authority
from localcloud.edge.app import Edge
from localcloud.edge.origin import Origin
from localcloud.web import serving
from localcloud.world import World


@asynccontextmanager
async def serve(home: Path) -> AsyncIterator[None]:
    """Serve the ports `http` and `https` of the local cloud at `home` for the length of the block."""
    known, authority = ports.load(home), Authority(home)
    origin = Origin(authority.client_context())
    edge = Edge(World(home / "world.db"), known, origin)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(origin.close)
        await stack.enter_async_context(serving(edge, known["http"]))
        await stack.enter_async_context(serving(edge, known["https"], _by_name(authority, edge)))
        yield


def _by_name(authority: Authority, edge: Edge) -> ssl.SSLContext:
    """Return a server context that shows a certificate for a proxied name of a zone, and refuses any other."""

    def choose(connection: ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> int | None:
        if not name or not edge.serves(name):
            return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
        connection.context = authority.context(name, HTTP1)
        return None

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(list(HTTP1))
    context.sni_callback = choose
    return context
