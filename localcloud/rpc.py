"""gRPC as the official clients speak it, served without generated code: tables of methods over plain protobuf classes.

A stand-in listens twice: on an open port, where everyone is the project's owner (the emulators' convention), and on an
`_api` port, where a bearer token says who calls. Methods get the caller as an argument and refuse by raising.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, NoReturn

import grpc
from google.protobuf.message import Message

from localcloud import iam
from localcloud.base import tokens
from localcloud.base.ports import LOOPBACK
from localcloud.faults.grpc import Faulty, Struck

OPTIONS = (
    ("grpc.so_reuseport", 0),  # a port that is taken is an error, not a share
    ("grpc.max_receive_message_length", 16 * 1024 * 1024),
    ("grpc.max_send_message_length", 16 * 1024 * 1024),
)


class Refused(Exception):  # noqa: N818 - reads as what happened to the request
    """The call ends with gRPC status `code` and `message`, worded as the real service words it."""

    def __init__(self, code: grpc.StatusCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Kind(Enum):
    """How many messages travel each way."""

    UNARY = (False, False)
    SERVER_STREAM = (False, True)
    BIDI_STREAM = (True, True)


@dataclass(frozen=True)
class Call:
    """Who calls: an IAM member, or iam.OWNER on an open port; and gRPC's context, for streams that watch its end."""

    member: str
    context: grpc.ServicerContext


@dataclass(frozen=True)
class Method:
    """One method of a service. `answer(request, call)` returns the response, or yields them when it streams.

    `request` and `response` are plain protobuf classes: `X.pb()` of the clients' wrapper types.
    """

    name: str
    request: type[Message]
    response: type[Message]
    answer: Callable[[Any, Call], Any]
    kind: Kind = Kind.UNARY


@dataclass(frozen=True)
class Service:
    """A gRPC service by its full name; what it does not list is answered with UNIMPLEMENTED and a sentence."""

    name: str
    methods: Sequence[Method]


Authenticate = Callable[[grpc.ServicerContext], str]


def no_authentication(_context: grpc.ServicerContext) -> str:
    """Let everyone in as the project's owner."""
    return iam.OWNER


def token_authentication(home: Path, clock: Callable[[], float] = time.time) -> Authenticate:
    """Return a door that asks for an access token of this cloud and says whose it is; refuses with UNAUTHENTICATED."""

    def member(context: grpc.ServicerContext) -> str:
        given = dict(context.invocation_metadata()).get("authorization", "")
        scheme, _, bearer = str(given).partition(" ")
        try:
            return tokens.caller(home, bearer if scheme.lower() == "bearer" else "", clock())
        except tokens.InvalidTokenError as error:
            raise Refused(
                grpc.StatusCode.UNAUTHENTICATED,
                "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other "
                f"valid authentication credential: {error}",
            ) from error

    return member


def listen(
    port: int, services: Iterable[Service], door: Authenticate, threads: int = 16, faulty: Faulty | None = None
) -> grpc.Server:
    """Start a server on the loopback port; every open stream holds one of its `threads`. Raises OSError when it cannot.

    `faulty` holds the faults that may befall its calls. Stop it with `.stop(grace)`.
    """
    server = grpc.server(ThreadPoolExecutor(threads, thread_name_prefix=f"rpc-{port}"), options=OPTIONS)
    server.add_generic_rpc_handlers([_Handler(service, door, faulty) for service in services])
    try:
        server.add_insecure_port(f"{LOOPBACK}:{port}")
    except RuntimeError as error:
        raise OSError(f"cannot listen on {LOOPBACK}:{port}; is another process using it?") from error
    server.start()
    return server


class _Handler(grpc.GenericRpcHandler):  # type: ignore[type-arg]  # generic in the stubs only
    def __init__(self, service: Service, door: Authenticate, faulty: Faulty | None) -> None:
        self._prefix = f"/{service.name}/"
        self._handlers = {self._prefix + method.name: _handler(method, door, faulty) for method in service.methods}

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler[Any, Any] | None:
        path = str(details.method)
        if not path.startswith(self._prefix):
            return None
        return self._handlers.get(path) or grpc.unary_unary_rpc_method_handler(_unimplemented(path))


def _unimplemented(path: str) -> Callable[[bytes, grpc.ServicerContext], NoReturn]:
    def refuse(_request: bytes, context: grpc.ServicerContext) -> NoReturn:
        context.abort(grpc.StatusCode.UNIMPLEMENTED, f"The rehearsal does not do {path.strip('/')}; the real one does.")

    return refuse


def _handler(method: Method, door: Authenticate, faulty: Faulty | None) -> grpc.RpcMethodHandler[Any, Any]:
    def one(request: Any, context: grpc.ServicerContext) -> Any:
        try:
            call = Call(door(context), context)
            return _played(method, request, call, faulty) if faulty else method.answer(request, call)
        except (Refused, Struck, iam.DeniedError) as refusal:
            _abort(context, refusal)

    def many(request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        try:
            yield from method.answer(request, Call(door(context), context))
        except (Refused, iam.DeniedError) as refusal:
            _abort(context, refusal)

    make: Callable[..., grpc.RpcMethodHandler[Any, Any]] = {
        Kind.UNARY: grpc.unary_unary_rpc_method_handler,
        Kind.SERVER_STREAM: grpc.unary_stream_rpc_method_handler,
        Kind.BIDI_STREAM: grpc.stream_stream_rpc_method_handler,
    }[method.kind]
    behaviour = one if method.kind is Kind.UNARY else many
    return make(behaviour, method.request.FromString, lambda message: message.SerializeToString())


def _played(method: Method, request: Any, call: Call, faulty: Faulty) -> Any:
    fault = faulty.meet(lambda: f"{call.member}\n{method.name}\n{request}")
    faulty.before(fault)
    answer = method.answer(request, call)
    faulty.after(fault, call.context.is_active)
    return answer


def _abort(context: grpc.ServicerContext, refusal: Refused | Struck | iam.DeniedError) -> NoReturn:
    code = grpc.StatusCode.PERMISSION_DENIED if isinstance(refusal, iam.DeniedError) else refusal.code
    context.abort(code, str(refusal))
