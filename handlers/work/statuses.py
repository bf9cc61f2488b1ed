"""The status of an intent, `users/{userId}/statuses/{id}`: what the app streams to tell the user how it stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from handlers.words import SENTENCES, STATES, Code
from handlers.work.documents import Write

KEPT_FROM = "toldAt"
"""The field from which its retention counts: Firestore's TTL knows a collection by its name alone, and a founder may
have another one that is called `statuses`."""


@dataclass(frozen=True)
class StatusTarget:
    """Which user's intent a status is about; `client_id` is the id that the app made."""

    user_id: str
    client_id: str
    kind: str


def path(user_id: str, client_id: str) -> str:
    """Return where the status of a user's intent is kept."""
    return f"users/{user_id}/statuses/{client_id}"


def write(asked: StatusTarget, code: Code, now: datetime) -> Write:
    """Return the write that tells the app how the intent stands."""
    return said(path(asked.user_id, asked.client_id), code, now, kind=asked.kind)


def said(status_path: str, code: Code, now: datetime, **more: str) -> Write:
    """Return the write of a code into the status at a path."""
    words = {"state": STATES[code].value, "code": code.value, "sentence": SENTENCES[code]}
    return Write(status_path, {**more, **words, "updatedAt": now, KEPT_FROM: now})
