"""Firestore's transactions with a deadline over all of their calls.

The client's own `transactional` (google-cloud-firestore 2.34.1) has none: it repeats BeginTransaction, Commit and
Rollback for up to a minute each, and answers a failed BeginTransaction with ValueError, because it then rolls back a
transaction that there is not. So the calls are made here.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from itertools import chain, repeat
from typing import Any, TypeVar

from google.api_core.exceptions import Aborted, AlreadyExists, FailedPrecondition, GoogleAPIError, NotFound
from google.api_core.gapic_v1.routing_header import to_grpc_metadata
from google.auth.exceptions import GoogleAuthError
from google.cloud import firestore
from google.cloud.firestore_v1 import types
from google.protobuf.empty_pb2 import Empty

from handlers.failures import Unavailable
from handlers.outside import plain_calls
from handlers.work import messages
from handlers.work.documents import Fields

# Seconds before each further attempt, at most; the mean is half of it. The last goes on for as long as there is time:
# how many attempts fifty deliveries of one event need depends on how fast the machine is.
PAUSES, PAUSE = (0.02, 0.05, 0.1, 0.2), 0.4
ROLLBACK = 1.0  # seconds; Firestore ends by itself what was not rolled back

SERVICE = "google.firestore.v1.Firestore"
METHODS: Mapping[str, tuple[Any, Any]] = {  # what each is asked and answers
    "BeginTransaction": (types.BeginTransactionRequest.pb(), types.BeginTransactionResponse.pb()),
    "GetDocument": (types.GetDocumentRequest.pb(), types.Document.pb()),
    "BatchGetDocuments": (types.BatchGetDocumentsRequest.pb(), types.BatchGetDocumentsResponse.pb()),
    "Commit": (types.CommitRequest.pb(), types.CommitResponse.pb()),
    "Rollback": (types.RollbackRequest.pb(), Empty),
}

# What a write is refused with whose document is no longer as it was found, or is in the way of another
# (cloud.google.com/firestore/docs/reference/rpc/google.firestore.v1#precondition).
REVISED_BY_OTHERS = (Aborted, FailedPrecondition, AlreadyExists)
STREAMS = frozenset({"BatchGetDocuments"})
CHANGES_NOTHING = frozenset({"BeginTransaction", "GetDocument", "BatchGetDocuments"})
Options = types.TransactionOptions.pb()

T = TypeVar("T")


class Transaction:
    """One attempt. The first begins with its first read, so that its beginning is no call of its own.

    The API has that (`new_transaction` of BatchGetDocumentsRequest), and Google's client for Node.js does it
    (github.com/googleapis/nodejs-firestore/pull/2017). A first read whose answer is lost leaves a transaction whose
    id nobody knows: Firestore ends it after a minute in which nobody has used it. So an attempt after contention, which
    may well give up while it waits, begins by a call of its own, and can be rolled back; `again` is then the id of the
    first attempt, or empty.
    """

    def __init__(self, client: firestore.Client, again: bytes | None, left: Callable[[], float]) -> None:
        self._client = client
        self._again = again
        self._left = left
        self.id = b""

    def read(self, names: Sequence[str]) -> Mapping[str, Any]:
        """Return the documents of these full names as plain messages, None for one that is not there."""
        if not self.id and self._again is None:
            found, self.id = batch(self._client, names, self._left(), new_transaction=Options(read_write={}))
            return found
        if not self.id:  # a further attempt keeps the place in the line of the first
            options = Options(read_write={"retry_transaction": self._again})
            self.id = _call(self._client, "BeginTransaction", self._left(), options=options).transaction
        return batch(self._client, names, self._left(), transaction=self.id)[0]

    def commit(self, writes: Sequence[Any]) -> None:
        """Apply all writes; without any read they depend on nothing, and need no transaction to be made at once."""
        if self.id or writes:
            _call(self._client, "Commit", self._left(), writes=writes, transaction=self.id)

    def roll_back(self) -> None:
        """End it without a change; where that fails, Firestore does it later."""
        if self.id:
            with suppress(GoogleAPIError, GoogleAuthError):
                _call(self._client, "Rollback", min(ROLLBACK, self._left()), transaction=self.id)


Attempt = Callable[[Transaction], tuple[T, Sequence[Any]]]


def run(client: firestore.Client, attempt: Attempt[T], seconds: float) -> T:
    """Return the result of `attempt` after the writes that it returns too are committed; it may run several times.

    It gets the transaction to read by. What it raises ends the transaction without a change. Raises Unavailable after
    too much contention or `seconds`, and the client's errors.
    """
    first: bytes | None = None

    def once(left: Callable[[], float]) -> T:
        nonlocal first
        transaction = Transaction(client, first, left)
        try:
            result, writes = attempt(transaction)
            transaction.commit(writes)
        except Aborted:
            first = first or transaction.id
            raise
        except BaseException:
            transaction.roll_back()
            raise
        return result

    return _patiently(once, seconds, Aborted)


def revise(client: firestore.Client, name: str, attempt: Callable[[Any], tuple[T, Sequence[Any]]], seconds: float) -> T:
    """Return the result of `attempt` on the document of that full name, after the writes that it returns too are made.

    They are made only if the document is still what `attempt` was given, which else runs again. Raises as `run` does.
    """

    def once(left: Callable[[], float]) -> T:
        found = get(client, name, left())
        result, writes = attempt(found)
        if writes:
            _call(client, "Commit", left(), writes=[_guarded(each, name, found) for each in writes])
        return result

    return _patiently(once, seconds, *REVISED_BY_OTHERS)


def _guarded(write: Any, name: str, found: Any) -> Any:
    return messages.if_still(write, found) if write.update.name == name else write


def _patiently(once: Callable[[Callable[[], float]], T], seconds: float, *others: type[Exception]) -> T:
    """Return the result of `once`, which can ask for the seconds left, and runs again when `others` were in its way."""
    end = time.monotonic() + seconds

    def left() -> float:
        return max(0.001, end - time.monotonic())

    for pause in chain(PAUSES, repeat(PAUSE)):
        try:
            return once(left)
        except others:
            if left() <= pause:
                break
            time.sleep(random.uniform(0, pause))  # noqa: S311 - spreads those that met
    raise Unavailable("Firestore: too much contention")


def get(client: firestore.Client, name: str, seconds: float) -> Any:
    """Return a document by its full name as a plain message, None where there is none."""
    try:
        return call(client, "GetDocument", seconds, "name", name=name)
    except NotFound as missing:
        # Only a sentence that names the document is sure to be about it, and not about the whole database.
        if name in missing.message:
            return None
    return batch(client, [name], seconds)[0][name]


def batch(
    client: firestore.Client, names: Sequence[str], seconds: float, **selector: Any
) -> tuple[Mapping[str, Any], bytes]:
    """Return documents by their full names as plain messages, None for one that is not there, all as of one moment.

    `selector` may name a transaction to read in, or the options of a new one, whose id comes back as well.
    """
    answers = _call(client, "BatchGetDocuments", seconds, documents=names, **selector)
    begun = next((each.transaction for each in answers if each.transaction), b"")
    found = {each.found.name: each.found for each in answers if each.WhichOneof("result") == "found"}
    return {name: found.get(name) for name in names}, begun


def create(client: firestore.Client, name: str, fields: Fields, seconds: float) -> None:
    """Store a new document under its full name; raises AlreadyExists where there is one, and the client's errors.

    The one that is there may be ours, when an earlier answer was lost.
    """
    writes = [messages.creation(name, fields)]
    call(client, "Commit", seconds, "database", database=client._database_string, writes=writes, repeats=True)


def call(
    client: firestore.Client, method: str, seconds: float, routed_by: str, *, repeats: bool = False, **request: Any
) -> Any:
    """Call a method of Firestore's API with the fields of its request, and return its answer as a plain message.

    Of one that streams it is the list of its messages. `routed_by` names the field that Google routes the call by. What
    changes nothing, and what `repeats`, is made once more over a new connection when the old one is lost. Raises the
    client's errors.
    """
    asked, answered = METHODS[method]
    metadata = (*client._rpc_metadata, to_grpc_metadata({routed_by: request[routed_by]}))
    channel = client._firestore_api.transport.grpc_channel
    again = repeats or method in CHANGES_NOTHING
    message = asked(**request)
    return plain_calls.call(
        channel, f"{SERVICE}/{method}", message, answered, seconds, metadata, repeats=again, streams=method in STREAMS
    )


def _call(client: firestore.Client, method: str, seconds: float, **request: Any) -> Any:
    return call(client, method, seconds, "database", database=client._database_string, **request)
