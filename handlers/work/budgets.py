"""What one user may ask for in an hour, `budgets/{userId}`: counted in the transaction that stores an intent. Pure.

A fixed hour rather than a sliding one: one document, two numbers, and no history of what somebody did when.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from handlers.failures import Rejected
from handlers.words import Code
from handlers.work.documents import Fields, Write


@dataclass(frozen=True)
class Budget:
    """How many intents of one kind, and of all kinds, one user may send in an hour."""

    kind: str
    of_kind: int
    of_all: int


def path(user_id: str) -> str:
    """Return where a user's count is kept."""
    return f"budgets/{user_id}"


def spend(user_id: str, budget: Budget, kept: Fields | None, now: datetime) -> Write:
    """Return the write that counts one more intent; raises Rejected (429) when that would be one too many."""
    hour = f"{now:%Y-%m-%dT%H}"
    is_new = kept is None or kept.get("hour") != hour
    counts = {} if is_new or kept is None else dict(kept.get("counts") or {})
    of_all, of_kind = sum(counts.values()) + 1, counts.get(budget.kind, 0) + 1
    if of_kind > budget.of_kind:
        raise Rejected(429, Code.TOO_MANY, f"a user may send {budget.of_kind} {budget.kind} an hour")
    if of_all > budget.of_all:
        raise Rejected(429, Code.TOO_MANY, f"a user may send {budget.of_all} intents an hour")
    zeros = dict.fromkeys((kept or {}).get("counts") or {}, 0) if is_new else {}  # a merge leaves what it does not name
    return Write(path(user_id), {"hour": hour, "counts": {**zeros, **counts, budget.kind: of_kind}, "updatedAt": now})
