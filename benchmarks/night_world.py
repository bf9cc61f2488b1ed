"""A launch of any size that is made up as it is asked for, and that counts what it is asked and how long that takes.

Everything agrees: every third user is a customer, nearly half of whom pay, and one in twenty changed since last night.
It needs nothing of the project but its dataclasses, so that an earlier build can be asked to look at the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from benchmarks import stand_ins
from handlers.billing.plans import Price
from handlers.billing.stripe_events import Customer, Subscription
from handlers.outside.firebase_accounts import Account
from handlers.work.documents import Found

if TYPE_CHECKING:
    from handlers.billing.stripe_events import Purchase
    from handlers.work.documents import Fields, Query, T, Work

NOW = datetime(2026, 11, 29, 3, 23, tzinfo=UTC)
YESTERDAY = NOW - timedelta(days=1)
OLD = NOW - timedelta(days=90)
INTENTS_EACH = 3
ONE_IN = 20  # changed since last night
A_READ, A_CALL = 0.010, 0.150  # seconds for one document, and for one call to a vendor
PRO = (Price("price_pro", "pro"),)


@dataclass
class Bill:
    """What was asked: document reads, calls to vendors, and the seconds that they take one after the other."""

    counts: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    def read(self, documents: int) -> None:
        """Count so many documents; a query that finds nothing is billed as one read."""
        self.counts["reads"] += max(1, documents)
        self.seconds += A_READ * max(1, documents)

    def call(self) -> None:
        """Count one call to a vendor."""
        self.counts["calls"] += 1
        self.seconds += A_CALL


@dataclass(frozen=True)
class Size:
    """So many users."""

    users: int

    def id(self, number: int) -> str:
        """The id of a user."""
        return f"u{number:08}"

    def number(self, path: str) -> int:
        """The user whose document is at a path below `users`."""
        return int(path.split("/")[1][1:])

    def is_customer(self, number: int) -> bool:
        """Three of ten are customers."""
        return number % 10 < 3

    def pays(self, number: int) -> bool:
        """Of thirteen customers in thirty Stripe lists a subscription."""
        return self.is_customer(number) and number % 30 < 13

    def changed(self, number: int) -> bool:
        """One in twenty changed since last night."""
        return number % ONE_IN == 0


class Documents(stand_ins.Documents):
    """A store of what everybody has; the few documents that are written are kept."""

    def __init__(self, size: Size, bill: Bill) -> None:
        self._size, self._bill = size, bill
        self.kept: dict[str, dict[str, Any]] = {}

    def get(self, path: str) -> Fields | None:
        """Return a document's fields."""
        self._bill.read(1)
        return self._made(path)

    def create(self, path: str, fields: Fields) -> bool:
        """Keep a document."""
        self.kept[path] = dict(fields)
        return True

    def transact(self, work: Work[T], ahead: Sequence[str] = ()) -> T:  # noqa: ARG002 - as the protocol has it
        """Keep what is written at once."""
        result, writes = work(self.get)
        for write in writes:
            if not write.path.startswith("customers/"):  # marks of a week's walk: billed as writes, and not needed
                self.kept.setdefault(write.path, {}).update(write.fields)
            self._bill.counts["writes"] += 1
        return result

    def count(self, query: Query) -> int:
        """Return how many documents are at so many paths."""
        ((_, _, paths),) = query.where
        self._bill.read(1)
        return sum(self._made(path) is not None for path in paths)

    def find(self, query: Query) -> list[Found]:
        """Return a page of users, intents or events."""
        found = [Found(path, self._made(path) or {}) for path in self._paths(query)]
        self._bill.read(len(found))
        return found

    def _paths(self, query: Query) -> list[str]:
        if query.collection == "users" and query.where:
            return [f"users/{each.replace('cus', 'u')}" for each in query.where[0][2]]
        begin = self._size.number(query.after) if "/" in query.after and query.after.startswith("users") else -1
        if query.collection == "users":
            return [
                f"users/{self._size.id(n)}" for n in range(begin + 1, min(self._size.users, begin + 1 + query.limit))
            ]
        if query.collection == "intents":
            return self._intents(query)
        if query.collection == "inbox":
            first = int(query.after.rpartition("_")[2]) + ONE_IN if query.after else 0
            last = min(self._size.users, first + ONE_IN * query.limit)
            return [f"inbox/evt_{number:08}" for number in range(first, last, ONE_IN)]
        return []

    def _intents(self, query: Query) -> list[str]:
        step = ONE_IN if query.where else 1
        user, intent = (0, 0)
        if query.after:
            user, intent = self._size.number(query.after), int(query.after[-1]) + 1
        paths: list[str] = []
        while len(paths) < query.limit and user < self._size.users:
            if intent == INTENTS_EACH:
                user, intent = user + step, 0
                continue
            paths.append(f"users/{self._size.id(user)}/intents/i{intent}")
            intent += 1
        return paths

    def _made(self, path: str) -> Fields | None:
        if path in self.kept:
            return self.kept[path]
        parts = path.split("/")
        if parts[0] == "inbox" and len(parts[1]) == 12:
            return {"userId": self._size.id(int(parts[1][4:])), "receivedAt": NOW - timedelta(hours=9)}
        if parts[0] == "customers":
            return {"userId": parts[1].replace("cus", "u"), "listedAt": NOW - timedelta(days=1)}
        if parts[0] != "users":
            return None
        number = self._size.number(path)
        if len(parts) == 2:
            return self._user(number)
        made = NOW - timedelta(hours=9) if self._size.changed(number) else OLD
        return {"kind": "signup_completed", "data": {}, "email": "", "createdAt": made, "state": "done"}

    def _user(self, number: int) -> dict[str, Any]:
        customer = f"cus{number:08}"
        paid = {"plan": "pro", "status": "active", "subscriptionId": f"sub_{number:08}", "subscribedPlan": "pro"}
        return {
            "email": f"{number}@acme.test",
            "signedUpAt": OLD,
            "crmContactId": str(number),
            "stripeCustomerIds": [customer] if self._size.is_customer(number) else [],
            **({"billing": paid} if self._size.pays(number) else {}),
        }


class Provider:
    """Stripe: a subscription of each customer who pays, and an event of each of those that changed."""

    def __init__(self, size: Size, bill: Bill) -> None:
        self._size, self._bill = size, bill

    def _subscription(self, number: int) -> Subscription:
        return Subscription(f"sub_{number:08}", f"cus{number:08}", "active", PRO)

    def _paying(self, begin: int) -> Iterator[int]:
        return (number for number in range(begin, self._size.users) if self._size.pays(number))

    def subscriptions(self, customer: str) -> tuple[Subscription, ...]:
        """Return the subscription of a customer."""
        self._bill.call()
        number = int(customer[3:])
        return (self._subscription(number),) if self._size.pays(number) else ()

    def all_subscriptions(self) -> Iterator[Subscription]:
        """Yield them all, a hundred a call."""
        for place, number in enumerate(self._paying(0)):
            if place % 100 == 0:
                self._bill.call()
            yield self._subscription(number)

    def subscription_page(self, after: str = "") -> tuple[tuple[Subscription, ...], str]:
        """Return a hundred of them."""
        self._bill.call()
        numbers = [
            number for _, number in zip(range(100), self._paying(int(after[4:]) + 1 if after else 0), strict=False)
        ]
        found = tuple(map(self._subscription, numbers))
        return found, found[-1].id if len(found) == 100 else ""

    def event_page(self, since: int, after: str = "") -> tuple[list[Mapping[str, Any]], str]:  # noqa: ARG002 - as Stripe's
        """Return a hundred of the events since last night."""
        self._bill.call()
        begin = int(after[4:]) + 1 if after else 0
        changed = (number for number in self._paying(begin) if self._size.changed(number))
        found = [self._event(number) for _, number in zip(range(100), changed, strict=False)]
        return found, found[-1]["id"] if len(found) == 100 else ""

    def _event(self, number: int) -> Mapping[str, Any]:
        items = {"data": [{"price": {"id": "price_pro", "lookup_key": "pro"}}]}
        shown = {"id": f"sub_{number:08}", "customer": f"cus{number:08}", "status": "active", "items": items}
        return {"id": f"evt_{number:08}", "type": "customer.subscription.updated", "data": {"object": shown}}

    def customer(self, customer: str) -> Customer:  # noqa: ARG002 - as Stripe's
        """Return nothing more: every customer is linked."""
        self._bill.call()
        return Customer()

    def buyers(self) -> Iterator[str]:
        """None: the table of this world sells nothing once."""
        return iter(())

    def purchases(self, customer: str) -> tuple[Purchase, ...]:  # noqa: ARG002 - as Stripe's
        """Return nothing: nothing is sold once."""
        self._bill.call()
        return ()

    def events(self, since: int, *, undelivered: bool = False) -> Iterator[Mapping[str, Any]]:  # noqa: ARG002 - as Stripe's
        """Yield nothing: every event was taken when it was made."""
        self._bill.call()
        return iter(())

    def charge(self, charge: str) -> None:  # noqa: ARG002 - as Stripe's
        """Return nothing: no event is about a charge."""
        self._bill.call()

    def refunded(self, charge: str) -> int:  # noqa: ARG002 - as Stripe's
        """Return nothing: nobody was paid back."""
        self._bill.call()
        return 0

    def dispute(self, dispute: str) -> None:  # noqa: ARG002 - as Stripe's
        """Return nothing: nobody disputes."""
        self._bill.call()


class Accounts:
    """Firebase: an account of every user."""

    def __init__(self, size: Size, bill: Bill) -> None:
        self._size, self._bill = size, bill

    def _account(self, number: int) -> Account:
        claims = {"plan": "pro"} if self._size.pays(number) else {}
        created = (NOW - timedelta(hours=9) if number % 100 == 0 else OLD).timestamp()
        return Account(self._size.id(number), f"{number}@acme.test", True, claims, created)

    def page(self, after: str = "") -> tuple[list[Account], str]:
        """Return five hundred of them."""
        self._bill.call()
        begin = int(after or 0)
        end = min(self._size.users, begin + 500)
        return [self._account(number) for number in range(begin, end)], str(end) if end < self._size.users else ""

    def some(self, ids: Sequence[str]) -> list[Account]:
        """Return those of these ids."""
        self._bill.call()
        return [self._account(int(each[1:])) for each in ids]

    def newest(self, offset: int = 0) -> list[Account]:
        """Return five hundred of the youngest: one in a hundred came since last night."""
        self._bill.call()
        young = list(range(0, self._size.users, 100))[offset : offset + 500]
        return [self._account(number) for number in young] or [self._account(1)]

    def get(self, user_id: str) -> Account:
        """Return one."""
        self._bill.call()
        return self._account(int(user_id[1:]))

    def by_email(self, email: str) -> Account:
        """Return the one of this address."""
        self._bill.call()
        return self._account(int(email.partition("@")[0]))

    def set_claims(self, user_id: str, claims: Mapping[str, Any]) -> None:  # noqa: ARG002 - as Firebase's
        """Count it: the claims agree already."""
        self._bill.call()

    def delete(self, user_id: str) -> None:  # noqa: ARG002 - as Firebase's
        """Count it: nobody is erased."""
        self._bill.call()


@dataclass(frozen=True)
class World:
    """A launch and its bill."""

    bill: Bill
    documents: Documents
    provider: Provider
    accounts: Accounts


def made(users: int) -> World:
    """Return a launch of so many users, and its bill."""
    size, bill = Size(users), Bill()
    return World(bill, Documents(size, bill), Provider(size, bill), Accounts(size, bill))
