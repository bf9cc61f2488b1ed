"""Users who were erased, `erased/{hash of the user's id}`: a tombstone that whatever comes late has to respect. Pure.

It holds no personal data: the id's hash, and when. Without it an event that Stripe delivers days later, or a document
that waited in an app's offline queue, would make the user's record again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime

from handlers.work.documents import Read, Write

REASON = "the user was erased"


def path(user_id: str) -> str:
    """Return where it is kept that a user was erased."""
    return "erased/" + hashlib.sha256(user_id.encode()).hexdigest()[:40]


def tombstone(user_id: str, now: datetime) -> Write:
    """Return the write that keeps a user erased."""
    return Write(path(user_id), {"erasedAt": now})


def is_erased(user_id: str, read: Read) -> bool:
    """Tell whether a user was erased."""
    return bool(user_id) and read(path(user_id)) is not None


def concerns_erased(user_id: str, writes: Iterable[Write], read: Read) -> bool:
    """Tell whether the user of an event, or one whom its writes are about, was erased."""
    named = {user_id, *(_user_of(write) for write in writes)}
    return any(is_erased(each, read) for each in sorted(named))


def _user_of(write: Write) -> str:
    collection, _, rest = write.path.partition("/")
    return rest.partition("/")[0] if collection == "users" else str(write.fields.get("userId") or "")
