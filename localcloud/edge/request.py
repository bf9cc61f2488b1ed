"""A visitor's request and the edge's answer, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Request:
    """What a visitor asked for. `host` is in lower case and without port, header names are in lower case."""

    scheme: str
    host: str
    method: str
    path: str
    query: str
    headers: Mapping[str, str] = field(default_factory=dict)
    client: str = "127.0.0.1"

    @property
    def uri(self) -> str:
        """Path and query."""
        return f"{self.path}?{self.query}" if self.query else self.path

    @property
    def full_uri(self) -> str:
        """The whole address."""
        return f"{self.scheme}://{self.host}{self.uri}"


@dataclass(frozen=True)
class Answer:
    """What the visitor gets. Header names are in lower case; one may come more than once."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def header(self, name: str) -> str:
        """Return the first value of a header, or an empty text."""
        return next((value for key, value in self.headers if key == name), "")

    def with_header(self, name: str, value: str | None) -> Answer:
        """Return the answer with that header in place of any of its name, or without it when the value is None."""
        kept = tuple(pair for pair in self.headers if pair[0] != name.lower())
        added = ((name.lower(), value),) if value is not None else ()
        return Answer(self.status, (*kept, *added), self.body)


def page(status: int, title: str, explanation: str) -> Answer:
    """Return one of the edge's own error pages."""
    body = f"<!doctype html><title>{title}</title><h1>{title}</h1><p>{explanation}</p>".encode()
    return Answer(status, (("content-type", "text/html; charset=utf-8"), ("cache-control", "no-store")), body)
