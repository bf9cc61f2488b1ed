"""The ids that senders make and we keep: what each must look like. Pure.

Ids become the ids of Firestore documents, which have limits of their own (firebase.google.com/docs/firestore/quotas).
"""

from __future__ import annotations

import re
from typing import TypeGuard

TICKET_ID = re.compile(r"tkt_[0-9a-f]{24}")
CLIENT_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")  # of an intent or a command, made by the app
LONGEST = 1_500  # bytes in UTF-8 of a document's id
UNUSABLE = re.compile(r"\.{1,2}|__.*__")  # what Firestore takes as no document's id


def is_ticket_id(value: object) -> TypeGuard[str]:
    """Tell whether a value has the form of a ticket's id, as `tickets.id_for` makes it."""
    return isinstance(value, str) and bool(TICKET_ID.fullmatch(value))


def is_client_id(value: object) -> TypeGuard[str]:
    """Tell whether an app may make this id: 1 to 64 letters, digits, dots, colons, dashes or underscores."""
    return isinstance(value, str) and bool(CLIENT_ID.fullmatch(value))


def is_document_id(text: str) -> bool:
    """Tell whether Firestore takes a text as a document's id: half of a surrogate pair is no text."""
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        return False
    return 0 < size <= LONGEST and "/" not in text and not UNUSABLE.fullmatch(text)
