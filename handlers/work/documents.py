"""The document store behind a small protocol; `work.firestore_documents` keeps it in Firestore."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

Fields = Mapping[str, Any]
Read = Callable[[str], Fields | None]
T = TypeVar("T")


@dataclass(frozen=True)
class Write:
    """Fields to merge into the document at `path`, which is created when there is none."""

    path: str
    fields: Fields


Work = Callable[[Read], tuple[T, Sequence[Write]]]


@dataclass(frozen=True)
class Query:
    """Documents of `collection` that pass all of `where` (field, operator, value), at most `limit`.

    They come ordered by the field `order`, or by their path without one; then `after` may be the path of the last
    document of the page before. `everywhere` means every collection of that name, below whatever document.
    """

    collection: str
    where: tuple[tuple[str, str, Any], ...] = ()
    order: str = ""
    limit: int = 100
    after: str = ""
    everywhere: bool = False


@dataclass(frozen=True)
class Found:
    """A document that a query found."""

    path: str
    fields: Fields

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

    def find(self, query: Query) -> list[Found]:
        """Return what a query finds."""
        ...

    def transact(self, work: Work[T]) -> T:
        """Run `work` on one consistent state and apply all its writes at once, or none of them.

        `work` may run several times and must therefore not do anything but read and return; what it raises ends the
        transaction without a change.
        """
        ...


def every(documents: Documents, query: Query) -> Iterator[Found]:
    """Yield all that a query without an order finds, page by page."""
    page = documents.find(query)
    while page:
        yield from page
        page = documents.find(replace(query, after=page[-1].path))
