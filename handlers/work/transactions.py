"""Firestore's transactions with a deadline over all of their calls.

The client's own `transactional` (google-cloud-firestore 2.34.1) has none: it repeats BeginTransaction, Commit and
Rollback for up to a minute each, and answers a failed BeginTransaction with ValueError, because it then rolls back a
transaction that there is not. So the calls are made here; the documents are read and written by the client's own.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from contextlib import suppress
from itertools import chain, repeat
from typing import Any, TypeVar

from google.api_core.exceptions import Aborted, GoogleAPIError
from google.auth.exceptions import GoogleAuthError
from google.cloud import firestore
from google.cloud.firestore_v1 import types

from handlers.failures import Unavailable

# Seconds before each further attempt, at most; the mean is half of it. The last goes on for as long as there is time:
# how many attempts fifty deliveries of one event need depends on how fast the machine is.
PAUSES, PAUSE = (0.02, 0.05, 0.1, 0.2), 0.4
ROLLBACK = 1.0  # seconds; Firestore ends by itself what was not rolled back

T = TypeVar("T")
Attempt = Callable[[firestore.Transaction, Callable[[], float]], T]


def run(client: firestore.Client, attempt: Attempt[T], seconds: float) -> T:
    """Return what `attempt` returns after its writes are committed; it may run several times.

    It gets the transaction to read and write by, and how to ask for the seconds that are left. What it raises ends the
    transaction without a change. Raises Unavailable after too much contention or `seconds`, and the client's errors.
    """
    end, first = time.monotonic() + seconds, b""

    def left() -> float:
        return max(0.001, end - time.monotonic())

    for pause in chain(PAUSES, repeat(PAUSE)):
        transaction = client.transaction()
        # A further attempt keeps the place in the line of the first.
        transaction._id = _begun(client, first, left())
        first = first or transaction._id
        try:
            result = attempt(transaction, left)
            _call(client, "commit", left(), writes=transaction._write_pbs, transaction=transaction._id)
        except Aborted:
            if left() <= pause:
                break
            time.sleep(random.uniform(0, pause))  # noqa: S311 - spreads those that met
        except BaseException:
            with suppress(GoogleAPIError, GoogleAuthError):
                _call(client, "rollback", min(ROLLBACK, left()), transaction=transaction._id)
            raise
        else:
            return result
    raise Unavailable("Firestore: too much contention")


def _begun(client: firestore.Client, again: bytes, timeout: float) -> bytes:
    options = types.TransactionOptions(read_write={"retry_transaction": again}) if again else None
    begun: bytes = _call(client, "begin_transaction", timeout, options=options).transaction
    return begun


def call(client: firestore.Client, method: str, seconds: float, **request: Any) -> Any:
    """Call a method of Firestore's API once, with the fields of its request; raises the client's errors."""
    return getattr(client._firestore_api, method)(
        request=request, metadata=client._rpc_metadata, retry=None, timeout=seconds
    )


def _call(client: firestore.Client, method: str, seconds: float, **request: Any) -> Any:
    return call(client, method, seconds, database=client._database_string, **request)
