"""Who sends an intent: Firebase ID tokens, checked as firebase.google.com/docs/auth/admin/verify-id-tokens asks."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import jwt

from handlers import ids
from handlers.failures import Rejected
from handlers.senders.google_keys import Fetched, GoogleKeys, fetch_keys
from handlers.words import Code

KEYS_URL = "https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com"
MAX_USER_ID = 128  # characters
LEEWAY = 10.0  # seconds of clock skew


@dataclass(frozen=True)
class Person:
    """A signed-in user. `email` is empty for anonymous and phone users; the team has the custom claim `staff`.

    `is_proven` says that the e-mail address, or of a user without one the telephone number, is known to be theirs.
    `signed_in` is when they signed in, in seconds since the epoch.
    """

    user_id: str
    email: str
    is_staff: bool = False
    is_proven: bool = False
    signed_in: float = 0.0


class Identity:
    """Verifies ID tokens of one Firebase project. `clock` returns seconds on any monotonic scale."""

    def __init__(self, project: str, clock: Callable[[], float], fetch: Callable[[], Fetched] | None = None) -> None:
        self._project = project
        self._keys = GoogleKeys(clock, fetch or partial(fetch_keys, KEYS_URL))

    def verify(self, authorization: str) -> Person:
        """Return who sent the `Authorization: Bearer …` header.

        Raises Rejected (401) when the token is not of a user of this project, Unavailable when Google's keys
        cannot be fetched.
        """
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Rejected(401, Code.NO_TOKEN, "send the user's Firebase ID token as Authorization: Bearer")
        try:
            claims = self._claims(token.strip())
        except (jwt.InvalidTokenError, ValueError, TypeError) as error:
            raise Rejected(401, Code.BAD_TOKEN, "the Firebase ID token is not valid or has expired") from error
        return _person(claims, time.time())

    def _claims(self, token: str) -> Mapping[str, Any]:
        return jwt.decode(
            token,
            self._keys.of(token),
            algorithms=["RS256"],
            audience=self._project,
            issuer=f"https://securetoken.google.com/{self._project}",
            leeway=LEEWAY,
            options={"require": ["exp", "iat", "aud", "iss", "sub", "auth_time"]},
        )


def _person(claims: Mapping[str, Any], now: float) -> Person:
    """Return who the claims name.

    Firebase wants `auth_time` in the past and a `sub` that is not empty ("Verify ID tokens using a third-party JWT
    library"); ours has to be able to be a document's id as well.
    """
    user_id, email, signed_in = claims["sub"], claims.get("email", ""), claims["auth_time"]
    if not (isinstance(user_id, str) and len(user_id) <= MAX_USER_ID and ids.is_document_id(user_id)):
        raise Rejected(401, Code.BAD_TOKEN, "the Firebase ID token names no user")
    if isinstance(signed_in, bool) or not isinstance(signed_in, (int, float)) or signed_in > now + LEEWAY:
        raise Rejected(401, Code.BAD_TOKEN, "the Firebase ID token has no auth_time in the past")
    email = email if isinstance(email, str) else ""
    is_proven = claims.get("email_verified") is True if email else bool(claims.get("phone_number"))
    return Person(user_id, email, claims.get("staff") is True, is_proven, float(signed_in))
