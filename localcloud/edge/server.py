"""The edge as a server on the ports `http` and `https`."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import uvloop

from localcloud.base import ports, process
from localcloud.base.authority import Authority
from localcloud.base.watch import Watched
from localcloud.base.world import World
from localcloud.edge import zones
from localcloud.edge.asgi import Application
from localcloud.edge.edge import Edge
from localcloud.edge.listeners import Listeners
from localcloud.edge.origin import Origins
from localcloud.edge.workers import Workers

log = logging.getLogger(__name__)


@asynccontextmanager
async def listen(home: Path) -> AsyncIterator[None]:
    """Serve while the block runs, on the ports that HOME/ports.json names."""
    known, world, authority = ports.load(home), World(home / "world.db"), Authority(home)
    origins = Origins(world, known, authority.client_context())
    workers = Workers(home, world, known)
    edge = Edge(Watched(world, zones.read).current, origins.fetch, workers)
    doors = Listeners(Application(edge, time.time), authority, edge.certified)
    try:
        async with doors.open(known["http"], known["https"]):
            log.info("edge at http %s and https %s", known.address("http"), known.address("https"))
            yield
    finally:
        await workers.close()
        await origins.close()
        world.close()


@contextmanager
def serve(home: Path) -> Iterator[None]:
    """Serve on a thread of its own while the block runs."""
    with process.on_thread(listen(home), uvloop.new_event_loop):
        yield
