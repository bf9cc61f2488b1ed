"""The SMTP sink: takes every message and sends none on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiosmtpd.smtp import SMTP, Envelope, Session

from localcloud.base.ports import LOOPBACK
from localcloud.base.world import World
from localcloud.saas import mailbox

MAX_MESSAGE = 25 * 1024 * 1024  # bytes, as the large mailbox providers allow
NAME = "mail.rehearsal.invalid"


class Sink:
    """Acknowledges a message as soon as it is kept."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        """Keep the message; its end of line is what the client sent."""
        content = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content).encode()
        await asyncio.to_thread(
            mailbox.deliver,
            self._world,
            envelope.mail_from or "",
            list(envelope.rcpt_tos),
            content,
            client=str(session.peer[0]),
            helo=str(session.host_name),
        )
        return "250 2.0.0 Kept by the rehearsal; nobody will receive it"


@asynccontextmanager
async def serving(world: World, port: int) -> AsyncIterator[None]:
    """Serve SMTP on a loopback port while the block runs; raises OSError when it is taken."""
    loop = asyncio.get_running_loop()

    def protocol() -> SMTP:
        return SMTP(Sink(world), hostname=NAME, enable_SMTPUTF8=True, data_size_limit=MAX_MESSAGE, loop=loop)

    server = await loop.create_server(protocol, LOOPBACK, port)
    try:
        yield
    finally:
        server.close()
