"""The document store behind a small protocol; `work.firestore_documents` keeps it in Firestore."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol, TypeVar

PATH = "__name__"  # what Firestore calls a document's path in a query

Fields = Mapping[str, Any]
Read = Callable[[str], Fields | None]
T = TypeVar("T")


@dataclass(frozen=True)
class Write:
    """Fields to merge into the document at `path`, which is created when there is none."""

    path: str
    fields: Fields


Work = Callable[[Read], tuple[T, Sequence[Write]]]
Revision = Callable[[Fields | None], tuple[T, Sequence[Write]]]


@dataclass(frozen=True)
class Query:
    """Documents of `collection` that pass all of `where` (field, operator, value), at most `limit`.

    They come ordered by the field `order`, or by their path without one. `after` may be the path of the last document
    of the page before, and `beyond` is then its value of `order`. `everywhere` means every collection of that name,
    below whatever document. A condition on PATH has paths as its values.
    """

    collection: str
    where: tuple[tuple[str, str, Any], ...] = ()
    order: str = ""
    limit: int = 100
    after: str = ""
    everywhere: bool = False
    beyond: Any = None


@dataclass(frozen=True)
class Found:
    """A document that a query found."""

    path: str
    fields: Fields
    created: datetime | None = None  # when the store made it

    @property
    def id(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]


class Documents(Protocol):
    """Documents by path (`users/u1`). Every method raises Unavailable when the store cannot be reached."""

    def create(self, path: str, fields: Fields) -> bool:
        """Store a new document durably; returns False, and changes nothing, when there is one at `path`."""
        ...

    def get(self, path: str) -> Fields | None:
        """Return a document's fields, or None."""
        ...

    def several(self, paths: Sequence[str]) -> list[Fields | None]:
        """Return the fields of several documents as they are at one moment, in that order, None where there is none."""
        ...

    def find(self, query: Query) -> list[Found]:
        """Return what a query finds."""
        ...

    def count(self, query: Query) -> int:
        """Return how many documents a query finds, its limit and order aside; billed as one read for each thousand.

        https://firebase.google.com/docs/firestore/pricing#aggregation_queries
        """
        ...

    def delete(self, path: str) -> None:
        """Delete a document; one that is not there is no mistake."""
        ...

    def transact(self, work: Work[T], ahead: Sequence[str] = ()) -> T:
        """Run `work` on one consistent state and apply all its writes at once, or none of them.

        `work` may run several times and must therefore not do anything but read and return; what it raises ends the
        transaction without a change. What it will read after its first document may be named `ahead`, and is then
        fetched together with that one.
        """
        ...

    def revise(self, path: str, revision: Revision[T]) -> T:
        """Run `revision` on one document, and apply all its writes at once if it is still as it was; else run it again.

        A decision that depends on one document needs no more, and nobody waits for it. Its writes have to change that
        document, unless there are none. What `revision` raises ends it without a change.
        """
        ...


def follower(query: Query, last: Found) -> Query:
    """Return the query for what comes after the last document of a page."""
    return replace(query, after=last.path, beyond=last.fields[query.order] if query.order else None)


def every(documents: Documents, query: Query) -> Iterator[Found]:
    """Yield all that a query finds, page by page."""
    while True:
        page = documents.find(query)
        yield from page
        if len(page) < query.limit:
            return
        query = follower(query, page[-1])
