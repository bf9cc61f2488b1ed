"""What was erased, `erased/{hash of an id}`: a tombstone that whatever comes late has to respect. Pure.

It holds no personal data: the id's hash, when, and until that is done too, what is still to be deleted at others.
Without it an event that Stripe delivers days later, a document that waited in an app's offline queue, or a restored
backup would make the user's record again. A user has one, and so has each customer of theirs at Stripe.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from handlers.work.documents import Fields, Read, Write

COLLECTION = "erased"
REASON = "the user was erased"
EMPTIED: Mapping[str, str] = {"body": "{}", "userId": "", "email": "", "clientId": ""}
"""What an event's record says of a user who was erased, in the place of what the event said."""


def path(id_: str) -> str:
    """Return where it is kept that a user, or a customer, was erased."""
    return f"{COLLECTION}/" + hashlib.sha256(id_.encode()).hexdigest()[:40]


def tombstone(id_: str, now: datetime, left: Mapping[str, Sequence[str]] | None = None) -> Write:
    """Return the write that keeps a user or a customer erased.

    `left` is what is still to be deleted elsewhere: ids, by where they are.
    """
    kept = {where: list(ids) for where, ids in (left or {}).items()}
    return Write(path(id_), {"erasedAt": now, **({"left": kept} if left is not None else {})})


def left_of(kept: Fields | None) -> Mapping[str, tuple[str, ...]]:
    """Return what a tombstone says is still to be deleted elsewhere."""
    return {where: tuple(ids) for where, ids in ((kept or {}).get("left") or {}).items() if ids}


def is_erased(id_: str, read: Read) -> bool:
    """Tell whether a user or a customer was erased."""
    return bool(id_) and read(path(id_)) is not None


def concerns_erased(user_id: str, writes: Iterable[Write], read: Read) -> bool:
    """Tell whether the user of an event, or one whom its writes are about, was erased."""
    named = {user_id, *users_of(writes)}
    return any(is_erased(each, read) for each in sorted(named))


def users_of(writes: Iterable[Write]) -> list[str]:
    """Return the users whom writes are about, each once."""
    return [each for each in dict.fromkeys(map(_user_of, writes)) if each]


def _user_of(write: Write) -> str:
    collection, _, rest = write.path.partition("/")
    return rest.partition("/")[0] if collection == "users" else str(write.fields.get("userId") or "")
