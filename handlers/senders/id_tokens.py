"""Who sends an intent: Firebase ID tokens, checked as firebase.google.com/docs/auth/admin/verify-id-tokens asks."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import jwt
import requests

from handlers.failures import Rejected, Unavailable
from handlers.words import Code

KEYS_URL = "https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com"
MIN_KEEP = 60.0  # seconds between two fetches, so that made-up key ids cannot make us hammer Google
DEFAULT_KEEP = 3_600.0
LEEWAY = 10.0  # seconds of clock skew
TIMEOUT = (3.05, 5)

Fetched = tuple[Mapping[str, Any], float]  # a JSON Web Key Set and the seconds it may be kept


@dataclass(frozen=True)
class Person:
    """A signed-in user. `email` is empty for anonymous and phone users; the team has the custom claim `staff`.

    `signed_in` is when, in seconds since the epoch.
    """

    user_id: str
    email: str
    is_staff: bool = False
    signed_in: float = 0.0


class Identity:
    """Verifies ID tokens of one Firebase project. `clock` returns seconds on any monotonic scale."""

    def __init__(self, project: str, clock: Callable[[], float], fetch: Callable[[], Fetched] | None = None) -> None:
        self._project = project
        self._clock = clock
        self._fetch = fetch or fetch_keys
        self._keys: Mapping[str, jwt.PyJWK] = {}
        self._fetched_at = float("-inf")
        self._keep = 0.0
        self._lock = threading.Lock()

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
        return _person(claims)

    def _claims(self, token: str) -> Mapping[str, Any]:
        header = jwt.get_unverified_header(token)
        key = self._key(str(header.get("kid", "")))
        return jwt.decode(
            token,
            key,
            algorithms=["RS256"],
            audience=self._project,
            issuer=f"https://securetoken.google.com/{self._project}",
            leeway=LEEWAY,
            options={"require": ["exp", "iat", "aud", "iss", "sub"]},
        )

    def _key(self, key_id: str) -> jwt.PyJWK:
        with self._lock:
            age = self._clock() - self._fetched_at
            if age > self._keep or (key_id not in self._keys and age > MIN_KEEP):
                self._refresh()
            if key_id not in self._keys:
                raise jwt.InvalidTokenError("the token was not signed by a key of Google's")
            return self._keys[key_id]

    def _refresh(self) -> None:
        try:
            key_set, keep = self._fetch()
            self._keys = _parsed(key_set)
        except Unavailable:
            if not self._keys:
                raise
            keep = MIN_KEEP  # the keys that worked a moment ago still do; ask again soon
        self._keep = max(keep, MIN_KEEP)
        self._fetched_at = self._clock()


def fetch_keys(url: str = KEYS_URL) -> Fetched:
    """Return Google's keys for Firebase ID tokens and how many seconds they may be kept; raises Unavailable."""
    try:
        answer = requests.get(url, timeout=TIMEOUT)
        answer.raise_for_status()
        key_set: Mapping[str, Any] = answer.json()
    except requests.RequestException as error:
        raise Unavailable("Google's keys for ID tokens cannot be fetched") from error
    found = re.search(r"max-age=(\d{1,9})", answer.headers.get("Cache-Control", ""))
    return key_set, float(found[1]) if found else DEFAULT_KEEP


def _parsed(key_set: Mapping[str, Any]) -> Mapping[str, jwt.PyJWK]:
    try:
        return {key.key_id: key for key in jwt.PyJWKSet.from_dict(dict(key_set)).keys if key.key_id}
    except (jwt.PyJWTError, ValueError, TypeError, AttributeError) as error:
        raise Unavailable("Google's keys for ID tokens are not readable") from error


def _person(claims: Mapping[str, Any]) -> Person:
    user_id, email = claims["sub"], claims.get("email", "")
    if not (isinstance(user_id, str) and 0 < len(user_id) <= 128 and "/" not in user_id):
        raise Rejected(401, Code.BAD_TOKEN, "the Firebase ID token names no user")
    signed_in = claims.get("auth_time")
    return Person(
        user_id,
        email if isinstance(email, str) else "",
        claims.get("staff") is True,
        float(signed_in) if isinstance(signed_in, (int, float)) else 0.0,
    )
