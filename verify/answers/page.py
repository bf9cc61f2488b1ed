"""One HTTP request and its answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from verify.reach import Address


@dataclass(frozen=True)
class Page:
    """One answer, or in `error` why there is none. Header names are in lower case.

    `cookies` are the values of its Set-Cookie headers, each for itself.
    """

    url: str
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    error: str = ""
    cookies: tuple[str, ...] = ()


@dataclass(frozen=True)
class Request:
    """A request. `at` is the address to connect to, in the place of the one that the reach names for the URL's host."""

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    at: Address | None = None
