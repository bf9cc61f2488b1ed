"""Connections for urllib3 whose requests are one write, and whose answers httptools reads, in C, as uvicorn has it.

urllib3 keeps making the connections, by way of proxies too, verifying whom they lead to, keeping them for all threads
and telling time-outs and failures apart. What goes is the standard library's http.client below it, which writes a
request's head and body one after the other, and reads an answer's head by the parser for e-mail: half of what a call of
a vendor costs (benchmarks/README.md).

It is code of ours because each library that was measured took two to five times as long for a call: urllib3 0.22 ms,
httpcore 0.24, httpx 0.41, requests 0.53, and this 0.09 to 0.13. pycurl takes as little as this (0.10 ms), but brings a
TLS library of its own past the image's, and names failures, proxies and certificates in its own way. So what can go
wrong between two machines stays urllib3's, and only the writing and the reading of one message is ours.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from http.client import BadStatusLine, IncompleteRead, RemoteDisconnected
from io import BytesIO
from typing import Any

import httptools
import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

MOST = 65_536  # bytes of an answer that are read at once


class _Parsed:
    """An answer as it comes in; what is called is called by the parser."""

    def __init__(self) -> None:
        self.parser = httptools.HttpResponseParser(self)
        self.headers: list[tuple[str, str]] = []
        self.body = bytearray()
        self.has_head = self.is_whole = self.may_stay = False

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.decode("latin-1"), value.decode("latin-1")))

    def on_headers_complete(self) -> None:
        self.has_head = True

    def on_body(self, part: bytes) -> None:
        self.body += part

    def on_message_complete(self) -> None:
        self.is_whole = self.parser.get_status_code() >= 200
        self.may_stay = self.parser.should_keep_alive()
        if not self.is_whole:  # an interim answer (RFC 9110, section 15.2), which the real one follows
            self.headers, self.has_head = [], False

    def ended(self) -> None:
        """Take the end of the connection for that of an answer that names no other (RFC 9112, section 6.3)."""
        named = {name.lower() for name, _ in self.headers}
        if not self.has_head:
            raise RemoteDisconnected("the connection was closed without an answer")
        if named & {"content-length", "transfer-encoding"}:
            raise IncompleteRead(bytes(self.body))
        self.is_whole, self.may_stay = True, False


class _Lean:
    """What takes the place of http.client in a connection. Headers have to name the host."""

    sock: socket.socket | None
    timeout: float | None

    def request(
        self, method: str, url: str, body: str | bytes | None = None, headers: Mapping[str, str] | None = None, **_: Any
    ) -> None:
        """Send a request; raises ValueError for a header that would become two, and what connecting raises."""
        sent = body.encode() if isinstance(body, str) else body or b""
        named = {**(headers or {}), **({"Content-Length": str(len(sent))} if sent or method != "GET" else {})}
        lines = [f"{method} {url} HTTP/1.1", *(f"{name}: {value}" for name, value in named.items())]
        if any("\r" in line or "\n" in line for line in lines):
            raise ValueError("a header of a request has more than one line")
        if self.sock is None:
            self.connect()  # type: ignore[attr-defined] # urllib3's
        assert self.sock  # noqa: S101 - as connect leaves it
        self.sock.settimeout(self.timeout)
        self.sock.sendall("\r\n".join([*lines, "", ""]).encode("latin-1") + sent)

    def getresponse(self) -> urllib3.HTTPResponse:
        """Return the whole answer; raises http.client's HTTPException and OSError."""
        assert self.sock  # noqa: S101 - as request leaves it
        self.sock.settimeout(self.timeout)
        answer = _Parsed()
        try:
            while not answer.is_whole:
                data = self.sock.recv(MOST)
                answer.parser.feed_data(data) if data else answer.ended()
        except httptools.HttpParserError as error:
            raise BadStatusLine(type(error).__name__) from error
        if not answer.may_stay:
            self.close()  # type: ignore[attr-defined] # urllib3's
        headers = urllib3.HTTPHeaderDict(answer.headers)
        return urllib3.HTTPResponse(BytesIO(answer.body), headers, answer.parser.get_status_code())


class _Plain(_Lean, HTTPConnection):  # type: ignore[misc] # fewer kinds of bodies
    pass


class _Secure(_Lean, HTTPSConnection):  # type: ignore[misc] # fewer kinds of bodies
    pass


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain  # type: ignore[assignment] # as above


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _Secure  # type: ignore[assignment] # as above


def made_lean(manager: urllib3.PoolManager) -> urllib3.PoolManager:
    """Return connections after they were told to be these."""
    manager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}
    return manager
