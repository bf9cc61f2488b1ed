"""The Firestore server: the service on two loopback ports, one open and one that asks who calls."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NoReturn

import grpc
from grpc import aio

from localcloud import iam
from localcloud.base import ports
from localcloud.base.world import World
from localcloud.faults import Faults
from localcloud.faults.grpc import Faulty, Struck
from localcloud.firestore import access, messages, paths
from localcloud.firestore.access import Access
from localcloud.firestore.errors import invalid
from localcloud.firestore.service import NAME, Firestore, Method
from localcloud.rpc import Refused

MAX_MESSAGE = 64 * 1024 * 1024  # bytes; larger than what a commit may have, so that it is refused in Firestore's words
GRACE = 1.0  # seconds that calls get to finish when the server ends
OPTIONS = (
    ("grpc.so_reuseport", 0),
    ("grpc.max_receive_message_length", MAX_MESSAGE),
    ("grpc.max_send_message_length", MAX_MESSAGE),
)
log = logging.getLogger(__name__)


@asynccontextmanager
async def serve(home: Path, clock: Callable[[], float] = time.time) -> AsyncIterator[None]:
    """Serve the Firestore of the world in `home` on its ports; `clock` (seconds) judges the age of tokens.

    Raises OSError when a port is taken.
    """
    world, numbers = World(home / "world.db"), ports.load(home)
    faulty = Faulty(Faults(world), "firestore")
    firestore = Firestore(world)
    servers = [
        _server(firestore, Access(home, world, clock, asks=asks), faulty, numbers[name])
        for name, asks in (("firestore", False), ("firestore_api", True))
    ]
    try:
        for server in servers:
            await server.start()
        log.info("listening on %s and %s", numbers.address("firestore"), numbers.address("firestore_api"))
        yield
    finally:
        firestore.close()
        for server in servers:
            await server.stop(GRACE)
        world.close()


def _server(firestore: Firestore, door: Access, faulty: Faulty, port: int) -> aio.Server:
    server = aio.server(options=OPTIONS)
    server.add_generic_rpc_handlers([_Handlers(firestore, door, faulty)])
    try:
        server.add_insecure_port(f"{ports.LOOPBACK}:{port}")
    except RuntimeError as error:
        raise OSError(f"cannot listen on {ports.LOOPBACK}:{port}; is another process using it?") from error
    return server


class _Handlers(grpc.GenericRpcHandler):  # type: ignore[type-arg]  # generic in the stubs only
    """Finds the handler of a call; what the table does not name is refused with a sentence."""

    def __init__(self, firestore: Firestore, door: Access, faulty: Faulty) -> None:
        self._handlers = {f"/{NAME}/{method.name}": _handler(method, door, faulty) for method in firestore.methods()}
        self._handlers[f"/{NAME}/Listen"] = _listen_handler(firestore, door)

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler[Any, Any]:
        path = str(details.method)
        return self._handlers.get(path) or grpc.stream_stream_rpc_method_handler(_unimplemented(path))


def _handler(method: Method, door: Access, faulty: Faulty) -> grpc.RpcMethodHandler[Any, Any]:
    async def answer(request: Any, context: aio.ServicerContext[Any, Any]) -> Any:
        try:
            caller = door.admit(_metadata(context), method.database(request), method.needs(request))
            fault = await faulty.meet_async(lambda: f"{caller.name}\n{method.name}\n{request}")
            await faulty.before_async(fault)
            response = await method.answer(request, caller.guard)
            await faulty.after_async(fault)
        except (Refused, Struck, iam.DeniedError) as refusal:
            await _abort(context, refusal)
        return response

    async def stream(request: Any, context: aio.ServicerContext[Any, Any]) -> AsyncIterator[Any]:
        for response in await answer(request, context):
            yield response

    make = grpc.unary_stream_rpc_method_handler if method.streams else grpc.unary_unary_rpc_method_handler
    return make(stream if method.streams else answer, method.request.FromString, _bytes)


def _listen_handler(firestore: Firestore, door: Access) -> grpc.RpcMethodHandler[Any, Any]:
    async def listen(requests: AsyncIterator[Any], context: aio.ServicerContext[Any, Any]) -> AsyncIterator[Any]:
        try:
            first = await anext(requests, None)
            if first is None:
                raise invalid("A Listen stream has to begin with a request.")
            database = paths.database(first.database)
            caller = door.admit(_metadata(context), database, (access.GET, access.LIST))
            async for response in firestore.listen(_chain(first, requests), database, caller.guard):
                yield response
        except (Refused, iam.DeniedError) as refusal:
            await _abort(context, refusal)

    return grpc.stream_stream_rpc_method_handler(listen, messages.ListenRequest.FromString, _bytes)


async def _chain(first: Any, rest: AsyncIterator[Any]) -> AsyncIterator[Any]:
    yield first
    async for item in rest:
        yield item


def _unimplemented(path: str) -> Callable[[Any, aio.ServicerContext[Any, Any]], Awaitable[None]]:
    async def refuse(_requests: Any, context: aio.ServicerContext[Any, Any]) -> None:
        message = f"The rehearsal's Firestore does not do {path.strip('/')}; the real one does."
        await context.abort(grpc.StatusCode.UNIMPLEMENTED, message)

    return refuse


async def _abort(context: aio.ServicerContext[Any, Any], refusal: Refused | Struck | iam.DeniedError) -> NoReturn:
    if isinstance(refusal, iam.DeniedError):
        await context.abort(grpc.StatusCode.PERMISSION_DENIED, f"Missing or insufficient permissions. {refusal}")
    await context.abort(refusal.code, str(refusal))


def _metadata(context: aio.ServicerContext[Any, Any]) -> dict[str, Any]:
    return dict(context.invocation_metadata() or ())


def _bytes(message: Any) -> bytes:
    content: bytes = message.SerializeToString()
    return content
