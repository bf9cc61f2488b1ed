"""Between HTTP and the doors: a door is a plain function from one request's parts to an answer."""

from __future__ import annotations

import asyncio
import json
import re
import traceback
from collections.abc import Awaitable, Callable, Mapping, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, Router
from starlette.types import Receive, Scope, Send

from handlers.failures import NotYet, Rejected, Unavailable
from handlers.logs import Log, during
from handlers.words import SENTENCES, Code

MAX_BODY = 512 * 1024  # bytes; a Firestore document, which keeps the body, ends at 1 MiB
BODY_DEADLINE = 30.0  # seconds until the whole body is there: MAX_BODY at 140 kbit/s
RETRY_AFTER = "5"  # seconds
REFUSAL_HEADERS = {401: {"WWW-Authenticate": "Bearer"}, 429: {"Retry-After": "3600"}}  # a budget is one of an hour
AT_ONCE = 40  # requests; as many threads are started as are needed at once
CORRELATION = re.compile(r"[A-Za-z0-9_-]{8,64}")


@dataclass(frozen=True)
class Call:
    """One request. Header names are in lower case; `correlation_id` is the caller's, or empty."""

    headers: Mapping[str, str]
    path: Mapping[str, str]
    body: bytes = b""

    @property
    def correlation_id(self) -> str:
        """The caller's `X-Correlation-Id`, if it has the form of one."""
        found = self.headers.get("x-correlation-id", "")
        return found if CORRELATION.fullmatch(found) else ""


@dataclass(frozen=True)
class Answer:
    """What a door says: an HTTP status and a JSON object."""

    status: int
    body: Mapping[str, Any] = field(default_factory=dict)


Door = Callable[[Call], Answer]


class Gate(Protocol):
    """Who may come in, told from the request's headers alone, whose names are in lower case."""

    def opens(self, headers: Mapping[str, str]) -> bool:
        """Tell at once, asking nobody, whether the request may come in; False means that `require` has to say."""
        ...

    def require(self, headers: Mapping[str, str]) -> None:
        """Return when the request may come in; may ask and block. Raises Rejected or Unavailable."""
        ...


# A pool of our own: getting into Starlette's and back costs nearly twice as much (benchmarks/README.md), and the event
# loop's has few threads.
_threads = ThreadPoolExecutor(AT_ONCE, "door")


def route(
    path: str, door: Door, log: Log, limit: int = MAX_BODY, gate: Gate | None = None, deadline: float = BODY_DEADLINE
) -> Route:
    """Return a POST route to a door, which runs in a thread of its own and may therefore block.

    Where there is a gate, not a byte of the body is read before it opens. A body of more than `limit` bytes is answered
    413, and one that is not there after `deadline` seconds 408.
    """

    async def endpoint(scope: Scope, receive: Receive) -> Response:
        loop, headers = asyncio.get_running_loop(), _headers(scope)
        if gate and not gate.opens(headers):
            head = Call(headers, scope["path_params"])
            refusal = await loop.run_in_executor(_threads, _refused, gate, head, log, path)
            if refusal:
                return _last(refusal)
        try:
            body = await _timely_body(headers, receive, limit, deadline)
        except (Rejected, ClientDisconnect) as error:
            return _last(_failed(error, log, path))
        call = Call(headers, scope["path_params"], body)
        return await loop.run_in_executor(_threads, _answered, door, call, log, path)

    return Route(path, _Endpoint(endpoint), methods=["POST"])


@dataclass(frozen=True)
class _Endpoint:
    """A function of a request as Starlette's routes take it without their own layers around each request and answer.

    Those look for handlers of what it raises, and nothing comes out of it that has one.
    """

    answered: Callable[[Scope, Receive], Awaitable[Response]]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        answer = await self.answered(scope, receive)
        await answer(scope, receive, send)


class Doors(Router):
    """Starlette's router, which tries one route after the other, with one look for those whose path is fixed."""

    def __init__(self, routes: Sequence[Route], middleware: Sequence[Middleware] = ()) -> None:
        super().__init__(routes, middleware=middleware)
        self._fixed = {(method, each.path): each for each in routes for method in _methods(each)}

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or take part in the server's lifespan, which has no path."""
        found = self._fixed.get((scope.get("method", ""), scope.get("path", "")))
        if not found:
            return await super().app(scope, receive, send)
        scope["path_params"] = {}
        return await found.app(scope, receive, send)


def _methods(route: Route) -> Set[str]:
    return frozenset() if route.param_convertors else frozenset(route.methods or ())


def require_json(call: Call) -> None:
    """Raise Rejected (415) unless the request says that its body is JSON."""
    kind = call.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Rejected(415, Code.NOT_JSON, "send the body as application/json")


def _refused(gate: Gate, head: Call, log: Log, path: str) -> Response | None:
    """Return the answer to a request that may not come in, None to one that may."""
    log = log.bind(correlation_id=head.correlation_id) if head.correlation_id else log
    try:
        with during(log):
            gate.require(head.headers)
    except Exception as error:  # noqa: BLE001 - the rim, as in _answered
        return _failed(error, log, path)
    return None


def _last(answer: Response) -> Response:
    """Return an answer that ends the connection: what is left of the request's body is not read."""
    answer.headers["Connection"] = "close"
    return answer


class _Json(JSONResponse):
    """Starlette's own, with one encoder for all: each of theirs makes another."""

    def render(self, content: Any) -> bytes:
        """Return the text that is sent."""
        return _encoder.encode(content).encode()


_encoder = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _answered(door: Door, call: Call, log: Log, path: str) -> Response:
    log = log.bind(correlation_id=call.correlation_id) if call.correlation_id else log
    try:
        with during(log):
            answer = door(call)
    except Exception as error:  # noqa: BLE001 - the rim: whatever it is, the sender gets an answer and the log a line
        return _failed(error, log, path)
    return _Json(dict(answer.body), answer.status)


def _failed(error: Exception, log: Log, path: str) -> Response:
    match error:
        case Rejected():
            log.info("rejected", door=path, outcome=error.code, status=error.status)
            headers = REFUSAL_HEADERS.get(error.status)
            return _Json(_error(error.code, error.message), error.status, headers)
        case ClientDisconnect():
            log.info("the sender hung up", door=path, outcome="disconnected")
            return Response(status_code=400)
        case Unavailable():
            log.warning("unavailable", door=path, outcome="unavailable", reason=str(error))
            return _try_again(503, Code.UNAVAILABLE)
        case NotYet():
            log.info("not yet", door=path, outcome="not_yet", reason=str(error))
            return _try_again(409, Code.NOT_YET)
    # An unexpected error's own words may quote a person's data: its class and where it arose are enough.
    log.alarm("error of ours", door=path, outcome="error", error=type(error).__name__, where=_where(error))
    return _Json(_error(Code.INTERNAL, "an error of ours; try again"), 500)


def _try_again(status: int, code: Code) -> Response:
    body = _error(code, "not possible at this moment; try again")
    return _Json(body, status, {"Retry-After": RETRY_AFTER})


def _error(code: Code, message: str) -> dict[str, dict[str, str]]:
    return {"error": {"code": code, "message": message, "sentence": SENTENCES[code]}}


def _where(error: Exception) -> list[str]:
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames[-8:]]


def _headers(scope: Scope) -> Mapping[str, str]:
    """Return the headers, of one that is sent twice the first: looked up often, which Starlette's do by a search."""
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in reversed(scope["headers"])}


async def _timely_body(headers: Mapping[str, str], receive: Receive, limit: int, deadline: float) -> bytes:
    announced = headers.get("content-length", "")
    if announced == "0":  # Cloud Tasks' deliveries: nothing to wait for
        return b""
    if announced.isdecimal() and len(announced) < 16 and int(announced) > limit:
        raise _too_large(limit)
    try:
        async with asyncio.timeout(deadline):
            return await _limited_body(receive, limit)
    except TimeoutError as error:
        raise Rejected(
            408, Code.TOO_SLOW, f"the body was not there after {deadline:g} seconds; send it again"
        ) from error


async def _limited_body(receive: Receive, limit: int) -> bytes:
    """Return the body, which the server hands over in pieces (ASGI, "HTTP & WebSocket Message Format", Request event).

    Starlette's Request yields them from an asynchronous generator, which costs as much as to verify a signature.
    """
    pieces, size, is_whole = list[bytes](), 0, False
    while not is_whole:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        pieces.append(message.get("body", b""))
        size += len(pieces[-1])
        if size > limit:
            raise _too_large(limit)
        is_whole = not message.get("more_body", False)
    return b"".join(pieces)


def _too_large(limit: int) -> Rejected:
    return Rejected(413, Code.TOO_LARGE, f"the body is larger than {limit} bytes")
