"""A page of a round: how much of something is looked at before the place is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TypeVar

from handlers.billing.customer_owners import Owners
from handlers.billing.payment_terms import PaymentTerms
from handlers.billing.stripe_api import Provider
from handlers.ids import is_document_id
from handlers.logs import Log
from handlers.outside.firebase_accounts import Accounts
from handlers.reconcile import Observations, parsed
from handlers.work import erasures, users
from handlers.work.documents import PATH, Documents, Fields, Found, Query, follower
from handlers.work.users import User

# Values of one `in` or `array-contains-any` (firebase.google.com/docs/firestore/query-data/queries).
MOST_ALTERNATIVES = 30

T = TypeVar("T")
TakeIntent = Callable[[str, str, Fields], str]  # (user, the client's id, fields) → the event's state


@dataclass(frozen=True)
class Outside:
    """All that a round asks, and who accepts a forgotten intent."""

    documents: Documents
    provider: Provider
    accounts: Accounts
    terms: PaymentTerms
    take: TakeIntent
    log: Log

    @property
    def owners(self) -> Owners:
        """Who finds whose customer somebody is."""
        return Owners(self.documents, self.provider, self.accounts)


@dataclass(frozen=True)
class Window:
    """What a round looks at: what changed after `since` and up to `until`, its own beginning."""

    since: datetime
    until: datetime


@dataclass(frozen=True)
class Page:
    """What one page showed: how many things were `seen`, and where the next one begins, None at the end.

    Of what was `observed` only differences of these `kinds` count: another step looks at the others.
    """

    seen: int
    after: str | None
    observed: Observations | None = None
    kinds: frozenset[str] = frozenset()
    forgotten: int = 0


Step = Callable[[Outside, Window, str], Page]


def users_of(documents: Documents, ids: Iterable[str]) -> tuple[Mapping[str, User], tuple[str, ...]]:
    """Return the users that are kept, by id, and the paths of documents that cannot be read.

    An id that no document can have is nobody's.
    """
    possible = filter(is_document_id, dict.fromkeys(ids))
    kept = ((each, documents.get(users.path(each))) for each in possible)
    return parsed(Found(users.path(each), fields) for each, fields in kept if fields is not None)


def in_time(documents: Documents, query: Query, after: str) -> tuple[list[Found], str | None]:
    """Return a page of a query that is ordered by a time, and where the next one begins, None at the end."""
    if after:
        moment, _, path = after.partition(" ")
        query = follower(query, Found(path, {query.order: datetime.fromisoformat(moment)}))
    found = documents.find(query)
    if len(found) < query.limit:
        return found, None
    return found, f"{found[-1].fields[query.order].isoformat()} {found[-1].path}"


def tombstones(documents: Documents, ids: Iterable[str]) -> frozenset[str]:
    """Return the places of the tombstones of users and customers; counting costs one read where there are none."""
    found: set[str] = set()
    for some in batched((erasures.path(each) for each in dict.fromkeys(ids)), MOST_ALTERNATIVES):
        if documents.count(Query(erasures.COLLECTION, ((PATH, "in", list(some)),))):
            found.update(each for each in some if documents.get(each) is not None)
    return frozenset(found)


def batched(things: Iterable[T], size: int) -> Iterator[tuple[T, ...]]:
    """Yield the things in tuples of `size`, the last of which may be shorter."""
    left = iter(things)
    while some := tuple(islice(left, size)):
        yield some
