"""The process: three listeners (front end, load balancer, metadata server) and the fleet of instances behind them."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from pathlib import Path

import httpx
import uvicorn
from starlette.types import ASGIApp

from localcloud import ports
from localcloud.authority import HTTP1, Authority
from localcloud.run import images
from localcloud.run.fleet import Fleet
from localcloud.run.frontend import FrontEnd
from localcloud.run.journal import Journal
from localcloud.run.launcher import Launcher
from localcloud.run.metadata import Metadata
from localcloud.run.register import Register
from localcloud.world import World

LAST_ANSWERS = 1  # seconds that listeners wait for open connections after the instances have ended

log = logging.getLogger(__name__)


@asynccontextmanager
async def serve(home: Path, cache: Path | None = None) -> AsyncIterator[None]:
    """Serve the ports `run`, `gateway` and `metadata` of the local cloud at `home` for the length of the block.

    `cache` is where images' environments are kept, the user's cache when it is not given. At the end every instance
    gets SIGTERM and ten seconds.
    """
    known, authority, world = ports.load(home), Authority(home), World(home / "world.db")
    register = Register(world)
    orphans = await asyncio.to_thread(register.end_orphans)
    if orphans:
        log.info("ended %d processes that an earlier runner left", orphans)
    async with AsyncExitStack() as stack:
        journal = await stack.enter_async_context(Journal(world))
        launcher = Launcher(home, known, authority.ca_file, cache or images.default_cache(), register, journal)
        fleet = Fleet(world, launcher)
        client = await stack.enter_async_context(_client())
        front = FrontEnd(home, world, fleet, journal, client)
        await stack.enter_async_context(_listening(Metadata(home, world, register).app(), known["metadata"]))
        await stack.enter_async_context(_listening(front.public, known["run"]))
        tls = _by_name(authority, front)
        await stack.enter_async_context(_listening(front.balanced, known["gateway"], tls))
        await stack.enter_async_context(_following(fleet))
        yield


def _client() -> httpx.AsyncClient:
    # No connection is kept: an instance that closes an idle one would fail the request that comes at that moment.
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
    return httpx.AsyncClient(timeout=None, limits=limits, trust_env=False)  # noqa: S113 - the service's timeout rules


@asynccontextmanager
async def _following(fleet: Fleet) -> AsyncIterator[None]:
    task = asyncio.create_task(fleet.follow())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await fleet.close()


class _Server(uvicorn.Server):
    """uvicorn without its hands on the process's signals."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def _listening(app: ASGIApp, port: int, tls: ssl.SSLContext | None = None) -> AsyncIterator[None]:
    config = uvicorn.Config(
        app,
        interface="asgi3",
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=LAST_ANSWERS,
    )
    config.load()
    config.ssl = tls
    server = _Server(config)
    with socket.create_server((ports.LOOPBACK, port), backlog=512) as listener:
        task = asyncio.create_task(server.serve([listener]))
        try:
            yield
        finally:
            server.should_exit = True
            await task


def _by_name(authority: Authority, front: FrontEnd) -> ssl.SSLContext:
    """Return a server context that shows the certificate for the name a client asks for, if the world has one."""

    def choose(connection: ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> int | None:
        if not name or not front.certified(name):
            return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
        connection.context = authority.context(name, HTTP1)
        return None

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(list(HTTP1))
    context.sni_callback = choose
    return context
