"""One command changes Stripe's signing secret at a time, on whatever machine: a lease in the stack's database."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta

from cli.stripe_client import once_more
from engine.errors import UNREACHABLE, LaunchError
from handlers.failures import Unavailable
from handlers.work.acceptor import Acceptor
from handlers.work.documents import Read, Write

PATH = "rotations/stripe-signing-secret"
LEASE = timedelta(minutes=5)  # longer than all that must not be done twice; what comes after that may be
OWNER = "owner"
UNTIL = "leaseUntil"


@contextmanager
def held(acceptor: Acceptor) -> Iterator[None]:
    """Hold the lease for the block; raises LaunchError when another command does, or the database is out of reach."""
    owner = secrets.token_hex(8)
    until = _taken(acceptor, owner)
    if until:
        raise LaunchError(
            "Another command is changing Stripe's signing secret.",
            "Two at once would store two secrets, and services accept the newest two: not the one in use.",
            f"Wait until it has ended. If it was broken off, run this again after {until:%H:%M} UTC.",
        )
    try:
        yield
    finally:
        _give_back(acceptor, owner)


def _taken(acceptor: Acceptor, owner: str) -> datetime | None:
    """Take the lease; returns until when another one holds it, None when it is ours."""
    now = acceptor.clock()

    def take(read: Read) -> tuple[datetime | None, list[Write]]:
        found = read(PATH) or {}
        until: datetime | None = found.get(UNTIL)
        if until and until > now and found[OWNER] != owner:  # ours is there when an answer of the database was lost
            return until, []
        return None, [Write(PATH, {OWNER: owner, UNTIL: now + LEASE})]

    try:
        return once_more(lambda: acceptor.documents.transact(take))
    except Unavailable as error:
        raise LaunchError(
            "The stack's database cannot be reached, so nothing was changed.",
            str(error),
            "See ./launch status; for real clouds also: gcloud auth application-default login",
            UNREACHABLE,
        ) from error


def _give_back(acceptor: Acceptor, owner: str) -> None:
    def give(read: Read) -> tuple[None, list[Write]]:
        is_ours = (read(PATH) or {}).get(OWNER) == owner
        return None, [Write(PATH, {UNTIL: None})] if is_ours else []

    with suppress(Unavailable):  # then it ends by itself
        acceptor.documents.transact(give)
