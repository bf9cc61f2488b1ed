"""Calls of Google's APIs without what their client libraries have around each: half of a small call's processor time.

The libraries (google-api-core 2.44.0, proto-plus 1.29.0) wrap messages, look for a logger, a retry and a deadline at
each call, and have gRPC ask them for the access token, for which grpcio (1.85.1) starts a thread each time. Here
protobuf's own messages go over the same connection, and the token is a header.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import grpc
from google.api_core.exceptions import from_grpc_error
from grpc.experimental import ChannelOptions


class TokenHeader(grpc.UnaryUnaryClientInterceptor, grpc.UnaryStreamClientInterceptor):  # type: ignore[type-arg] # no generics at run time
    """Adds the headers that `headers` returns at that moment to each call that sends one message."""

    def __init__(self, headers: Callable[[], Mapping[str, str]]) -> None:
        self._headers = headers

    def intercept_unary_unary(self, continuation: Callable[..., Any], details: Any, request: Any) -> Any:
        """See grpc.UnaryUnaryClientInterceptor."""
        return continuation(self._with_headers(details), request)

    def intercept_unary_stream(self, continuation: Callable[..., Any], details: Any, request: Any) -> Any:
        """See grpc.UnaryStreamClientInterceptor."""
        return continuation(self._with_headers(details), request)

    def _with_headers(self, details: Any) -> Any:
        named = [(name.lower(), value) for name, value in self._headers().items()]  # gRPC wants names in lower case
        return details._replace(metadata=[*(details.metadata or ()), *named])


def channel(host: str, headers: Callable[[], Mapping[str, str]]) -> grpc.Channel:
    """Return a channel to one of Google's APIs, with the settings that its client libraries give theirs."""
    options = [
        ("grpc.keepalive_time_ms", 30_000),
        ("grpc.max_send_message_length", -1),
        ("grpc.max_receive_message_length", -1),
        # A stream is read by the thread that asked: grpcio starts another one else, which doubles what one costs.
        (ChannelOptions.SingleThreadedUnaryStream, 1),
    ]
    secure = grpc.secure_channel(f"{host}:443", grpc.ssl_channel_credentials(), options)
    return grpc.intercept_channel(secure, TokenHeader(headers))


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
    make = channel.unary_stream if streams else channel.unary_unary
    stub = make(f"/{method}", type(request).SerializeToString, answered.FromString)
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
