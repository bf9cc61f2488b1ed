"""The document store behind a small protocol, and Firestore as the one that keeps it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol, TypeVar

from google.api_core.exceptions import AlreadyExists, GoogleAPIError
from google.api_core.retry import Retry
from google.auth.exceptions import GoogleAuthError
from google.cloud import firestore

from handlers.failures import Unavailable
from handlers.work import transactions

TIMEOUT = 8.0  # seconds for one call, and for all of one transaction
# The client asks what it was given whether to go on with a query whose stream broke; None has no answer.
NEVER = Retry(predicate=lambda _: False)
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

    def transact(self, work: Work[T]) -> T:
        """Run `work` on one consistent state and apply all its writes at once, or none of them.

        `work` may run several times and must therefore not do anything but read and return; what it raises ends the
        transaction without a change.
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


class Firestore:
    """The Documents of one Firestore database."""

    def __init__(self, client: firestore.Client) -> None:
        self._client = client

    def create(self, path: str, fields: Fields) -> bool:
        """See Documents."""
        with _reachable():
            try:
                self._client.document(path).create(dict(fields), retry=None, timeout=TIMEOUT)
            except AlreadyExists:
                return False
            return True

    def get(self, path: str) -> Fields | None:
        """See Documents."""
        with _reachable():
            return self._read(path)

    def find(self, query: Query) -> list[Found]:
        """See Documents."""
        with _reachable():
            found = self._query(query).stream(retry=NEVER, timeout=TIMEOUT)
            return [Found(each.reference.path, each.to_dict(), each.create_time) for each in found]

    def delete(self, path: str) -> None:
        """See Documents."""
        with _reachable():
            self._client.document(path).delete(retry=None, timeout=TIMEOUT)

    def transact(self, work: Work[T]) -> T:
        """See Documents."""

        def attempt(transaction: firestore.Transaction, left: Callable[[], float]) -> T:
            result, writes = work(lambda path: self._read(path, transaction, left()))
            for write in writes:
                transaction.set(self._client.document(write.path), dict(write.fields), merge=True)
            return result

        with _reachable():
            return transactions.run(self._client, attempt, TIMEOUT)

    def count(self, query: Query) -> int:
        """See Documents."""
        with _reachable():
            ((result,),) = self._matching(query).count().get(retry=NEVER, timeout=TIMEOUT)
            return int(result.value)

    def _query(self, query: Query) -> Any:
        made = self._matching(query)
        for field in filter(None, (query.order, PATH)):
            made = made.order_by(field)
        made = made.limit(query.limit)
        if not query.after:
            return made
        place = {PATH: self._client.document(query.after)}
        return made.start_after({query.order: query.beyond, **place} if query.order else place)

    def _matching(self, query: Query) -> Any:
        client = self._client
        made: Any = (client.collection_group if query.everywhere else client.collection)(query.collection)
        for field, operator, value in query.where:
            wanted = [client.document(each) for each in value] if field == PATH else value
            made = made.where(filter=firestore.FieldFilter(field, operator, wanted))
        return made

    def _read(
        self, path: str, transaction: firestore.Transaction | None = None, timeout: float = TIMEOUT
    ) -> Fields | None:
        reference = self._client.document(path)
        found: Fields | None = reference.get(transaction=transaction, retry=None, timeout=timeout).to_dict()
        return found


@contextmanager
def _reachable() -> Iterator[None]:
    try:
        yield
    except (GoogleAPIError, GoogleAuthError) as error:
        raise Unavailable(f"Firestore: {type(error).__name__}") from error
