"""What doors with signatures share: the current secret and the one before it, and newer ones before saying no."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from handlers.failures import Rejected
from handlers.logs import Log
from handlers.outside.secret_cache import SecretCache

FRESH = 20.0  # seconds; how often a signature that fits no known secret may make us ask for newer ones


def verified(secret_cache: SecretCache, secret: str, check: Callable[[Sequence[str]], int], log: Log) -> None:
    """Return when `check`, which gives the index of the secret that fits, does not raise Rejected; else raise it."""
    known = secret_cache.values(secret)
    try:
        used = check(known)
    except Rejected:
        newer = secret_cache.values(secret, max_age=FRESH)
        if newer == known:
            raise
        used = check(newer)
    if used > 0:
        log.warning("signed with the previous secret", outcome="previous_secret", secret=secret)
