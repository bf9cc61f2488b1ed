"""A small database to test rules with: documents, and users who ask.

    database = Database(rules.compile(text), {"users/alice": {"plan": "free"}})
    alice = database.user("alice", email="alice@example.com", email_verified=True)
    assert alice.get("users/alice")
    assert not alice.update("users/alice", {"plan": "pro"})

A verdict is true when the request is allowed, and prints which lines decided. Nothing is ever stored by a request.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rules.lookups import Budget
from rules.request import Auth, Combined, Query, Request, Where, document
from rules.ruleset import Ruleset
from rules.values.kinds import NANOS, Timestamp
from rules.verdict import Verdict

NOW = Timestamp(1_800_000_000 * NANOS)
Data = Mapping[str, Any]
Segments = tuple[str, ...]


class _ServerTime:
    """Stands for the time of the request, as the SDKs' `serverTimestamp()` does."""


SERVER_TIME = _ServerTime()


@dataclass(frozen=True)
class Write:
    """One write of a batch: `method` is create, update or delete, `data` the fields that it sends."""

    method: str
    path: str
    data: Data = field(default_factory=dict)


@dataclass(frozen=True)
class Database:
    """Rules over documents by their paths, such as `users/alice`, at the moment `now`."""

    ruleset: Ruleset
    documents: Mapping[str, Data] = field(default_factory=dict)
    now: Timestamp = NOW

    def user(self, uid: str, **claims: Any) -> Caller:
        """A signed-in user with the claims of the ID token, such as `email` and `email_verified`."""
        return Caller(self, Auth(uid, {"sub": uid, "user_id": uid, **claims}))

    def stranger(self) -> Caller:
        """Somebody who is not signed in."""
        return Caller(self, None)


@dataclass(frozen=True)
class Caller:
    """One who asks. Every method returns whether the rules allow it."""

    database: Database
    auth: Auth | None

    def get(self, path: str) -> Answer:
        """Read a document."""
        return self._ask("get", path)

    def list(self, path: str, *filters: Where, limit: int | None = None) -> Answer:
        """Ask for the documents of a collection that pass all filters; without one, for all."""
        where = Combined("and", filters) if len(filters) > 1 else next(iter(filters), None)
        return self._ask("list", path, query=Query(where, limit))

    def create(self, path: str, data: Data) -> Answer:
        """Create a document."""
        return self.batch(Write("create", path, data))

    def update(self, path: str, data: Data) -> Answer:
        """Change these fields of a document and keep the others."""
        return self.batch(Write("update", path, data))

    def delete(self, path: str) -> Answer:
        """Delete a document."""
        return self.batch(Write("delete", path))

    def batch(self, *writes: Write) -> Answer:
        """Write all of them in one commit: the first that is denied denies it. Each document at most once."""
        after = {document(one.path): self._after(one) for one in writes}
        stored = _Stored(self.database.documents, after)
        budget = Budget.batch(frozenset(after)) if len(writes) > 1 else Budget()
        for one in writes:
            budget.next_write()
            path = document(one.path)
            request = Request(one.method, path, self.auth, self.database.now, after[path])
            verdict = self.database.ruleset.evaluate(request, stored, budget)
            if not verdict.allowed:
                break
        return Answer(verdict)

    def _ask(self, method: str, path: str, query: Query | None = None) -> Answer:
        request = Request(method, document(path), self.auth, self.database.now, query=query or Query())
        return Answer(self.database.ruleset.evaluate(request, _Stored(self.database.documents, {})))

    def _after(self, write: Write) -> Data | None:
        if write.method == "delete":
            return None
        kept = self.database.documents.get(write.path, {}) if write.method == "update" else {}
        sent = {key: self.database.now if value is SERVER_TIME else value for key, value in write.data.items()}
        return {**kept, **sent}


@dataclass(frozen=True)
class Answer:
    """A verdict that is true when the request is allowed."""

    verdict: Verdict

    def __bool__(self) -> bool:
        return self.verdict.allowed

    def __str__(self) -> str:
        return str(self.verdict)


class _Stored:
    def __init__(self, documents: Mapping[str, Data], after: Mapping[Segments, Data | None]) -> None:
        self._documents = documents
        self._after = after

    def get(self, path: Segments) -> Data | None:
        return self._documents.get("/".join(path[3:]))

    def get_after(self, path: Segments) -> Data | None:
        return self._after[path] if path in self._after else self.get(path)
