"""The process: three listeners (front end, load balancer, metadata server) and the fleet of instances behind them."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, suppress
from pathlib import Path

from localcloud.base import ports, web
from localcloud.base.application import Application
from localcloud.base.authority import HTTP1, Authority
from localcloud.base.connection_pool import ConnectionPool
from localcloud.base.world import World
from localcloud.run import images
from localcloud.run.fleet import Fleet
from localcloud.run.forks import Forks
from localcloud.run.frontend import FrontEnd
from localcloud.run.instance_registry import InstanceRegistry
from localcloud.run.journal import Journal
from localcloud.run.launcher import Launcher
from localcloud.run.metadata import Metadata

log = logging.getLogger(__name__)


@asynccontextmanager
async def serve(home: Path, application: Application, cache: Path | None = None) -> AsyncIterator[None]:
    """Serve the ports `run`, `gateway` and `metadata` of the local cloud at `home` for the length of the block.

    `application` says what the images hold. `cache` is where images' environments are kept, the user's cache when it
    is not given. At the end every instance gets SIGTERM and ten seconds.
    """
    known, authority, world = ports.load(home), Authority(home), World(home / "world.db")
    register = InstanceRegistry(world)
    orphans = await asyncio.to_thread(register.end_orphans)
    if orphans:
        log.info("ended %d processes that an earlier runner left", orphans)
    async with AsyncExitStack() as stack:
        journal = await stack.enter_async_context(Journal(world))
        forks = await stack.enter_async_context(aclosing(Forks(home)))
        folder = cache or images.default_cache()
        launcher = Launcher(home, known, authority.ca_file, folder, register, forks, journal, application)
        fleet = Fleet(world, launcher)
        pool = await stack.enter_async_context(aclosing(ConnectionPool()))
        front = FrontEnd(home, world, fleet, journal, pool)
        await stack.enter_async_context(web.serving(Metadata(home, world, register).app(), known["metadata"]))
        await stack.enter_async_context(web.serving(front.public, known["run"]))
        tls = _by_name(authority, front)
        await stack.enter_async_context(web.serving(front.balanced, known["gateway"], tls))
        await stack.enter_async_context(_following(fleet))
        yield


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
