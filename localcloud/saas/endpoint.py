"""Endpoints whose work waits for the world."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response


def with_body(answer: Callable[[Request, bytes], Response]) -> Callable[[Request], Awaitable[Response]]:
    """Return an endpoint that reads the body and then answers on a thread of the pool."""

    async def endpoint(request: Request) -> Response:
        body = await request.body()
        return await run_in_threadpool(answer, request, body)

    return endpoint


def unknown_parameters(request: Request, known: Collection[str]) -> str:
    """Return the parameters of a request's query that are not known, in one line; empty when there are none."""
    return ", ".join(sorted(set(request.query_params) - set(known)))
