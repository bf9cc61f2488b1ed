"""Who sends an intent: Firebase ID tokens, checked as firebase.google.com/docs/auth/admin/verify-id-tokens asks."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import jwt
import requests

from handlers import ids
from handlers.failures import Rejected, Unavailable
from handlers.one_asks import OneAsks
from handlers.words import Code

KEYS_URL = "https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com"
MIN_KEEP = 60.0  # seconds between two fetches, so that made-up key ids cannot make us hammer Google
DEFAULT_KEEP = 3_600.0
MAX_USER_ID = 128  # characters
LEEWAY = 10.0  # seconds of clock skew
TIMEOUT = (3.05, 5)

Fetched = tuple[Mapping[str, Any], float]  # a JSON Web Key Set and the seconds it may be kept


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
        self._clock = clock
        self._fetch = fetch or fetch_keys
        self._keys: Mapping[str, jwt.PyJWK] = {}
        self._fetched_at = float("-inf")
        self._keep = 0.0
        self._questions = OneAsks(clock)

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
        header = jwt.get_unverified_header(token)
        key = self._key(str(header.get("kid", "")))
        return jwt.decode(
            token,
            key,
            algorithms=["RS256"],
            audience=self._project,
            issuer=f"https://securetoken.google.com/{self._project}",
            leeway=LEEWAY,
            options={"require": ["exp", "iat", "aud", "iss", "sub", "auth_time"]},
        )

    def _key(self, key_id: str) -> jwt.PyJWK:
        if self._is_wanted(key_id):
            try:
                self._questions.ask(
                    "",
                    self._refresh,
                    lambda: self._is_wanted(key_id),
                    needs=not self._keys,
                    waits=key_id not in self._keys,
                )
            except Unavailable:  # the keys that worked a moment ago still do
                if not self._keys:
                    raise
        keys = self._keys
        if not keys:
            raise Unavailable("Google's keys for ID tokens cannot be fetched at the moment")
        if key_id not in keys:
            raise jwt.InvalidTokenError("the token was not signed by a key of Google's")
        return keys[key_id]

    def _is_wanted(self, key_id: str) -> bool:
        age = self._clock() - self._fetched_at
        return age > self._keep or (key_id not in self._keys and age > MIN_KEEP)

    def _refresh(self) -> None:
        key_set, keep = self._fetch()
        self._keys = _parsed(key_set)
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
