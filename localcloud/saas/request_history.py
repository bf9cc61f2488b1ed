"""The request history that tests and flows can ask: what reached a stand-in, and what it answered."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from localcloud.base.world import Entry, World

KIND = "request"
PREFIX = "/_rehearsal/"
# Never the Authorization header: a real key may have been sent here by mistake.
KEPT_HEADERS = ("content-type", "idempotency-key", "stripe-version", "user-agent", "x-correlation-id")
HIDDEN_BODIES = frozenset({"/oauth/tokens"})  # likewise: an OAuth client's secret is in the body
MAX_BODY = 4 * 1024 * 1024  # bytes


class RequestHistory:
    """ASGI middleware: records every request before its answer leaves, except those for the history itself."""

    def __init__(self, app: ASGIApp, world: World, service: str) -> None:
        self._app = app
        self._world = world
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["path"].startswith(PREFIX):
            await self._app(scope, receive, send)
            return
        body = await Request(scope, receive).body()
        answer: list[Message] = []
        if len(body) > MAX_BODY:
            await Response("Payload Too Large", 413)(scope, receive, _into(answer))
        else:
            await self._app(scope, _replay(body), _into(answer))
        await run_in_threadpool(self._record, scope, body, answer)
        for message in answer:
            await send(message)

    def _record(self, scope: Scope, body: bytes, answer: list[Message]) -> None:
        headers = Headers(scope=scope)
        self._world.record(
            KIND,
            self._service,
            method=scope["method"],
            path=scope["path"],
            query=scope["query_string"].decode("latin-1"),
            status=next((message["status"] for message in answer if "status" in message), 500),
            headers={name: headers[name] for name in KEPT_HEADERS if name in headers},
            body="" if scope["path"] in HIDDEN_BODIES else body[:MAX_BODY].decode("utf-8", "replace"),
        )


def route(world: World, service: str) -> Route:
    """Return `GET /_rehearsal/requests?since=SEQ`: the requests after that number, oldest first.

    With `about=TEXT` only those that hold the text, with `status=401,403` only those that were answered so: the history
    grows as long as the rehearsal stands, and whoever looks again and again does not want all of it.
    """

    def requests(request: Request) -> Response:
        since = request.query_params.get("since", "0")
        if not since.isdecimal():
            return JSONResponse({"error": "since must be the number of a request, as in `last`"}, 400)
        found = world.journal(KIND, service, int(since), _wanted(request.query_params))
        return JSONResponse(
            {"requests": [_shown(entry) for entry in found], "last": found[-1].seq if found else int(since)}
        )

    return Route(f"{PREFIX}requests", requests)


def _wanted(query: Mapping[str, str]) -> tuple[str, ...]:
    """Return the texts of which a request's entry has to hold one, as they stand in its JSON; none for all entries."""
    if about := query.get("about"):
        return (json.dumps(about)[1:-1],)
    return tuple(f'"status": {code},' for code in query.get("status", "").split(",") if code)


def _shown(entry: Entry) -> Mapping[str, Any]:
    return {"seq": entry.seq, "at": entry.at, **entry.data}


def _into(answer: list[Message]) -> Send:
    async def keep(message: Message) -> None:
        answer.append(message)

    return keep


def _replay(body: bytes) -> Receive:
    parts: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return parts.pop() if parts else {"type": "http.disconnect"}

    return receive
