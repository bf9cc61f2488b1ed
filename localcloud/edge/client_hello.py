"""Read the server name off a TLS connection before it is accepted, and refuse it with a proper alert.

asyncio ends a handshake that it refuses without sending the alert that says why, and it cannot limit the versions of
one name only. So the ClientHello is looked at first, by OpenSSL itself, and left in the socket.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

from localcloud.edge.settings import OLD, Settings


@dataclass(frozen=True)
class Hello:
    """A client's greeting: the name it asks for ("" for none), and the alert that refuses it."""

    name: str
    alert: bytes


class _Greeting(ssl.SSLObject):
    """A connection that is looked at; `asked_for` is the name of its greeting once that is complete."""

    asked_for: str | None = None


def read(wire: bytes) -> Hello | None:
    """Return the greeting at the beginning of a connection, None when it is not complete yet.

    What is not TLS at all has no name, and an alert that says so.
    """
    name, alert = _greeted(wire, Settings())
    return None if alert is None else Hello(name or "", alert)


def refusal(wire: bytes, allowed: Settings) -> bytes:
    """Return the alert for a complete greeting without a TLS version that is allowed; empty when it has one."""
    name, alert = _greeted(wire, allowed)
    return (alert or b"") if name is None else b""


def _greeted(wire: bytes, allowed: Settings) -> tuple[str | None, bytes | None]:
    """Return the name of the greeting, and the alert that it is answered with, each None when it does not come."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    incoming.write(wire)
    greeting = cast(_Greeting, _context(allowed).wrap_bio(incoming, outgoing, server_side=True))
    alert: bytes | None = b""
    try:
        greeting.do_handshake()
    except ssl.SSLWantReadError:
        alert = None
    except ssl.SSLError:  # always: without a certificate no handshake ends
        alert = outgoing.read()
    return greeting.asked_for, alert


@lru_cache(maxsize=64)
def _context(allowed: Settings) -> ssl.SSLContext:
    """Return what refuses every greeting; made once, for making one takes as long as a handshake."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers(OLD)
    allowed.restrict(context)
    context.sslobject_class = _Greeting
    context.sni_callback = _refuse
    return context


def _refuse(greeting: ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> int:
    """Take down the name of the greeting, and refuse it as Cloudflare refuses a name it does not know."""
    cast(_Greeting, greeting).asked_for = (name or "").lower().rstrip(".")
    return ssl.ALERT_DESCRIPTION_HANDSHAKE_FAILURE
