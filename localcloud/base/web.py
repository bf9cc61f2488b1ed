"""An ASGI application served by uvicorn inside a running event loop, on a loopback port."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import uvicorn

from localcloud.base.ports import LOOPBACK

BACKLOG = 512  # connections that wait to be accepted
KEPT = 75  # seconds without a request; far longer than any client of ours keeps a connection (connections.IDLE)
GRACE = 1  # seconds that open requests get when the server ends


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield  # the process decides what a signal means


@asynccontextmanager
async def serving(app: Any, port: int, tls: ssl.SSLContext | None = None) -> AsyncIterator[None]:
    """Serve the application while the block runs, by TLS when a context is given; raises OSError when it cannot."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((LOOPBACK, port))
        listener.listen(BACKLOG)
        config = uvicorn.Config(
            app,
            interface="asgi3",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=GRACE,
            timeout_keep_alive=KEPT,
            ws="none",
        )
        config.load()
        config.ssl = tls
        server = _Server(config)
        running = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield
        finally:
            _drop_idle(server)
            server.should_exit = True
            await running


def _drop_idle(server: uvicorn.Server) -> None:
    """Break off the connections that clients merely keep: the end of TLS would wait for one that does not read."""
    for connection in list(server.server_state.connections):
        cycle: Any = getattr(connection, "cycle", None)
        if cycle is None or cycle.response_complete:
            connection.transport.abort()
