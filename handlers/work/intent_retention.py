"""How long an intent's document, `users/{userId}/intents/{id}`, is kept. Pure.

A sweep deletes them. Firestore's own TTL knows a collection by its name alone, and a founder may have another one that
is called `intents`; so the fields are looked at too, which are those that the security rules let an app write.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from handlers.work import erasures
from handlers.work.documents import Found, Read

KEPT = timedelta(days=90)  # shorter than the status, without which an intent is taken for forgotten
NEEDED, FIELDS = frozenset({"kind", "data"}), frozenset({"kind", "data", "email", "createdAt"})


def is_over(found: Found, user_id: str, now: datetime, read: Read) -> bool:
    """Tell whether a document is an intent that was kept long enough, or one of a user who was erased."""
    if not NEEDED <= set(found.fields) <= FIELDS:
        return False
    said = found.fields.get("createdAt")
    made = said if isinstance(said, datetime) else found.created
    return (made is not None and now - made > KEPT) or erasures.is_erased(user_id, read)
