"""Public keys that Google signs tokens with, fetched when one is needed and kept as long as Google says."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import jwt
import requests

from handlers.failures import Unavailable
from handlers.one_asks import OneAsks

MIN_KEEP = 60.0  # seconds between two fetches, so that made-up key ids cannot make us hammer Google
DEFAULT_KEEP = 3_600.0
TIMEOUT = (3.05, 5)

Fetched = tuple[Mapping[str, Any], float]  # a JSON Web Key Set and the seconds it may be kept


class GoogleKeys:
    """The keys that `fetch` gives. `clock` returns seconds on any monotonic scale."""

    def __init__(self, clock: Callable[[], float], fetch: Callable[[], Fetched]) -> None:
        self._clock = clock
        self._fetch = fetch
        self._keys: Mapping[str, jwt.PyJWK] = {}
        self._fetched_at = float("-inf")
        self._keep = 0.0
        self._questions = OneAsks(clock)

    def of(self, token: str) -> jwt.PyJWK:
        """Return the key that a token says it was signed with.

        Raises jwt.InvalidTokenError when there is no such key, Unavailable when the keys cannot be fetched.
        """
        key_id = str(jwt.get_unverified_header(token).get("kid", ""))
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


def fetch_keys(url: str) -> Fetched:
    """Return the keys at an address of Google's and how many seconds they may be kept; raises Unavailable."""
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
