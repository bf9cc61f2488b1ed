"""All the outside services in one process, over one world."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path

from localcloud.base import network, ports, web
from localcloud.base.authority import Authority
from localcloud.base.world import World
from localcloud.faults import Faults, admin_api
from localcloud.saas import crm, helpdesk, imap, mail_transfer, mailer, site, smtp
from localcloud.saas.helpdesk_delivery import Posting
from localcloud.saas.helpdesk_webhooks import Hooks
from localcloud.saas.stripe import app as stripe
from localcloud.saas.stripe.ledger import Ledger
from localcloud.saas.stripe.webhook_delivery import Route as NetworkRoute
from localcloud.saas.stripe.webhook_delivery import WebhookDelivery


@asynccontextmanager
async def serve(
    home: Path, route: NetworkRoute | None = None, search_lag: float = crm.SEARCH_LAG
) -> AsyncIterator[None]:
    """Serve the ports stripe, crm, helpdesk, mailer, smtp, site and imap of the local cloud at `home`.

    `route` says where webhook endpoints' names are served; without one `network.route` does. `search_lag` (seconds) is
    how far the CRM's search is behind. Raises OSError when a port is taken, FileNotFoundError before `ports.allocate`.
    """
    world, chosen = World(home / "world.db"), ports.load(home)
    ledger, reach = Ledger(world, time.time), route or partial(network.route, world, chosen)
    delivery = WebhookDelivery(ledger, reach, Authority(home).client_context())
    loop, awake = asyncio.get_running_loop(), asyncio.Event()
    hooks = Hooks(world, time.time, partial(_wake, loop, awake))
    posting = Posting(hooks, reach, Authority(home).client_context())
    faults = Faults(world)
    vendors = {
        "stripe": stripe.app(ledger, delivery.wake),
        "crm": crm.app(world, search_lag=search_lag),
        "helpdesk": helpdesk.app(hooks),
        "mailer": mailer.app(world, mail_transfer.by_smtp(chosen["smtp"])),
    }
    servers = [
        *(web.serving(admin_api.around(vendor, faults, name), chosen[name]) for name, vendor in vendors.items()),
        web.serving(site.app(world), chosen["site"]),
        smtp.serving(world, chosen["smtp"]),
        imap.serving(world, chosen["imap"], Authority(home).context(ports.LOOPBACK, ("imap",))),
    ]
    async with _all(servers), _running(delivery.run()), _running(posting.run(awake)):
        yield


def _wake(loop: asyncio.AbstractEventLoop, awake: asyncio.Event) -> None:
    loop.call_soon_threadsafe(awake.set)


@asynccontextmanager
async def _all(servers: Sequence[AbstractAsyncContextManager[None]]) -> AsyncIterator[None]:
    """Enter one after the other, so that a taken port is told plainly, and leave all at once, which is quicker."""
    entered: list[AbstractAsyncContextManager[None]] = []
    try:
        for server in servers:
            await server.__aenter__()
            entered.append(server)
        yield
    finally:
        await asyncio.gather(*(server.__aexit__(None, None, None) for server in entered))


@asynccontextmanager
async def _running(work: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """Deliver while the block runs; an error in it ends the server, which is better than a silent one."""
    async with asyncio.TaskGroup() as group:
        running = group.create_task(work)
        yield
        running.cancel()
