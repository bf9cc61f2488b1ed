"""Calls of Google's APIs without what their client libraries have around each: half of a small call's processor time.

The libraries (google-api-core 2.44.0, proto-plus 1.29.0) wrap messages, look for a logger, a retry and a deadline at
each call, and have gRPC ask them for the access token, for which grpcio (1.85.1) starts a thread each time. Here
protobuf's own messages go over the same connection, and the token is a header.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, Self

import grpc
from google.api_core.exceptions import from_grpc_error
from grpc.experimental import ChannelOptions


class _TokenHeader(grpc.UnaryUnaryClientInterceptor, grpc.UnaryStreamClientInterceptor):  # type: ignore[type-arg] # no generics at run time
    """Adds what a channel's calls carry to each that a client library makes and that sends one message."""

    def __init__(self, carried: Callable[[], list[tuple[str, str]]]) -> None:
        self._carried = carried

    def intercept_unary_unary(self, continuation: Callable[..., Any], details: Any, request: Any) -> Any:
        """See grpc.UnaryUnaryClientInterceptor."""
        return continuation(self._with_headers(details), request)

    def intercept_unary_stream(self, continuation: Callable[..., Any], details: Any, request: Any) -> Any:
        """See grpc.UnaryStreamClientInterceptor."""
        return continuation(self._with_headers(details), request)

    def _with_headers(self, details: Any) -> Any:
        return details._replace(metadata=[*(details.metadata or ()), *self._carried()])


class TokenChannel(grpc.Channel):
    """A channel whose calls carry the headers that `headers` returns at that moment, also those of client libraries."""

    def __init__(self, plain: grpc.Channel, headers: Callable[[], Mapping[str, str]]) -> None:
        self._plain, self._headers = plain, headers
        self._for_libraries = grpc.intercept_channel(plain, _TokenHeader(self.carried))
        self._stubs: dict[str, Any] = {}

    def carried(self) -> list[tuple[str, str]]:
        """Return the headers of this moment as gRPC has them, whose names are in lower case."""
        return [(name.lower(), value) for name, value in self._headers().items()]

    def stub(self, method: str, request: Any, answered: Any, *, streams: bool) -> Any:
        """Return what calls a method, made once, without an interceptor: its calls have to be given `carried`."""
        if method not in self._stubs:
            self._stubs[method] = _stub(self._plain, method, request, answered, streams=streams)
        return self._stubs[method]

    def unary_unary(self, *method: Any, **more: Any) -> Any:
        """See grpc.Channel."""
        return self._for_libraries.unary_unary(*method, **more)

    def unary_stream(self, *method: Any, **more: Any) -> Any:
        """See grpc.Channel."""
        return self._for_libraries.unary_stream(*method, **more)

    def stream_unary(self, *method: Any, **more: Any) -> Any:
        """See grpc.Channel."""
        return self._for_libraries.stream_unary(*method, **more)

    def stream_stream(self, *method: Any, **more: Any) -> Any:
        """See grpc.Channel."""
        return self._for_libraries.stream_stream(*method, **more)

    def subscribe(self, callback: Any, try_to_connect: bool = False) -> None:
        """See grpc.Channel."""
        self._plain.subscribe(callback, try_to_connect)

    def unsubscribe(self, callback: Any) -> None:
        """See grpc.Channel."""
        self._plain.unsubscribe(callback)

    def close(self) -> None:
        """See grpc.Channel."""
        self._plain.close()

    def __enter__(self) -> Self:
        """See grpc.Channel."""
        return self

    def __exit__(self, *_: object) -> None:
        """See grpc.Channel."""
        self.close()


def channel(host: str, headers: Callable[[], Mapping[str, str]]) -> grpc.Channel:
    """Return a channel to one of Google's APIs, with the settings that its client libraries give theirs."""
    options = [
        ("grpc.keepalive_time_ms", 30_000),
        ("grpc.max_send_message_length", -1),
        ("grpc.max_receive_message_length", -1),
        # A stream is read by the thread that asked: grpcio starts another one else, which doubles what one costs.
        (ChannelOptions.SingleThreadedUnaryStream, 1),
    ]
    return TokenChannel(grpc.secure_channel(f"{host}:443", grpc.ssl_channel_credentials(), options), headers)


def call(
    channel: grpc.Channel,
    method: str,
    request: Any,
    answered: Any,
    seconds: float,
    metadata: tuple[tuple[str, str], ...],
    *,
    repeats: bool = False,
    streams: bool = False,
) -> Any:
    """Send one message to `method` (`package.Service/Method`) and return the answer, a message of the class `answered`.

    Of a method that `streams` it is the list of all its messages.

    `metadata` has to name what Google routes the call by (https://google.aip.dev/client-libraries/4222). A call that
    `repeats` is made once more when it is UNAVAILABLE: that a connection broke while nobody used it is found out by the
    next call, and the one after that makes a new one. Raises the libraries' GoogleAPIError, and what the channel's
    headers raise.
    """
    if isinstance(channel, TokenChannel):
        stub = channel.stub(method, type(request), answered, streams=streams)
        metadata = (*metadata, *channel.carried())
    else:
        stub = _stub(channel, method, type(request), answered, streams=streams)
    end = time.monotonic() + seconds

    def ask(left: float) -> Any:
        answer = stub(request, timeout=left, metadata=metadata)
        return list(answer) if streams else answer

    try:
        try:
            return ask(seconds)
        except grpc.RpcError as error:
            left = end - time.monotonic()
            if not repeats or error.code() is not grpc.StatusCode.UNAVAILABLE or left <= 0:
                raise
        return ask(left)
    except grpc.RpcError as error:
        raise from_grpc_error(error) from error


def _stub(channel: grpc.Channel, method: str, request: Any, answered: Any, *, streams: bool) -> Any:
    make = channel.unary_stream if streams else channel.unary_unary
    return make(f"/{method}", request.SerializeToString, answered.FromString)
