"""Connections that are kept: by name, for a while, and never after the other side has gone."""

from __future__ import annotations

from contextlib import AsyncExitStack, aclosing
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse

from localcloud.base import connection_pool, web
from localcloud.base.ports import free_port

pytestmark = pytest.mark.anyio


async def caller(scope: Any, receive: Any, send: Any) -> None:
    """Answer with the port that the connection comes from."""
    client = Request(scope).client
    await PlainTextResponse(str(client.port if client else ""))(scope, receive, send)


async def test_requests_for_one_name_share_a_connection_and_no_two_names_do() -> None:
    async with AsyncExitStack() as stack:
        port = free_port()
        await stack.enter_async_context(web.serving(caller, port))
        pool = await stack.enter_async_context(aclosing(connection_pool.ConnectionPool()))
        names = ("a.test", "a.test", "b.test", "a.test")
        seen = [(await pool.request("GET", f"http://{name}:{port}/")).content for name in names]
        assert seen[0] == seen[1] == seen[3] != seen[2]


async def test_one_whose_listener_has_ended_is_not_used_again() -> None:
    port = free_port()
    async with aclosing(connection_pool.ConnectionPool()) as pool:
        for _ in range(2):
            async with web.serving(caller, port):
                assert (await pool.request("GET", f"http://a.test:{port}/")).status == 200
        with pytest.raises(connection_pool.FAILURES):
            await pool.request("GET", f"http://a.test:{port}/")
