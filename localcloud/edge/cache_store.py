"""The edge's cache itself: in memory and bounded, as little as a data centre promises to keep anything."""

from __future__ import annotations

from collections import OrderedDict
from contextlib import aclosing
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime

from localcloud.edge.http_message import Answer, Chunks, Request, Response

OBJECT_LIMIT = 32 * 1024 * 1024  # bytes of one body
CAPACITY = 128 * 1024 * 1024  # bytes of all bodies
KEPT_BY_304 = ("cache-control", "content-location", "date", "etag", "expires", "vary")  # RFC 9110 section 15.4.5


@dataclass(frozen=True)
class Stored:
    """A response in the cache; the times are seconds since the epoch."""

    head: Response
    body: bytes
    stored_at: float
    fresh_until: float

    def answer(self, request: Request, status: str) -> Answer:
        """Return it as the answer to a request, shortened to a 304 when the visitor has it already."""
        age = str(int(max(request.received - self.stored_at, 0)))
        head = self.head.with_header("age", age).with_header("cf-cache-status", status)
        if _is_known(request, head):
            kept = tuple(pair for pair in head.headers if pair[0] in (*KEPT_BY_304, "age", "cf-cache-status"))
            return Answer(Response(304, kept))
        return Answer(head.with_header("content-length", str(len(self.body))), self.body)

    @property
    def validators(self) -> tuple[tuple[str, str], ...]:
        """The headers that ask an origin whether this is still what it has (RFC 9110 section 13.1)."""
        pairs = (("if-none-match", self.head.header("etag")), ("if-modified-since", self.head.header("last-modified")))
        return tuple((name, value) for name, value in pairs if value)


class Store:
    """Stored responses by cache key; the ones used least recently go first."""

    def __init__(self) -> None:
        self._stored: OrderedDict[str, Stored] = OrderedDict()
        self._size = 0

    def find(self, key: str) -> Stored | None:
        """Return what is stored under the key, fresh or not."""
        found = self._stored.get(key)
        if found is not None:
            self._stored.move_to_end(key)
        return found

    def keep(self, key: str, stored: Stored) -> None:
        """Store under the key, in place of what was there."""
        self.drop(key)
        self._stored[key] = stored
        self._size += len(stored.body)
        while self._size > CAPACITY:
            self.drop(next(iter(self._stored)))

    def renew(self, key: str, stored: Stored, now: float, seconds: int) -> Stored:
        """Return what is stored, fresh again for some seconds, after its origin has confirmed it."""
        renewed = replace(stored, stored_at=now, fresh_until=now + seconds)
        self.keep(key, renewed)
        return renewed

    def drop(self, key: str) -> None:
        """Forget what is stored under the key, if anything."""
        found = self._stored.pop(key, None)
        self._size -= len(found.body) if found else 0

    async def keeping(self, key: str, head: Response, body: Chunks, now: float, seconds: int) -> Chunks:
        """Yield the body, and store it with its head once all of it has come, unless it is too large."""
        pieces: list[bytes] = []
        size = 0
        async with aclosing(body) as chunks:
            async for chunk in chunks:
                size += len(chunk)
                if size <= OBJECT_LIMIT:
                    pieces.append(chunk)
                yield chunk
        if size <= OBJECT_LIMIT:
            self.keep(key, Stored(head, b"".join(pieces), now, now + seconds))


def _is_known(request: Request, head: Response) -> bool:
    if head.status != 200:
        return False
    if request.header("if-none-match"):
        known = {tag.strip().removeprefix("W/") for tag in request.header("if-none-match").split(",")}
        return "*" in known or head.header("etag").removeprefix("W/") in known - {""}
    since, modified = request.header("if-modified-since"), head.header("last-modified")
    try:
        return bool(since and modified) and parsedate_to_datetime(modified) <= parsedate_to_datetime(since)
    except (ValueError, TypeError):
        return False
