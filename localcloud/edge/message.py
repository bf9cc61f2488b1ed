"""HTTP requests and responses as the edge's decisions see them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from localcloud.edge.syntax import Address

Headers = tuple[tuple[str, str], ...]
"""Names in lower case; values as Latin-1, one byte in each character."""


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
        return first(self.headers, name)


@dataclass(frozen=True)
class Response:
    """The head of a response."""

    status: int
    headers: Headers = ()

    def header(self, name: str) -> str:
        """Return a header's value, several joined; empty when it is absent."""
        return first(self.headers, name)

    def with_header(self, name: str, value: str) -> Response:
        """Return the response with this one value of a header."""
        return replace(self, headers=(*without(self.headers, name), (name, value)))


def first(headers: Headers, name: str) -> str:
    """Return the values of a header, joined by commas; empty when there is none."""
    return ", ".join(value for found, value in headers if found == name)


def without(headers: Headers, *names: str) -> Headers:
    """Return the headers but those of these names."""
    return tuple((found, value) for found, value in headers if found not in names)
