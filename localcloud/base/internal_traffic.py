"""How the rehearsal's own Google services show that a call comes from inside the project.

In production that is a property of the network: Cloud Tasks reaches a service with internal ingress, a stranger at the
same address does not. Here both arrive on one loopback port, so the services add a header that only processes with
access to the home directory can make; Google's front end takes it off again.
"""

from __future__ import annotations

import hmac
import secrets
from pathlib import Path

from localcloud.base import keyfile

HEADER = "X-Rehearsal-Backbone"


def headers(home: Path) -> dict[str, str]:
    """Return the header to add to a request for Google's front end (port `run`)."""
    return {HEADER: _key(home).decode()}


def is_inside(home: Path, value: bytes) -> bool:
    """Tell whether `value` is what `headers` makes."""
    return hmac.compare_digest(_key(home), value)


def _key(home: Path) -> bytes:
    return keyfile.once(home / "ca" / "backbone-key", lambda: secrets.token_hex(32).encode())
