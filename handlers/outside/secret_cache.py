"""Secret values, read from Secret Manager at run time: a first deployment needs none, a rotation needs no deployment.

Only `roles/secretmanager.secretAccessor` is used. Listing versions would need a second role, so the newest versions are
found by asking for `latest` and walking down from the number in the answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from google.api_core.exceptions import FailedPrecondition, GoogleAPIError, NotFound
from google.auth.exceptions import GoogleAuthError

from handlers import logs
from handlers.failures import NotSent
from handlers.one_asks import OneAsks
from handlers.secret_values import UnusableSecret, usable

KEEP = 180.0  # seconds a value is used without asking again
KEEP_MISSING = 5.0  # a pushed secret opens its door soon
WANTED = 2  # the current version and the one before it, so that a rotation loses nothing
MAX_GAP = 8  # disabled, destroyed or unusable versions to walk over
TIMEOUT = 5.0  # seconds for one version


class MissingSecret(NotSent):
    """The secret has no enabled and usable version yet; `./launch secrets push` stores one."""


@dataclass(frozen=True)
class _Kept:
    """What Secret Manager said at a time: the usable values, and of each unusable version what is wrong with it."""

    values: tuple[str, ...]
    at: float
    unusable: tuple[str, ...] = ()


class SecretCache:
    """The secrets of one project. `clock` returns seconds on any monotonic scale. Safe for many threads."""

    def __init__(self, client: Any, project: str, clock: Callable[[], float]) -> None:
        self._client = client
        self._project = project
        self._clock = clock
        self._kept: dict[str, _Kept] = {}
        self._questions = OneAsks(clock)

    def values(self, name: str, max_age: float = KEEP) -> tuple[str, ...]:
        """Return the newest usable versions' values, the newest first, none older than `max_age` seconds.

        They are older while Secret Manager is late or cannot be asked: a value that worked a moment ago is better than
        a closed door. Raises MissingSecret when there is none, and NotSent when Secret Manager never could be asked.
        """
        kept = self._kept.get(name)
        if self._is_stale(kept, max_age):
            kept = self._asked(name, max_age, kept)
        if kept is None:
            raise NotSent(f"Secret Manager cannot be asked for {name} at the moment")
        if not kept.values:
            raise MissingSecret(_missing(name, kept.unusable))
        return kept.values

    def known(self, name: str) -> tuple[str, ...]:
        """Return the values that are known and not too old, without asking anybody; nothing when there are none."""
        kept = self._kept.get(name)
        return () if kept is None or self._is_stale(kept, KEEP) else kept.values

    def _asked(self, name: str, max_age: float, old: _Kept | None) -> _Kept | None:
        """Return what is known after Secret Manager was asked, or another thread does that, or it failed just now."""
        try:
            self._questions.ask(
                name,
                lambda: self._refresh(name),
                lambda: self._is_stale(self._kept.get(name), max_age),
                needs=not (old and old.values),
                waits=max_age < KEEP,
            )
        except NotSent:
            if not (old and old.values):
                raise
        return self._kept.get(name)

    def _is_stale(self, kept: _Kept | None, max_age: float) -> bool:
        if kept is None:
            return True
        return self._clock() - kept.at > (max_age if kept.values else min(max_age, KEEP_MISSING))

    def _refresh(self, name: str) -> None:
        """Keep what Secret Manager says. A failure is for a log line where there are values to go on with."""
        try:
            values, unusable = self._newest(name)
        except (GoogleAPIError, GoogleAuthError) as error:
            logs.noticed(
                "Secret Manager did not answer", outcome="unavailable", secret=name, error=type(error).__name__
            )
            raise NotSent(f"Secret Manager: {type(error).__name__} for {name}") from error
        for each in unusable:
            logs.noticed("a version counts as absent", outcome="unusable_secret", secret=name, reason=each)
        self._kept[name] = _Kept(values, self._clock(), unusable)

    def _newest(self, name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the newest usable values, and what is wrong with the versions that were walked over."""
        number, data = self._access(name, "latest")
        last, found, unusable = max(0, number - 1 - MAX_GAP), list[str](), list[str]()
        while number > last and len(found) < WANTED:
            try:
                found += [] if data is None else [usable(name, data)]
            except UnusableSecret as error:
                unusable.append(f"version {number}: {error}")
            number -= 1
            if number > last and len(found) < WANTED:
                _, data = self._access(name, str(number))
        return tuple(found), tuple(unusable)

    def _access(self, name: str, version: str) -> tuple[int, bytes | None]:
        """Return the version's number and data: None when it is disabled or destroyed, number 0 when there is none."""
        path = f"projects/{self._project}/secrets/{name}/versions/{version}"
        try:
            answer = self._client.access_secret_version(request={"name": path}, retry=None, timeout=TIMEOUT)
        except NotFound:
            return 0, None
        except FailedPrecondition as error:
            return _number(str(error)), None
        return _number(answer.name), answer.payload.data


def _missing(name: str, unusable: tuple[str, ...]) -> str:
    if not unusable:
        return f"secret {name} has no enabled version"
    return f"secret {name} has no usable version; {'; '.join(unusable)}. Store it again: ./launch secrets push {name}"


def _number(text: str) -> int:
    """Return the version number in a resource name, or in the sentence that says that version is disabled."""
    found = re.search(r"/versions/(\d+)", text)
    return int(found[1]) if found else 0
