"""HTTP/1.1 connections of an application, driven by whoever accepts them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import uvicorn
from uvicorn.server import ServerState

from localcloud.firestore.emulator.front import Make

KEPT = 75  # seconds without a request, after which a connection is closed
GRACE = 1.0  # seconds that requests get to finish


@asynccontextmanager
async def connections(app: Any) -> AsyncIterator[Make]:
    """Yield what makes the protocol of a connection that the ASGI application answers; break them off at the end."""
    config = uvicorn.Config(
        app, interface="asgi3", lifespan="off", log_config=None, access_log=False, proxy_headers=False, ws="none",
        timeout_keep_alive=KEPT,
    )  # fmt: skip
    config.load()
    state = ServerState()
    kind: Any = config.http_protocol_class
    try:
        yield lambda: cast("asyncio.Protocol", kind(config=config, server_state=state, app_state={}))
    finally:
        for connection in list(state.connections):
            connection.shutdown()
        if state.tasks:
            await asyncio.wait(state.tasks, timeout=GRACE)
