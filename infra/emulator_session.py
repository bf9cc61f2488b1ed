"""How a stand-in of Google's web APIs is asked: on this machine, and as the project's owner."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import requests

OWNER = "owner"  # the bearer that Firebase's emulators take for the project's owner


def begun(bearer: str = OWNER) -> requests.Session:
    """Return a session that shows a bearer instead of a log-in."""
    import requests

    session = requests.Session()
    session.trust_env = False  # an emulator is on this machine: never ask a proxy for it
    session.headers["Authorization"] = f"Bearer {bearer}"
    return session
