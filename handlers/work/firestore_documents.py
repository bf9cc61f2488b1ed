"""Documents that Firestore keeps. Its client takes most of a second to load, and most modules only name documents.

One document is read by GetDocument, a plain call. The client's own `DocumentReference.get` (google-cloud-firestore
2.34.1) opens a stream for it, BatchGetDocuments, which takes longer; its releases before 2.1 read as we do
(github.com/googleapis/python-firestore/pull/316). That stream is for several documents, and for transactions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar, cast

from google.api_core.exceptions import AlreadyExists, GoogleAPIError
from google.api_core.retry import Retry
from google.auth.exceptions import GoogleAuthError
from google.cloud import firestore
from google.cloud.firestore_v1._helpers import decode_dict

from handlers.failures import Unavailable
from handlers.work import messages, transactions
from handlers.work.documents import PATH, Fields, Found, Query, Read, Revision, Work

TIMEOUT = 8.0  # seconds for one call, and for all of one transaction
# The client asks what it was given whether to go on with a query whose stream broke; None has no answer.
NEVER = Retry(predicate=lambda _: False)

T = TypeVar("T")


class Firestore:
    """The Documents of one Firestore database."""

    def __init__(self, client: firestore.Client) -> None:
        self._client = client

    def create(self, path: str, fields: Fields) -> bool:
        """See Documents."""
        with _reachable():
            try:
                transactions.create(self._client, self._name(path), fields, TIMEOUT)
            except AlreadyExists:
                return False
            return True

    def get(self, path: str) -> Fields | None:
        """See Documents."""
        with _reachable():
            return self._fields(transactions.get(self._client, self._name(path), TIMEOUT))

    def several(self, paths: Sequence[str]) -> list[Fields | None]:
        """See Documents."""
        names = [self._name(path) for path in paths]
        with _reachable():
            found, _ = transactions.batch(self._client, names, TIMEOUT)
            return [self._fields(found[name]) for name in names]

    def find(self, query: Query) -> list[Found]:
        """See Documents."""
        with _reachable():
            found = self._query(query).stream(retry=NEVER, timeout=TIMEOUT)
            return [Found(each.reference.path, each.to_dict(), each.create_time) for each in found]

    def delete(self, path: str) -> None:
        """See Documents."""
        with _reachable():
            self._client.document(path).delete(retry=None, timeout=TIMEOUT)

    def transact(self, work: Work[T], ahead: Sequence[str] = ()) -> T:
        """See Documents."""

        def attempt(transaction: transactions.Transaction) -> tuple[T, list[Any]]:
            result, writes = work(self._reading(transaction, ahead))
            return result, [messages.merging(self._name(each.path), each.fields) for each in writes]

        with _reachable():
            return transactions.run(self._client, attempt, TIMEOUT)

    def revise(self, path: str, revision: Revision[T]) -> T:
        """See Documents."""

        def attempt(found: Any) -> tuple[T, list[Any]]:
            result, writes = revision(self._fields(found))
            return result, [messages.merging(self._name(each.path), each.fields) for each in writes]

        with _reachable():
            return transactions.revise(self._client, self._name(path), attempt, TIMEOUT)

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

    def _reading(self, transaction: transactions.Transaction, ahead: Sequence[str]) -> Read:
        """Return how to read in a transaction, which locks what was read once and so has it once."""
        known: dict[str, Fields | None] = {}

        def read(path: str) -> Fields | None:
            if path not in known:
                wanted = {each: self._name(each) for each in (path, *(() if known else ahead))}
                found = transaction.read(list(wanted.values()))
                known.update((each, self._fields(found[name])) for each, name in wanted.items())
            return known[path]

        return read

    def _fields(self, found: Any) -> Fields | None:
        return None if found is None else cast("Fields", decode_dict(found.fields, self._client))

    def _name(self, path: str) -> str:
        return f"{self._client._database_string}/documents/{path}"


@contextmanager
def _reachable() -> Iterator[None]:
    try:
        yield
    except (GoogleAPIError, GoogleAuthError) as error:
        raise Unavailable(f"Firestore: {type(error).__name__}") from error
