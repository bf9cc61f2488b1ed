"""One port for two protocols: a connection that begins as HTTP/2 goes to the gRPC server, any other is HTTP/1.1.

Clients of an emulator are told one address, and speak gRPC (HTTP/2 with prior knowledge: RFC 9113, 3.3) and plain
HTTP to it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import cast

from localcloud.base.ports import LOOPBACK

PREFACE = b"PRI * HTTP/2.0"
"""What a client that speaks HTTP/2 sends first."""

Connect = Callable[[asyncio.Protocol], asyncio.Future[object]]
Make = Callable[[], asyncio.Protocol]


@asynccontextmanager
async def fronting(port: int, grpc_socket: str, http: Make) -> AsyncIterator[asyncio.Server]:
    """Take a loopback port while the block runs, which starts to serve; raises OSError when the port is taken.

    `grpc_socket` is the path of the Unix socket where gRPC is served, `http` makes the protocol of an HTTP/1.1
    connection.
    """
    loop = asyncio.get_running_loop()
    open_ones: set[_Front] = set()
    try:
        server = await loop.create_server(
            lambda: _Front(grpc_socket, http, open_ones), LOOPBACK, port, start_serving=False
        )
    except OSError as error:
        raise OSError(f"cannot listen on {LOOPBACK}:{port}; is another process using it?") from error
    try:
        yield server
    finally:
        server.close()
        for connection in list(open_ones):
            connection.close()


class _Relay(asyncio.Protocol):
    """Half of a pipe: what comes in goes to `other`, which is read more slowly when it cannot take as much."""

    other: asyncio.Transport | None = None
    transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if self.other:
            self.other.write(data)

    def eof_received(self) -> bool:
        return False  # neither side of gRPC half-closes its connection

    def pause_writing(self) -> None:
        if self.other and not self.other.is_closing():
            self.other.pause_reading()

    def resume_writing(self) -> None:
        if self.other and not self.other.is_closing():
            self.other.resume_reading()

    def connection_lost(self, _error: Exception | None) -> None:
        if self.other:
            self.other.close()


class _Front(_Relay):
    """A client's connection, until its first bytes say what it speaks; after that, its half of a pipe if it is gRPC."""

    def __init__(self, grpc_socket: str, http: Make, open_ones: set[_Front]) -> None:
        self._grpc_socket = grpc_socket
        self._http = http
        self._open = open_ones
        self._begun = b""
        self._decided = False
        self._connecting: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._open.add(self)

    def data_received(self, data: bytes) -> None:
        if self.other:
            self.other.write(data)
            return
        self._begun += data
        if not self._decided and not PREFACE.startswith(self._begun[: len(PREFACE)]):
            self._to_http()
        elif not self._decided and len(self._begun) >= len(PREFACE):
            self._decided = True
            self._connecting = asyncio.create_task(self._connect())

    def connection_lost(self, error: Exception | None) -> None:
        self._open.discard(self)
        super().connection_lost(error)

    def close(self) -> None:
        """Let go of the client."""
        if self._connecting:
            self._connecting.cancel()
        if self.transport:
            self.transport.close()

    def _to_http(self) -> None:
        transport = self.transport
        if transport is None:
            raise RuntimeError("data came before the connection")
        self._open.discard(self)
        protocol = self._http()
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        protocol.data_received(self._begun)

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        relay = _Relay()
        relay.other = self.transport
        try:
            other, _ = await loop.create_unix_connection(lambda: relay, self._grpc_socket)
        except OSError:
            self.close()
            return
        self.other = other
        other.write(self._begun)
        self._begun = b""
        if self.transport is None or self.transport.is_closing():
            other.close()
