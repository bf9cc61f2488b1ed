"""Between ASGI and the edge: scope to request, answer to messages."""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Callable
from contextlib import aclosing
from email.utils import formatdate
from ipaddress import ip_address
from typing import Any

import httpcore
from starlette.types import Receive, Scope, Send

from localcloud.edge.edge import BODY_LIMIT, Edge, too_large
from localcloud.edge.fields import COLO
from localcloud.edge.http_message import Answer, Chunks, Headers, Request, page, without

HOST = re.compile(r"([a-z0-9_.-]+|\[[0-9a-f:.]+\])(:\d{1,5})?")
ABSOLUTE = re.compile(r"https?://([^/?#]*)(.*)", re.IGNORECASE)

log = logging.getLogger(__name__)


class TooLarge(Exception):  # noqa: N818 - answered with 413
    """The request's body turned out to be longer than BODY_LIMIT."""


class VisitorGone(Exception):  # noqa: N818 - nobody is left to answer
    """The visitor went away before the request was complete."""


class Application:
    """The ASGI application of both ports; `clock` returns seconds since the epoch."""

    def __init__(self, edge: Edge, clock: Callable[[], float]) -> None:
        self._edge = edge
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = _request(scope, self._clock())
        answer = await self._answer(request, str(scope["state"].get("server_name", "")), receive)
        if answer is None:
            return
        status = answer.head.header("cf-cache-status") or "-"
        log.info("%s %s %d %s %s", request.method, request.url, answer.head.status, status, request.ray)
        await _send(answer, request, send)

    async def _answer(self, request: Request, server_name: str, receive: Receive) -> Answer | None:
        if not HOST.fullmatch(request.host) or not request.target.startswith("/") or request.method == "TRACE":
            return page(request, 400, "Bad Request", "The request names no host, or no path on it.")
        has_body = request.header("content-length") or request.header("transfer-encoding")
        try:
            return await self._edge.answer(request, server_name, _body(receive) if has_body else None)
        except TooLarge:
            return too_large(request)
        except VisitorGone:
            return None


def _request(scope: Scope, now: float) -> Request:
    headers: Headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"])
    target = scope["raw_path"].decode("latin-1")
    target += f"?{scope['query_string'].decode('latin-1')}" if scope["query_string"] else ""
    host = next((value for name, value in headers if name == "host"), "")
    absolute = ABSOLUTE.fullmatch(target)
    if absolute:  # RFC 9112 section 3.2.2: then the Host header is ignored
        host, target = absolute[1], absolute[2] if absolute[2].startswith("/") else f"/{absolute[2]}"
    return Request(
        method=scope["method"],
        scheme=scope["scheme"],
        host=re.sub(r":\d+$", "", host.strip().lower()).rstrip("."),
        target=target,
        headers=headers,
        address=ip_address(scope["client"][0]),
        received=now,
        ray=f"{secrets.token_hex(8)}-{COLO}",
        version=f"HTTP/{scope['http_version']}",
    )


async def _body(receive: Receive) -> Chunks:
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise VisitorGone
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size > BODY_LIMIT:
            raise TooLarge
        more = bool(message.get("more_body"))
        yield chunk


async def _send(answer: Answer, request: Request, send: Send) -> None:
    own = (("date", formatdate(request.received, usegmt=True)), ("server", "cloudflare"), ("cf-ray", request.ray))
    kept = without(answer.head.headers, *(name for name, _ in own))
    headers = [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in (*kept, *own)]
    await send({"type": "http.response.start", "status": answer.head.status, "headers": headers})
    if isinstance(answer.body, bytes):
        await _send_chunk(send, answer.body, more=False)
        return
    try:
        async with aclosing(answer.body) as chunks:
            async for chunk in chunks:
                await _send_chunk(send, chunk, more=True)
    except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as error:
        log.warning("%s: the origin broke off in the middle: %r", request.url, error)
        return  # the server then ends the connection, which shows the visitor that something is missing
    await _send_chunk(send, b"", more=False)


async def _send_chunk(send: Callable[[Any], Any], chunk: bytes, *, more: bool) -> None:
    await send({"type": "http.response.body", "body": chunk, "more_body": more})
