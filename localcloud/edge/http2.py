"""HTTP/2 (RFC 9113) on the edge's TLS connections: each stream is one call of the ASGI application."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import unquote

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import (
    DataReceived,
    Event,
    RemoteSettingsChanged,
    RequestReceived,
    StreamEnded,
    StreamReset,
    WindowUpdated,
)
from h2.exceptions import H2Error
from uvicorn.server import ServerState

KEEP_ALIVE = 30.0  # seconds that a connection may have no stream
BOUND_TO_CONNECTION = (b"connection", b"keep-alive", b"proxy-connection", b"transfer-encoding", b"upgrade")  # 8.2.2
DISCONNECT: Mapping[str, Any] = {"type": "http.disconnect"}

log = logging.getLogger(__name__)
Pairs = list[tuple[bytes, bytes]]


class Http2(asyncio.Protocol):
    """One connection. `state` knows it and its calls, as it knows those of HTTP/1.1."""

    def __init__(self, application: Any, state: ServerState, server_name: str) -> None:
        self._application = application
        self._state = state
        self._server_name = server_name
        self._wire = H2Connection(H2Configuration(client_side=False, header_encoding=None))
        self._streams: dict[int, _Stream] = {}
        self._drained = asyncio.Event()
        self._drained.set()
        self._idle: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Say hello."""
        self._transport = cast(asyncio.Transport, transport)  # what a stream socket has
        self._state.connections.add(self)  # type: ignore[arg-type]  # it has what the state needs of one: shutdown
        self._wire.initiate_connection()
        self._flush()
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Take frames; a client that breaks the protocol is told so, and the connection ends (section 5.4.1)."""
        try:
            for event in self._wire.receive_data(data):
                self._on(event)
        except H2Error as error:
            log.debug("a connection broke HTTP/2: %s", error)
            self._flush()
            self._transport.close()
        self._flush()

    def connection_lost(self, _error: Exception | None) -> None:
        """End what is under way."""
        self._state.connections.discard(self)
        self._drained.set()
        for stream in self._streams.values():
            stream.disconnect()
        if self._idle:
            self._idle.cancel()

    def pause_writing(self) -> None:
        """Wait: the client reads more slowly than the origin answers."""
        self._drained.clear()

    def resume_writing(self) -> None:
        """Go on."""
        self._drained.set()

    def shutdown(self) -> None:
        """Take no further streams and close."""
        self._wire.close_connection()
        self._flush()
        self._transport.close()

    def _on(self, event: Event) -> None:
        if isinstance(event, RequestReceived):
            self._open(event)
        elif isinstance(event, WindowUpdated | RemoteSettingsChanged):
            for stream in self._streams.values():
                stream.window.set()
        elif isinstance(event, DataReceived | StreamEnded | StreamReset):
            self._feed(event)

    def _open(self, event: RequestReceived) -> None:
        number = int(event.stream_id or 0)
        headers = [(bytes(name), bytes(value)) for name, value in event.headers or ()]
        scope = _scope(headers, event.stream_ended is not None, self._transport, self._server_name)
        stream = self._streams[number] = _Stream(self, number, scope["method"])
        if self._idle:
            self._idle.cancel()
        task = asyncio.get_running_loop().create_task(self._call(scope, stream))
        self._state.tasks.add(task)
        task.add_done_callback(self._state.tasks.discard)

    def _feed(self, event: DataReceived | StreamEnded | StreamReset) -> None:
        stream = self._streams.get(int(event.stream_id or 0))
        if isinstance(event, DataReceived) and stream:
            stream.received(bytes(event.data or b""), int(event.flow_controlled_length or 0), more=True)
        elif isinstance(event, DataReceived):  # nobody reads it, but the connection's window must not stay smaller
            self.taken(int(event.stream_id or 0), int(event.flow_controlled_length or 0))
        elif isinstance(event, StreamEnded) and stream:
            stream.received(b"", 0, more=False)
        elif stream:
            stream.disconnect()

    async def _call(self, scope: dict[str, Any], stream: _Stream) -> None:
        try:
            await self._application(scope, stream.receive, stream.send)
        finally:
            if not stream.ended:
                self.reset(stream.number)
            self._streams.pop(stream.number, None)
            self.taken(stream.number, stream.unread())
            if not self._streams:
                self._wait()

    def _wait(self) -> None:
        self._idle = asyncio.get_running_loop().call_later(KEEP_ALIVE, self.shutdown)

    # What streams ask of their connection; one that is closed by now takes nothing more.

    def open(self, number: int) -> bool:
        """Return whether the client still listens to a stream."""
        return (
            not self._transport.is_closing() and number in self._wire.streams and not self._wire.streams[number].closed
        )

    def head(self, number: int, headers: Pairs, end: bool) -> None:
        """Send a response's head."""
        if self.open(number):
            self._wire.send_headers(number, headers, end_stream=end)
            self._flush()

    async def data(self, stream: _Stream, data: bytes, end: bool) -> None:
        """Send a response's bytes as fast as the client takes them (section 5.2)."""
        while data and self.open(stream.number):
            await self._drained.wait()
            room = min(self._wire.local_flow_control_window(stream.number), self._wire.max_outbound_frame_size)
            if room <= 0:
                stream.window.clear()
                await stream.window.wait()
                continue
            self._wire.send_data(stream.number, data[:room])
            data = data[room:]
            self._flush()
        if end and self.open(stream.number):
            self._wire.end_stream(stream.number)
            self._flush()

    def taken(self, number: int, size: int) -> None:
        """Let the client send as much again as was taken of its body."""
        if size and not self._transport.is_closing():
            self._wire.acknowledge_received_data(size, number)
            self._flush()

    def reset(self, number: int) -> None:
        """Show the client that something is missing."""
        if self.open(number):
            self._wire.reset_stream(number, ErrorCodes.INTERNAL_ERROR)
            self._flush()

    def _flush(self) -> None:
        if not self._transport.is_closing():
            self._transport.write(self._wire.data_to_send())


class _Stream:
    """One request and its answer."""

    def __init__(self, connection: Http2, number: int, method: str) -> None:
        self.number = number
        self.window = asyncio.Event()
        self.ended = False
        self._connection = connection
        self._bodiless = method == "HEAD"
        self._inbox: asyncio.Queue[tuple[Mapping[str, Any], int]] = asyncio.Queue()

    def received(self, data: bytes, size: int, *, more: bool) -> None:
        """Keep a part of the request's body until it is asked for."""
        self._inbox.put_nowait(({"type": "http.request", "body": data, "more_body": more}, size))

    def disconnect(self) -> None:
        """Tell that nobody waits for the answer any more."""
        self.window.set()
        self._inbox.put_nowait((DISCONNECT, 0))

    def unread(self) -> int:
        """Return how much of the request nobody has asked for (bytes, as the window counts them)."""
        return sum(self._inbox.get_nowait()[1] for _ in range(self._inbox.qsize()))

    async def receive(self) -> Mapping[str, Any]:
        """Return the next part of the request."""
        message, size = await self._inbox.get()
        self._connection.taken(self.number, size)
        return message

    async def send(self, message: Mapping[str, Any]) -> None:
        """Send a part of the answer."""
        if message["type"] == "http.response.start":
            status = (b":status", str(message["status"]).encode())
            kept = [pair for pair in message["headers"] if pair[0] not in BOUND_TO_CONNECTION]
            self._connection.head(self.number, [status, *kept], self._bodiless)
            return
        end = not message.get("more_body")
        if not self._bodiless:
            await self._connection.data(self, message.get("body", b""), end)
        self.ended = self.ended or end


def _scope(headers: Pairs, ended: bool, transport: asyncio.Transport, server_name: str) -> dict[str, Any]:
    pseudo = {name: value for name, value in headers if name.startswith(b":")}
    path, _, query = pseudo.get(b":path", b"/").partition(b"?")
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "2",
        "method": pseudo.get(b":method", b"GET").decode("latin-1"),
        "scheme": "https",
        "path": unquote(path.decode("latin-1")),
        "raw_path": path,
        "query_string": query,
        "root_path": "",
        "headers": _plain(headers, pseudo, ended),
        "client": transport.get_extra_info("peername")[:2],
        "server": transport.get_extra_info("sockname")[:2],
        "state": {"server_name": server_name},
    }


def _plain(headers: Pairs, pseudo: Mapping[bytes, bytes], ended: bool) -> Pairs:
    """Return the headers as HTTP/1.1 has them: with Host, one Cookie (section 8.2.3), and a mark where a body comes."""
    cookies = [value for name, value in headers if name == b"cookie"]
    kept = [pair for pair in headers if not pair[0].startswith(b":") and pair[0] not in (b"cookie", b"host")]
    host = pseudo.get(b":authority") or next((value for name, value in headers if name == b"host"), b"")
    sized = ended or any(name == b"content-length" for name, _ in kept)
    return [
        (b"host", host),
        *kept,
        *([(b"cookie", b"; ".join(cookies))] if cookies else []),
        *([] if sized else [(b"transfer-encoding", b"chunked")]),
    ]
