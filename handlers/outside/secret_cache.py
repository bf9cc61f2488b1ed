"""Secret values, read from Secret Manager at run time: a first deployment needs none, a rotation needs no deployment.

Only `roles/secretmanager.secretAccessor` is used. Listing versions would need a second role, so the newest versions are
found by asking for `latest` and walking down from the number in the answer.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from google.api_core.exceptions import FailedPrecondition, GoogleAPIError, NotFound
from google.auth.exceptions import GoogleAuthError

from handlers.failures import NotSent

KEEP = 180.0  # seconds a value is used without asking again
KEEP_MISSING = 5.0  # a pushed secret opens its door soon
WANTED = 2  # the current version and the one before it, so that a rotation loses nothing
MAX_GAP = 8  # disabled or destroyed versions to walk over
TIMEOUT = 5.0


class MissingSecret(NotSent):
    """The secret has no enabled version yet; `./launch secrets push` stores one."""


@dataclass(frozen=True)
class _Kept:
    values: tuple[str, ...]
    at: float


class SecretCache:
    """The secrets of one project. `clock` returns seconds on any monotonic scale. Safe for many threads."""

    def __init__(self, client: Any, project: str, clock: Callable[[], float]) -> None:
        self._client = client
        self._project = project
        self._clock = clock
        self._kept: dict[str, _Kept] = {}
        self._lock = threading.Lock()

    def values(self, name: str, max_age: float = KEEP) -> tuple[str, ...]:
        """Return the newest enabled versions' values, the newest first, none older than `max_age` seconds.

        Raises MissingSecret when there is none, and NotSent when Secret Manager cannot be asked and never could.
        """
        with self._lock:
            kept = self._kept.get(name)
            limit = max_age if kept is None or kept.values else min(max_age, KEEP_MISSING)
            if kept is None or self._clock() - kept.at > limit:
                kept = self._refreshed(name, kept)
        if not kept.values:
            raise MissingSecret(f"secret {name} has no enabled version")
        return kept.values

    def _refreshed(self, name: str, old: _Kept | None) -> _Kept:
        try:
            values = tuple(value for _, value in self._newest(name))
        except (GoogleAPIError, GoogleAuthError) as error:
            if old is None or not old.values:
                raise NotSent(f"Secret Manager: {type(error).__name__} for {name}") from error
            values = old.values  # a value that worked a moment ago is better than a closed door
        self._kept[name] = kept = _Kept(values, self._clock())
        return kept

    def _newest(self, name: str) -> list[tuple[int, str]]:
        number, value = self._access(name, "latest")
        found = [] if value is None else [(number, value)]
        for older in range(number - 1, max(0, number - 1 - MAX_GAP), -1):
            if len(found) == WANTED:
                break
            _, value = self._access(name, str(older))
            if value is not None:
                found.append((older, value))
        return found

    def _access(self, name: str, version: str) -> tuple[int, str | None]:
        """Return the version's number and value: None when it is disabled or destroyed, number 0 when there is none."""
        path = f"projects/{self._project}/secrets/{name}/versions/{version}"
        try:
            answer = self._client.access_secret_version(request={"name": path}, retry=None, timeout=TIMEOUT)
        except NotFound:
            return 0, None
        except FailedPrecondition as error:
            return _number(str(error)), None
        return _number(answer.name), answer.payload.data.decode("utf-8").strip()


def _number(text: str) -> int:
    """Return the version number in a resource name, or in the sentence that says that version is disabled."""
    found = re.search(r"/versions/(\d+)", text)
    return int(found[1]) if found else 0
