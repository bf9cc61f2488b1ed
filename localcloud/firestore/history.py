"""Documents as they were: what a commit replaces is kept for a while, for reads in the past and resumed listeners.

Firestore reads any moment of the past hour, and whole minutes of seven days where point-in-time recovery is on:
https://firebase.google.com/docs/firestore/use-pitr#version_retention_period.
"""

from __future__ import annotations

import sqlite3

from grpc import StatusCode

from localcloud.firestore.errors import invalid
from localcloud.firestore.store import Reader
from localcloud.rpc import Refused

SECOND = 1_000_000  # microseconds
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
WEEK = 7 * 24 * HOUR

# At a moment a document is what the first commit after it replaced, and without one what it is now.
_AT = """(
    SELECT database, key, parent, collection, document FROM firestore_documents AS now WHERE NOT EXISTS (
        SELECT 1 FROM firestore_history AS past
        WHERE past.database = now.database AND past.key = now.key AND past.until > {moment}
    )
    UNION ALL
    SELECT database, key, parent, collection, document FROM firestore_history AS past
    WHERE document IS NOT NULL AND until = (
        SELECT min(until) FROM firestore_history AS later
        WHERE later.database = past.database AND later.key = past.key AND later.until > {moment}
    )
)"""


class Past(Reader):
    """Reads documents as they were after the last commit at or before a moment (microseconds)."""

    def __init__(self, connection: sqlite3.Connection, moment: int) -> None:
        super().__init__(connection, _AT.format(moment=int(moment)))

    def close(self) -> None:
        """Nothing is held."""


def check(moment: int, now: int, *, recoverable: bool) -> None:
    """Raise Refused unless a database can be read at a moment; both times are in microseconds.

    `recoverable` says that point-in-time recovery is on.
    """
    if moment > now:
        raise invalid("The requested read_time lies in the future.")
    if moment >= now - HOUR:
        return
    if not recoverable or moment < now - WEEK:
        raise Refused(StatusCode.FAILED_PRECONDITION, "The requested snapshot version is too old.")
    if moment % MINUTE:
        raise invalid("A read_time of more than an hour ago has to be a whole minute.")
