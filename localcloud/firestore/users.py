"""Users of the app by their bearer: Firebase ID tokens, and on the open port the unsigned ones that emulators take.

Form: https://firebase.google.com/docs/auth/admin/verify-id-tokens and, unsigned,
https://firebase.google.com/docs/emulator-suite/connect_auth#id_tokens.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import jwt

from localcloud.base.tokens import FIREBASE_ISSUER, InvalidTokenError

UNSIGNED = "none"


def is_users(bearer: str) -> bool:
    """Whether a bearer claims to be a user's token, true or not; raises InvalidTokenError when it is not a JWT."""
    header, claimed = _read(bearer)
    return header.get("alg") == UNSIGNED or str(claimed.get("iss", "")).startswith(FIREBASE_ISSUER)


def claims(bearer: str) -> Mapping[str, Any]:
    """Return what a token claims, which nobody has verified; raises InvalidTokenError when it names no user."""
    claimed = _read(bearer)[1]
    if not uid(claimed):
        raise InvalidTokenError("the token names no user; it needs `sub` or `user_id`")
    return claimed


def uid(claimed: Mapping[str, Any]) -> str:
    """Return the user's id, empty when there is none."""
    return str(claimed.get("sub") or claimed.get("user_id") or "")


@lru_cache(maxsize=1024)
def _read(bearer: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    try:
        found = jwt.decode_complete(bearer, options={"verify_signature": False})
    except jwt.InvalidTokenError as error:
        raise InvalidTokenError(f"the bearer is not a JWT: {error}") from error
    return found["header"], found["payload"]
