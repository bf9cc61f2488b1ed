"""The Firestore server: the service on two loopback ports, one open (gRPC and HTTP) and one that asks who calls."""

from __future__ import annotations

import asyncio
import logging
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, NoReturn

import grpc
from grpc import aio

from localcloud import iam
from localcloud.base import ports
from localcloud.base.world import World
from localcloud.faults import Faults
from localcloud.faults.grpc import Faulty, Struck
from localcloud.firestore import checkpoints, messages
from localcloud.firestore.access import Access
from localcloud.firestore.calls import Calls
from localcloud.firestore.emulator import routes
from localcloud.firestore.emulator.front import fronting
from localcloud.firestore.emulator.http import connections
from localcloud.firestore.rulebook import Rulebook
from localcloud.firestore.service import NAME, Firestore, Method
from localcloud.firestore.times import wall_clock
from localcloud.rpc import Refused

MAX_MESSAGE = 64 * 1024 * 1024  # bytes; larger than what a commit may have, so that it is refused in Firestore's words
SWEEP = 60.0  # seconds between two looks for documents that have expired
GRACE = 1.0  # seconds that calls get to finish when the server ends
OPTIONS = (
    ("grpc.so_reuseport", 0),
    ("grpc.max_receive_message_length", MAX_MESSAGE),
    ("grpc.max_send_message_length", MAX_MESSAGE),
)
log = logging.getLogger(__name__)


@asynccontextmanager
async def serve(
    home: Path, clock: Callable[[], float] = time.time, *, asks_for_indexes: bool = True
) -> AsyncIterator[None]:
    """Serve the Firestore of the world in `home` on its ports; `clock` (seconds) judges the age of tokens.

    Without `asks_for_indexes` it answers queries that production would refuse for want of a composite index.

    Raises OSError when a port is taken.
    """
    world, numbers = World(home / "world.db"), ports.load(home)
    faulty = Faulty(Faults(world), "firestore")
    firestore = Firestore(world, asks_for_indexes=asks_for_indexes)
    async with AsyncExitStack() as stack:
        stack.callback(world.close)
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="fs-"))  # a socket's path has to be short
        rulebook = Rulebook(world)
        open_door = Access(home, world, clock, rulebook, asks=False)
        open_calls = Calls(firestore, open_door, faulty)
        asking = Calls(firestore, Access(home, world, clock, Rulebook(world), asks=True), faulty)
        application = routes.application(firestore, open_calls, rulebook, open_door)
        http = await stack.enter_async_context(connections(application))
        front = await stack.enter_async_context(fronting(numbers["firestore"], f"{folder}/grpc", http))
        servers = [
            _server(firestore, open_calls, f"unix:{folder}/grpc"),
            _server(firestore, asking, numbers.address("firestore_api")),
        ]
        stack.push_async_callback(_end, firestore, servers)
        for server in servers:
            await server.start()
        await front.start_serving()
        for work in (_expire(firestore), checkpoints.keep(world)):
            stack.callback(asyncio.create_task(work).cancel)
        log.info("listening on %s and %s", numbers.address("firestore"), numbers.address("firestore_api"))
        yield


async def _expire(firestore: Firestore) -> None:
    while True:
        await asyncio.sleep(SWEEP)
        try:
            await firestore.expire(wall_clock())
        except Exception:  # the next round may go well
            log.exception("documents could not be looked through for those that have expired")


async def _end(firestore: Firestore, servers: list[aio.Server]) -> None:
    firestore.close()
    for server in servers:
        await server.stop(GRACE)


def _server(firestore: Firestore, calls: Calls, address: str) -> aio.Server:
    server = aio.server(options=OPTIONS)
    server.add_generic_rpc_handlers([_Handlers(firestore, calls)])
    try:
        server.add_insecure_port(address)
    except RuntimeError as error:
        raise OSError(f"cannot listen on {address}; is another process using it?") from error
    return server


class _Handlers(grpc.GenericRpcHandler):  # type: ignore[type-arg]  # generic in the stubs only
    """Finds the handler of a call; what the table does not name is refused with a sentence."""

    def __init__(self, firestore: Firestore, calls: Calls) -> None:
        self._handlers = {f"/{NAME}/{method.name}": _handler(method, calls) for method in firestore.methods()}
        self._handlers[f"/{NAME}/Listen"] = _stream_handler(calls.listen, messages.ListenRequest)
        self._handlers[f"/{NAME}/Write"] = _stream_handler(calls.write, messages.WriteRequest)

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler[Any, Any]:
        path = str(details.method)
        return self._handlers.get(path) or grpc.stream_stream_rpc_method_handler(_unimplemented(path))


def _handler(method: Method, calls: Calls) -> grpc.RpcMethodHandler[Any, Any]:
    async def answer(request: Any, context: aio.ServicerContext[Any, Any]) -> Any:
        try:
            return await calls.answer(method, request, _metadata(context))
        except (Refused, Struck, iam.DeniedError) as refusal:
            await _abort(context, refusal)

    async def stream(request: Any, context: aio.ServicerContext[Any, Any]) -> AsyncIterator[Any]:
        for response in await answer(request, context):
            yield response

    make = grpc.unary_stream_rpc_method_handler if method.streams else grpc.unary_unary_rpc_method_handler
    return make(stream if method.streams else answer, method.request.FromString, _bytes)


def _stream_handler(
    answers: Callable[[AsyncIterator[Any], dict[str, Any]], AsyncIterator[Any]], kind: Any
) -> grpc.RpcMethodHandler[Any, Any]:
    async def stream(requests: AsyncIterator[Any], context: aio.ServicerContext[Any, Any]) -> AsyncIterator[Any]:
        try:
            async for response in answers(requests, _metadata(context)):
                yield response
        except (Refused, Struck, iam.DeniedError) as refusal:
            await _abort(context, refusal)

    return grpc.stream_stream_rpc_method_handler(stream, kind.FromString, _bytes)


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
