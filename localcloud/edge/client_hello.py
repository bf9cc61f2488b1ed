"""Read the server name off a TLS connection before it is accepted, and refuse it with a proper alert.

asyncio ends a handshake that it refuses without sending the alert that says why, and it cannot limit the versions of
one name only. So the ClientHello is looked at first, by OpenSSL itself, and left in the socket.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass

from localcloud.edge.settings import OLD, Settings


@dataclass(frozen=True)
class Hello:
    """A client's greeting: the name it asks for ("" for none), and the alert that refuses it."""

    name: str
    alert: bytes


@dataclass
class _Listener:
    """Takes down the name of the greeting, and refuses it as Cloudflare refuses a name it does not know."""

    name: str | None = None

    def __call__(self, _connection: ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> int:
        self.name = (name or "").lower().rstrip(".")
        return ssl.ALERT_DESCRIPTION_HANDSHAKE_FAILURE


def read(wire: bytes) -> Hello | None:
    """Return the greeting at the beginning of a connection, None when it is not complete yet.

    What is not TLS at all has no name, and an alert that says so.
    """
    listener = _Listener()
    alert = _greeted(wire, Settings(), listener)
    return None if alert is None else Hello(listener.name or "", alert)


def refusal(wire: bytes, allowed: Settings) -> bytes:
    """Return the alert for a complete greeting without a TLS version that is allowed; empty when it has one."""
    listener = _Listener()
    alert = _greeted(wire, allowed, listener)
    return (alert or b"") if listener.name is None else b""


def _greeted(wire: bytes, allowed: Settings, listener: _Listener) -> bytes | None:
    """Return the alert that the greeting is answered with, None when it is not complete."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers(OLD)
    allowed.restrict(context)
    context.sni_callback = listener
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    incoming.write(wire)
    try:
        context.wrap_bio(incoming, outgoing, server_side=True).do_handshake()
    except ssl.SSLWantReadError:
        return None
    except ssl.SSLError:  # always: without a certificate no handshake ends
        return outgoing.read()
    return b""
