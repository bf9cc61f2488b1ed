"""HTTP requests and answers as the edge's decisions see them."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from html import escape

from localcloud.edge.syntax import Address

Headers = tuple[tuple[str, str], ...]
"""Names in lower case; values as Latin-1, one byte in each character."""
Chunks = AsyncGenerator[bytes, None]


@dataclass(frozen=True)
class Request:
    """A visitor's request. `target` is path and query as they came, `received` is in seconds since the epoch."""

    method: str
    scheme: str
    host: str
    target: str
    headers: Headers
    address: Address
    received: float
    ray: str
    version: str = "HTTP/1.1"

    @property
    def path(self) -> str:
        """The path, still percent-encoded."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        """What follows the first question mark; empty when there is none."""
        return self.target.partition("?")[2]

    @property
    def url(self) -> str:
        """The full URL, without a port."""
        return f"{self.scheme}://{self.host}{self.target}"

    @property
    def extension(self) -> str:
        """The lower-case file extension of the path, empty when there is none (a leading dot begins no extension)."""
        stem, _, extension = self.path.rpartition("/")[2].rpartition(".")
        return extension.lower() if stem else ""

    def header(self, name: str) -> str:
        """Return a header's value, several joined as RFC 9110 section 5.2 allows; empty when it is absent."""
        return joined(self.headers, name)


@dataclass(frozen=True)
class Response:
    """The head of an answer."""

    status: int
    headers: Headers = ()

    def header(self, name: str) -> str:
        """Return a header's value, several joined; empty when it is absent."""
        return joined(self.headers, name)

    def with_header(self, name: str, value: str) -> Response:
        """Return the response with this one value of a header."""
        return replace(self, headers=(*without(self.headers, name), (name, value)))

    def without(self, *names: str) -> Response:
        """Return the response without the headers of these names."""
        return replace(self, headers=without(self.headers, *names))


@dataclass(frozen=True)
class Answer:
    """A whole answer; its body is at hand, or still on its way from the origin."""

    head: Response
    body: bytes | Chunks = b""


def joined(headers: Headers, name: str) -> str:
    """Return the values of a header, joined by commas; empty when there is none."""
    return ", ".join(value for found, value in headers if found == name)


def without(headers: Headers, *names: str) -> Headers:
    """Return the headers but those of these names."""
    return tuple((found, value) for found, value in headers if found not in names)


def page(request: Request, status: int, title: str, explanation: str, *headers: tuple[str, str]) -> Answer:
    """Return one of the edge's own pages, which no browser keeps."""
    lines = (f"<h1>{escape(title)}</h1>", f"<p>{escape(explanation)}</p>", f"<p>Ray ID: {request.ray}</p>")
    text = f"<!doctype html><html><head><title>{escape(title)} | {escape(request.host)}</title></head>"
    body = f"{text}<body>{''.join(lines)}</body></html>\n".encode()
    return content(status, "text/html; charset=UTF-8", body, ("cache-control", "private, no-store"), *headers)


def content(status: int, kind: str, body: bytes, *headers: tuple[str, str]) -> Answer:
    """Return an answer of the edge's own with that content type."""
    own = (("content-type", kind), ("content-length", str(len(body))))
    return Answer(Response(status, (*own, *headers)), body)
