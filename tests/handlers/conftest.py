"""Small real implementations of the handlers' protocols, kept in memory."""

from __future__ import annotations

import copy
import io
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from starlette.applications import Starlette

from handlers.billing.payment_terms import PaymentTerms
from handlers.billing.stripe_events import Customer
from handlers.failures import Unavailable
from handlers.logs import Log
from handlers.outside.firebase_accounts import Account
from handlers.outside.secret_cache import MissingSecret
from handlers.support.helpdesk import Said, View
from handlers.support.tickets import TicketState
from handlers.work.documents import PATH, Found
from handlers.work.task_queue import Task, task_id
from localcloud.base.process import on_thread
from localcloud.base.web import serving


class MemoryDocuments:
    """Documents under one lock. `fail_at` counts calls down to one that raises, before or after it took effect."""

    def __init__(self) -> None:
        self.kept: dict[str, dict[str, Any]] = {}
        self.created: dict[str, datetime] = {}
        self.calls = 0
        self.fail_at: tuple[int, str] | None = None
        self._lock = threading.RLock()

    def create(self, path, fields):
        with self._lock, self._call():
            if path in self.kept:
                return False
            self.kept[path] = copy.deepcopy(dict(fields))
            return True

    def get(self, path):
        with self._lock, self._call():
            return copy.deepcopy(self.kept.get(path))

    def several(self, paths):
        with self._lock, self._call():
            return [copy.deepcopy(self.kept.get(path)) for path in paths]

    def transact(self, work, ahead=()):
        with self._lock, self._call():
            result, writes = work(lambda path: copy.deepcopy(self.kept.get(path)))
            for write in writes:
                merge(self.kept.setdefault(write.path, {}), write.fields)
            return result

    def revise(self, path, revision):
        return self.transact(lambda read: revision(read(path)))

    def delete(self, path):
        with self._lock, self._call():
            self.kept.pop(path, None)

    def find(self, query):
        with self._lock, self._call():
            found = [
                Found(path, copy.deepcopy(fields), self.created.get(path))
                for path, fields in self.kept.items()
                if path.split("/")[-2 if query.everywhere else 0] == query.collection
                and (query.everywhere or path.count("/") == 1)
                and all(passes({**fields, PATH: path}, *condition) for condition in query.where)
                and (not query.order or query.order in fields)
            ]

            def place(each):
                return (each.fields[query.order], each.path) if query.order else (each.path,)

            after = (query.beyond, query.after) if query.order else (query.after,)
            return [each for each in sorted(found, key=place) if not query.after or place(each) > after][: query.limit]

    def count(self, query):
        return len(self.find(replace(query, limit=10**9)))

    def of(self, collection: str) -> dict[str, dict[str, Any]]:
        with self._lock:
            return {path: fields for path, fields in self.kept.items() if path.rpartition("/")[0] == collection}

    @contextmanager
    def _call(self) -> Iterator[None]:
        self.calls += 1
        number, when = self.fail_at or (0, "")
        if self.calls == number and when == "before":
            raise Unavailable("the store is down")
        yield
        if self.calls == number and when == "after":
            raise Unavailable("the store went down after it had acted")


def passes(fields, field, operator, value) -> bool:
    if field not in fields:
        return False
    has = fields[field]
    match operator:
        case "==":
            return bool(has == value)
        case ">":
            return has is not None and bool(has > value)
        case "array_contains_any":
            return isinstance(has, list) and any(each in value for each in has)
        case "<=":
            return has is not None and bool(has <= value)
        case ">=":
            return has is not None and bool(has >= value)
        case "in":
            return has in value
    raise NotImplementedError(operator)


def merge(into: dict[str, Any], fields: Mapping[str, Any]) -> None:
    for key, value in fields.items():
        if isinstance(value, Mapping) and isinstance(into.get(key), dict):
            merge(into[key], value)
        else:
            into[key] = copy.deepcopy(value)


class MemoryQueue:
    """Keeps what was sent, each name once."""

    def __init__(self) -> None:
        self.sent: list[Task] = []
        self.is_down = False
        self._names: set[str] = set()

    @property
    def paths(self) -> list[str]:
        return [task.path for task in self.sent]

    def send(self, task):
        if self.is_down:
            raise Unavailable("the queue is down")
        if task_id(task) in self._names:
            return False
        self._names.add(task_id(task))
        self.sent.append(task)
        return True


class Stripe:
    """The payment provider: `truth` holds each customer's subscriptions."""

    def __init__(self) -> None:
        self.truth: dict[str, list[Any]] = {}
        self.customers: dict[str, Customer] = {}
        self.bought: dict[str, list[Any]] = {}
        self.charges: dict[str, dict[str, Any]] = {}
        self.disputes: dict[str, dict[str, Any]] = {}
        self.listed: list[dict[str, Any]] = []
        self.undelivered: set[str] = set()

    def subscriptions(self, customer):
        return tuple(self.truth[customer]) if customer in self.truth else None

    def all_subscriptions(self):
        return iter([each for some in self.truth.values() for each in some])

    def subscription_page(self, after=""):
        found = list(self.all_subscriptions())
        begin = 1 + [each.id for each in found].index(after) if after else 0
        page = found[begin : begin + 100]
        return tuple(page), page[-1].id if len(found) > begin + len(page) else ""

    def event_page(self, since, after=""):
        begin = 1 + [each["id"] for each in self.listed].index(after) if after else 0
        page = self.listed[begin : begin + 100]
        return page, page[-1]["id"] if len(self.listed) > begin + len(page) else ""

    def events(self, since, *, undelivered=False):
        return iter([each for each in self.listed if not undelivered or each["id"] in self.undelivered])

    def customer(self, customer):
        return self.customers.get(customer, Customer())

    def move_address(self, customer, email):
        self.customers[customer] = replace(self.customers[customer], email=email)

    def purchases(self, customer):
        return tuple(self.bought.get(customer, ()))

    def buyers(self):
        return iter([customer for customer, some in self.bought.items() for _ in some])

    def refunded(self, charge):
        return self.charges.get(charge, {}).get("amount_refunded", 0)

    def charge(self, charge):
        return self.charges.get(charge)

    def dispute(self, dispute):
        return self.disputes.get(dispute)


class Directory:
    """Firebase's accounts by id."""

    def __init__(self) -> None:
        self.kept: dict[str, Account] = {}
        self.is_down = False

    def get(self, user_id):
        if self.is_down:
            raise Unavailable("Firebase Authentication: answered 503")
        return self.kept.get(user_id)

    def by_email(self, email):
        return next((each for each in self.kept.values() if each.email == email), None)

    def set_claims(self, user_id, claims):
        self.kept[user_id] = replace(self.kept[user_id], claims=dict(claims))

    def delete(self, user_id):
        self.kept.pop(user_id, None)

    def page(self, after=""):
        return list(self.kept.values()), ""

    def some(self, ids):
        return [self.kept[each] for each in ids if each in self.kept]

    def newest(self, offset=0):
        return sorted(self.kept.values(), key=lambda each: -each.created)[offset : offset + 500]


class Crm:
    """Contacts by user id, and every request in order."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.fault: Exception | None = None

    def upsert(self, user_id, properties, *, is_verified=False):
        if self.fault:
            raise self.fault
        self.requests.append((user_id, dict(properties)))
        self.verified = is_verified
        return f"contact-of-{user_id}"


class Helpdesk:
    """Tickets by idempotency key with a state each, and comments; `cut_after` raises once, after it has acted."""

    keeps_state = True
    opening_window = timedelta(hours=2)
    saying_window = timedelta(0)

    def __init__(self) -> None:
        self.tickets: dict[str, Any] = {}
        self.states: dict[str, Any] = {}
        self.comments: list[tuple[str, str, bool]] = []
        self.fault: Exception | None = None
        self.cut_after = False
        self.moved = ""

    def open(self, ticket, key):
        if self.fault:
            raise self.fault
        self.tickets.setdefault(key, ticket)
        id_ = str(1 + list(self.tickets).index(key))
        self.states.setdefault(id_, TicketState.NEW)
        return id_

    def say(self, ticket, text, key, *, by_user):
        if self.fault:
            raise self.fault
        self.comments.append((ticket.helpdesk_id, text, by_user))
        if self.cut_after:
            self.cut_after = False
            raise Unavailable("the answer was cut off")
        return Said(f"c{len(self.comments)}", self.moved)

    def show(self, ticket):
        if self.fault:
            raise self.fault
        self.states[ticket.helpdesk_id] = ticket.state

    def look(self, ticket):
        return View(self.states.get(ticket.helpdesk_id))


class Mailer:
    """Mails by idempotency key; `cut_after` raises once, after the mail is out."""

    replay_window = timedelta(hours=2)

    def __init__(self) -> None:
        self.mails: dict[str, tuple[str, str, str]] = {}
        self.cut_after = False

    def send(self, to, subject, text, key, reply_to=""):
        if self.mails.setdefault(key, (to, subject, text)) != (to, subject, text):
            raise AssertionError("one key came with two texts")
        if self.cut_after:
            self.cut_after = False
            raise Unavailable("the answer was cut off")
        return key


class FixedSecrets:
    """Secret values by name, the newest first."""

    def __init__(self, **values: tuple[str, ...]) -> None:
        self.kept = {name.replace("_", "-"): value for name, value in values.items()}

    def values(self, name, max_age=0.0):
        if not self.kept.get(name):
            raise MissingSecret(f"secret {name} has no enabled version")
        return self.kept[name]

    def known(self, name):
        return self.kept.get(name, ())


class Clock:
    """A clock that stands still unless it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def documents() -> MemoryDocuments:
    return MemoryDocuments()


@pytest.fixture
def new_documents():
    return MemoryDocuments


@pytest.fixture
def queue() -> MemoryQueue:
    return MemoryQueue()


@pytest.fixture
def new_queue():
    return MemoryQueue


@pytest.fixture
def stripe() -> Stripe:
    return Stripe()


@pytest.fixture
def new_stripe():
    return Stripe


@pytest.fixture
def accounts() -> Directory:
    return Directory()


@pytest.fixture
def new_accounts():
    return Directory


@pytest.fixture
def new_clock():
    return Clock


@pytest.fixture
def terms() -> PaymentTerms:
    return PaymentTerms("founder@acme.test")


@pytest.fixture
def crm() -> Crm:
    return Crm()


@pytest.fixture
def helpdesk() -> Helpdesk:
    return Helpdesk()


@pytest.fixture
def mailer() -> Mailer:
    return Mailer()


@pytest.fixture
def new_mailer():
    return Mailer


@pytest.fixture
def secret_cache() -> FixedSecrets:
    return FixedSecrets(
        stripe_signing_secret=("whsec_current", "whsec_previous"),
        stripe_api_key=("sk_test_x",),
        hubspot_token=("pat-x",),
        zendesk_client_id=("launch",),
        zendesk_client_secret=("secret-of-the-client",),
        resend_key=("re_x",),
    )


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def lines() -> io.StringIO:
    """Where the log lines go."""
    return io.StringIO()


@pytest.fixture
def log(lines: io.StringIO) -> Log:
    return Log({"service": "test"}, lines)


@pytest.fixture
def serve_app():
    """Return a function that serves an application over HTTP on a loopback port and returns its base URL."""
    with ExitStack() as servers:

        def start(app) -> str:
            with socket.create_server(("127.0.0.1", 0)) as probe:
                port = probe.getsockname()[1]
            servers.enter_context(on_thread(serving(app, port)))
            return f"http://127.0.0.1:{port}"

        yield start


@pytest.fixture
def serve(serve_app):
    """Return a function that serves routes over HTTP on a loopback port and returns their base URL."""
    return lambda routes: serve_app(Starlette(routes=routes))
