"""Carries one request to an instance and its answer back, as streams (ASGI on our side, httpcore on the instance's)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import aclosing
from dataclasses import dataclass

import httpcore
from starlette.types import Message, Receive, Scope, Send

from localcloud.base.connection_pool import ConnectionPool
from localcloud.base.ports import LOOPBACK
from localcloud.run.error_pages import SERVER

REQUEST_LIMIT = 32 * 1024 * 1024  # bytes of a request by HTTP/1 (Cloud Run, "Quotas and limits")
HOP_BY_HOP = frozenset(  # RFC 9110 section 7.6.1, and what RFC 2616 named before
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
Headers = list[tuple[bytes, bytes]]


class TooLarge(Exception):  # noqa: N818 - answered with 413
    """The request's body is longer than REQUEST_LIMIT."""


class ClientGone(Exception):  # noqa: N818 - nobody is left to answer
    """The client went away before its request was complete."""


@dataclass
class Exchange:
    """One request and where its answer goes. `status` is that of the answer after it has begun."""

    scope: Scope
    receive: Receive
    send: Send
    status: int | None = None

    async def answer(self, status: int, headers: Headers, body: bytes = b"", *, more: bool) -> None:
        """Begin the answer; with `more` its body goes on."""
        self.status = status
        await self.send({"type": "http.response.start", "status": status, "headers": list(headers)})
        await self.send({"type": "http.response.body", "body": body, "more_body": more})


async def forward(exchange: Exchange, pool: ConnectionPool, port: int, headers: Headers) -> None:
    """Send the request on to the instance at `port` and its answer back.

    Raises TooLarge, ClientGone, or one of `connections.FAILURES` when the instance breaks off.
    """
    scope = exchange.scope
    target = scope["raw_path"] + (b"?" + scope["query_string"] if scope["query_string"] else b"")
    names = {name for name, _ in headers}
    if _length(headers) > REQUEST_LIMIT:
        raise TooLarge
    chunked = [(b"transfer-encoding", b"chunked")] if b"transfer-encoding" in names else []
    request = httpcore.Request(
        scope["method"],
        httpcore.URL(scheme=b"http", host=LOOPBACK.encode(), port=port, target=target),
        headers=without_hops(headers) + chunked,
        content=_body(exchange.receive) if chunked or b"content-length" in names else None,
    )
    response = await pool.handle_async_request(request)
    async with aclosing(response):
        own = {b"server", b"connection"}
        kept = [(name, value) for name, value in without_hops(lowered(response.headers)) if name not in own]
        await exchange.answer(response.status, [*kept, (b"server", SERVER.encode())], more=True)
        async for chunk in response.aiter_stream():
            await exchange.send({"type": "http.response.body", "body": chunk, "more_body": True})
        await exchange.send({"type": "http.response.body", "body": b"", "more_body": False})


def without_hops(headers: Headers) -> Headers:
    """Return the (lower-case) headers that are not for this connection alone."""
    named = {one.strip().lower() for name, value in headers if name == b"connection" for one in value.split(b",")}
    return [(name, value) for name, value in headers if name not in HOP_BY_HOP | named]


def lowered(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    """Return the headers with their names in lower case, as ASGI has them."""
    return [(name.lower(), value) for name, value in headers]


def _length(headers: Headers) -> int:
    found = next((value for name, value in headers if name == b"content-length"), b"0")
    return int(found) if found.isdigit() else 0


async def _body(receive: Receive) -> AsyncIterator[bytes]:
    size = 0
    while True:
        message: Message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size > REQUEST_LIMIT:
            raise TooLarge
        if chunk:
            yield chunk
        if not message.get("more_body"):
            return
