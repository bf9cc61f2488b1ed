"""One message as its receiver met it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Arrived:
    """One message as its receiver met it: who connected, what was said by SMTP, and the message (RFC 5322).

    `error` says why none arrived.
    """

    client: str = ""
    helo: str = ""
    sender: str = ""
    raw: bytes = b""
    error: str = ""
