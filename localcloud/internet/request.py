"""What a client asks of the proxy, and what it is told when there is no way (RFC 9110 section 9.3.6, CONNECT)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus

HTTPS = 443
ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"
AUTHORITY_FORM = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):(?P<port>[0-9]{1,5})")


class Refused(Exception):  # noqa: N818 - the proxy's answer, not a failure of ours
    """The proxy does not connect; `status` and `sentence` go to the client."""

    def __init__(self, status: HTTPStatus, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence

    def response(self) -> bytes:
        """Return the whole HTTP response. The sentence is its reason phrase too: clients show that, not the body."""
        body = f"{self.sentence}\n".encode()
        head = (
            f"HTTP/1.1 {self.status.value} {self.sentence}\r\nContent-Type: text/plain; charset=utf-8\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        return head.encode("ascii", "replace") + body


@dataclass(frozen=True)
class Destination:
    """The host name (or address) and TCP port that a client wants to talk to."""

    host: str
    port: int

    def no_way(self) -> Refused:
        """Return the refusal of a place that the rehearsal does not have."""
        place = self.host if self.port == HTTPS else f"{self.host}:{self.port}"
        return Refused(HTTPStatus.BAD_GATEWAY, f"the rehearsal has no way to {place}")

    def no_answer(self) -> Refused:
        """Return the refusal of a place whose stand-in is not running."""
        return Refused(HTTPStatus.BAD_GATEWAY, f"the rehearsal's stand-in for {self.host} does not answer")


def parse(head: bytes) -> Destination:
    """Read the head of a request (up to the empty line) and return where it wants to go; raises Refused."""
    line = head.partition(b"\r\n")[0].decode("latin-1")
    method, _, rest = line.partition(" ")
    target, _, version = rest.partition(" ")
    if not version.startswith("HTTP/1."):
        raise Refused(HTTPStatus.BAD_REQUEST, "this is an HTTP proxy and it was sent something else")
    if method != "CONNECT":
        raise Refused(HTTPStatus.NOT_IMPLEMENTED, "the rehearsal's proxy only connects: use an https:// address")
    found = AUTHORITY_FORM.fullmatch(target)
    if not found or int(found["port"]) > 65535:
        raise Refused(HTTPStatus.BAD_REQUEST, "CONNECT needs HOST:PORT")
    return Destination(found["host"].strip("[]").lower(), int(found["port"]))
