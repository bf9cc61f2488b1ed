"""One attempt of a task: the request as Cloud Tasks sends it, and what its answer means.

Headers: https://cloud.google.com/tasks/docs/creating-http-target-tasks#handler
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

import httpcore
from google.cloud.tasks_v2 import types
from google.rpc import code_pb2

from localcloud.base import connection_pool, internal_traffic, tokens
from localcloud.base.authority import Authority
from localcloud.base.network import Endpoint
from localcloud.control.taskspec import USER_AGENT
from localcloud.control.taskstore import Result, Stored
from localcloud.control.times import seconds

Route = Callable[[str], Endpoint | None]
YOUNG = 600.0  # seconds that a token is used again; it is good for an hour
DEFAULT_URL = ".run.app"  # the only name by which Google's services reach a service with internal ingress
CODES: Mapping[int, int] = {
    HTTPStatus.BAD_REQUEST: code_pb2.INVALID_ARGUMENT,
    HTTPStatus.UNAUTHORIZED: code_pb2.UNAUTHENTICATED,
    HTTPStatus.FORBIDDEN: code_pb2.PERMISSION_DENIED,
    HTTPStatus.NOT_FOUND: code_pb2.NOT_FOUND,
    HTTPStatus.CONFLICT: code_pb2.ABORTED,
    HTTPStatus.TOO_MANY_REQUESTS: code_pb2.RESOURCE_EXHAUSTED,
    HTTPStatus.NOT_IMPLEMENTED: code_pb2.UNIMPLEMENTED,
    HTTPStatus.SERVICE_UNAVAILABLE: code_pb2.UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT: code_pb2.DEADLINE_EXCEEDED,
}


@dataclass(frozen=True)
class Outcome:
    """How an attempt ended, and the least number of seconds its handler asked to be left alone (Retry-After)."""

    result: Result
    pause: float = 0.0


@dataclass(frozen=True)
class Errand:
    """One call to make: with an identity token of `account` when that is not empty, within `deadline` seconds."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None
    account: str
    audience: str
    deadline: float


class Courier:
    """Carries tasks, and the calls of the scheduler, to their handlers.

    `route` says where a host name is served, `clock` gives seconds since the epoch.
    """

    def __init__(self, home: Path, authority: Authority, route: Route, clock: Callable[[], float]) -> None:
        self._home = home
        self._pool = connection_pool.ConnectionPool(authority.client_context())
        self._bearers: dict[tuple[str, str], tuple[str, float]] = {}
        self._route = route
        self._clock = clock

    async def aclose(self) -> None:
        """End the connections that are kept."""
        await self._pool.aclose()

    async def deliver(self, stored: Stored) -> Outcome:
        """Make one attempt of a task; every failure to reach the handler is an outcome too."""
        request = stored.task.http_request
        oidc = request.oidc_token if request.HasField("oidc_token") else None
        return await self.call(
            Errand(
                types.HttpMethod(request.http_method).name,
                request.url,
                headers_of(stored),
                request.body or None,
                oidc.service_account_email if oidc else "",
                oidc.audience if oidc else "",
                seconds(stored.task.dispatch_deadline),
            )
        )

    async def call(self, errand: Errand) -> Outcome:
        """Make one call; every failure to reach the handler is an outcome too."""
        scheme, host, deadline = urlsplit(errand.url).scheme, urlsplit(errand.url).hostname or "", errand.deadline
        if scheme != "https":
            return self._failed(code_pb2.UNKNOWN, f"{host} redirects http to https, and redirects are not followed")
        endpoint = self._route(host)
        if endpoint is None:
            return self._failed(code_pb2.UNAVAILABLE, f"the rehearsal has no way to {host}")
        try:
            async with asyncio.timeout(deadline):
                answer = await self._send(errand, endpoint)
        except TimeoutError:
            return self._failed(code_pb2.DEADLINE_EXCEEDED, f"no answer within {deadline:g} seconds")
        except (*connection_pool.FAILURES, OSError) as error:
            return self._failed(code_pb2.UNAVAILABLE, f"{host} could not be reached: {error or type(error).__name__}")
        return outcome(answer.status, _header(answer, b"retry-after"), self._clock())

    async def _send(self, errand: Errand, endpoint: Endpoint) -> httpcore.Response:
        inside = internal_traffic.headers(self._home) if endpoint.server_name.endswith(DEFAULT_URL) else {}
        headers = {**errand.headers, **self._authorization(errand), **inside}
        encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
        url = address_of(errand.url, endpoint)
        return await self._pool.request(errand.method, url, headers=encoded, content=errand.body)

    def _authorization(self, errand: Errand) -> dict[str, str]:
        if not errand.account:
            return {}
        return {"Authorization": f"Bearer {self._bearer(errand.account, errand.audience or errand.url)}"}

    def _bearer(self, account: str, audience: str) -> str:
        """Return an identity token, the one from before while it is young: signing is dear."""
        bearer, made = self._bearers.get((account, audience), ("", 0.0))
        if not 0 <= self._clock() - made < YOUNG:
            bearer, made = tokens.id_token(self._home, account, audience, self._clock()), self._clock()
            self._bearers[account, audience] = bearer, made
        return bearer

    def _failed(self, code: int, message: str) -> Outcome:
        return Outcome(Result(code, message, None, self._clock()))


def headers_of(stored: Stored) -> dict[str, str]:
    """Return the headers of the task's current attempt, without its authorization.

    What Cloud Tasks computes itself cannot be set by the task.
    """
    task = stored.task
    own = {
        "Host": urlsplit(task.http_request.url).netloc.rpartition("@")[2],
        "User-Agent": USER_AGENT,
        "X-CloudTasks-QueueName": stored.name.split("/")[-3],
        "X-CloudTasks-TaskName": stored.name.split("/")[-1],
        "X-CloudTasks-TaskRetryCount": str(task.dispatch_count - 1),
        "X-CloudTasks-TaskExecutionCount": str(stored.executions),
        "X-CloudTasks-TaskETA": f"{seconds(task.schedule_time):.6f}",
    }
    if stored.previous is not None:
        own["X-CloudTasks-TaskPreviousResponse"] = str(stored.previous)
    given = {name: value for name, value in task.http_request.headers.items() if not _is_reserved(name)}
    if task.http_request.body and not any(name.lower() == "content-type" for name in given):
        given["Content-Type"] = "application/octet-stream"
    return {**given, **own}


def address_of(url: str, endpoint: Endpoint) -> str:
    """Return the URL with the scheme and the port of the listener that stands for its host."""
    parts = urlsplit(url)
    scheme = "https" if endpoint.tls else "http"
    return parts._replace(scheme=scheme, netloc=f"{endpoint.server_name}:{endpoint.port}", fragment="").geturl()


def outcome(status: int, retry_after: str, now: float) -> Outcome:
    """Return what an HTTP answer means: 2xx is success, all else is a failure, redirects are not followed.

    A 429 or 503 may ask for a pause in seconds.
    """
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return Outcome(Result(code_pb2.OK, "", status, now))
    code = CODES.get(status, code_pb2.UNKNOWN)
    busy = status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}
    pause = float(retry_after) if busy and retry_after.isascii() and retry_after.isdigit() else 0.0
    return Outcome(Result(code, f"HTTP status code {status}", status, now), pause)


def _header(answer: httpcore.Response, wanted: bytes) -> str:
    return next((value.decode("latin-1") for name, value in answer.headers if name.lower() == wanted), "")


def _is_reserved(name: str) -> bool:
    lower = name.lower()
    return lower in {"host", "content-length", "user-agent"} or lower.startswith(
        ("x-google-", "x-appengine-", "x-cloudtasks-")
    )
