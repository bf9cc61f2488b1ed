"""`get()`, `exists()`, `getAfter()` and `existsAfter()`: which documents they may read, and how many.

A document looked up again is free, and so is the one that the request is about. Source:
https://firebase.google.com/docs/firestore/security/rules-conditions ("Access call limits").
"""

from dataclasses import dataclass, field
from typing import Any

from rules.errors import EvaluationError
from rules.limits import MAX_LOOKUPS_BATCH, MAX_LOOKUPS_SINGLE
from rules.request import Documents, resource
from rules.values.kinds import Path


@dataclass(slots=True)
class Budget:
    """The documents that a request, or all writes of a batch, have looked up.

    `each` is the limit of one write, `total` that of all; `written` are the documents the batch writes, which are free.
    """

    each: int = MAX_LOOKUPS_SINGLE
    total: int = MAX_LOOKUPS_SINGLE
    written: frozenset[tuple[str, ...]] = frozenset()
    seen: set[tuple[str, ...]] = field(default_factory=set)
    here: int = 0

    @classmethod
    def batch(cls, written: frozenset[tuple[str, ...]] = frozenset()) -> "Budget":
        """The budget of a batch or transaction; call `next_write()` before each of its writes."""
        return cls(MAX_LOOKUPS_SINGLE, MAX_LOOKUPS_BATCH, written)

    def next_write(self) -> None:
        """Start the share of the next write."""
        self.here = 0

    def spend(self, path: tuple[str, ...]) -> None:
        """Count a document. Raises EvaluationError past the limits."""
        if path in self.seen or path in self.written:
            return
        if self.here >= self.each or len(self.seen) >= self.total:
            raise EvaluationError(
                f"More than {self.each} documents are looked up for one request ({self.total} for a whole batch)."
            )
        self.seen.add(path)
        self.here += 1


class Lookups:
    """Looks documents up for one request, each one once."""

    __slots__ = ("_budget", "_documents", "_found", "_target")

    def __init__(self, target: tuple[str, ...], documents: Documents, budget: Budget) -> None:
        self._target = target
        self._documents = documents
        self._budget = budget
        self._found: dict[tuple[bool, tuple[str, ...]], dict[str, Any] | None] = {}

    def __call__(self, path: Path, *, after: bool) -> dict[str, Any] | None:
        """The document as a resource, or None. Raises EvaluationError where the path names none, or past the limits."""
        segments = tuple(part for part in path.segments if isinstance(part, str))
        if len(segments) != len(path.segments) or not self._names_document(segments):
            raise EvaluationError(
                f"{path} is not the path of a document; write /databases/$(database)/documents/COLLECTION/ID."
            )
        key = (after, segments)
        if key not in self._found:
            self._found[key] = self._read(segments, after=after)
        return self._found[key]

    def _names_document(self, segments: tuple[str, ...]) -> bool:
        return len(segments) >= 5 and len(segments) % 2 == 1 and segments[:3] == self._target[:3]

    def _read(self, segments: tuple[str, ...], *, after: bool) -> dict[str, Any] | None:
        if segments != self._target:
            self._budget.spend(segments)
        read = self._documents.get_after if after else self._documents.get
        data = read(segments)
        return None if data is None else resource(segments, data)
