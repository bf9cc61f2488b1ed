"""The promise of Documents, kept by the fake that the other tests use and by Firestore with its official client."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from handlers.failures import NotYet, Unavailable
from handlers.outside import google_clients
from handlers.work import inbox
from handlers.work.documents import PATH, Query, Write, every
from handlers.work.firestore_documents import Firestore
from handlers.work.inbox import Decision, Event, EventState
from handlers.work.outbox import Effect
from localcloud.base import ports
from localcloud.base.process import on_thread
from localcloud.firestore.server import serve as serve_firestore

PROJECT = "acme-rehearsal"
DATABASE = "gcp:firestore/database:Database"


@pytest.fixture(scope="module")
def firestore(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    ports.allocate(home)
    with on_thread(serve_firestore(home)):
        client = google_clients.firestore(PROJECT, {"FIRESTORE_EMULATOR_HOST": ports.load(home).address("firestore")})
        yield Firestore(client)
        client.close()


@pytest.fixture(params=["memory", "firestore"])
def store(request, documents):
    return documents if request.param == "memory" else request.getfixturevalue("firestore")


@pytest.fixture
def at(request):
    """Return a maker of paths that no other test uses."""
    return lambda name: f"tests/{abs(hash(request.node.name))}-{name}"


def test_a_document_is_created_once(store, at):
    assert store.create(at("a"), {"n": 1})
    assert not store.create(at("a"), {"n": 2})
    assert store.get(at("a")) == {"n": 1}


def test_a_document_that_is_not_there_is_none(store, at):
    assert store.get(at("a")) is None
    assert store.transact(lambda read: (read(at("a")), [])) is None


def test_several_documents_come_in_the_order_asked_for(store, at):
    store.create(at("a"), {"n": 1})
    store.create(at("c"), {"n": 3})
    assert store.several([at("c"), at("b"), at("a")]) == [{"n": 3}, None, {"n": 1}]


def test_what_is_read_ahead_is_what_is_there_and_is_locked_as_any_read(store, at):
    store.create(at("a"), {"n": 1})
    seen = store.transact(lambda read: ([read(at(name)) for name in "bac"], []), ahead=[at("a"), at("c")])
    assert seen == [None, {"n": 1}, None]

    def work(read):
        other = (read(at("b")) or {"n": 0})["n"]
        return None, [Write(at("n"), {"n": (read(at("n")) or {"n": other})["n"] + 1})]

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: store.transact(work, ahead=[at("n")]), range(24)))
    assert store.get(at("n")) == {"n": 24}


def test_everything_we_keep_comes_back_as_it_was(store, at):
    kept = {
        "text": "Héllo 👋🏽",
        "raw": '{"a.b":"`x`"}',
        "when": datetime(2026, 11, 23, 12, 0, 0, 123_000, tzinfo=UTC),
        "nothing": None,
        "list": [{"state": "new"}],
        "map": {"a.b": 1, "`": 3},
        "empty": {},
    }
    store.create(at("a"), kept)
    store.transact(lambda _: (None, [Write(at("b"), kept)]))
    assert store.get(at("a")) == store.get(at("b")) == kept


def test_a_write_merges_deeply_and_leaves_other_fields_alone(store, at):
    store.create(at("a"), {"email": "x", "billing": {"rev": 1, "plan": "pro"}, "list": [1, 2]})
    store.transact(lambda _: (None, [Write(at("a"), {"billing": {"rev": 2}, "list": [3]})]))
    assert store.get(at("a")) == {"email": "x", "billing": {"rev": 2, "plan": "pro"}, "list": [3]}


@pytest.fixture
def shelf(request):
    """Return a collection of this test's own."""
    return f"shelf{abs(hash(request.node.name))}"


def test_a_query_finds_what_passes_in_its_order_and_no_more_than_asked(store, shelf):
    for name, state, rank in (("a", "new", 3), ("b", "done", 1), ("c", "new", 2), ("d", "new", 1), ("e", "new", 9)):
        store.create(f"{shelf}/{name}", {"state": state, "rank": rank})
    store.create(f"{shelf}/f/inner/g", {"state": "new", "rank": 0})
    found = store.find(Query(shelf, (("state", "==", "new"),)))
    assert [(each.id, each.path) for each in found] == [(name, f"{shelf}/{name}") for name in "acde"]
    assert {each.id for each in store.find(Query(shelf, (("rank", "<=", 2),), order="rank"))} == set("bcd")
    assert [each.fields["rank"] for each in store.find(Query(shelf, order="rank", limit=3))] == [1, 1, 2]


def test_a_query_goes_on_after_the_page_before(store, shelf):
    for name in "abcde":
        store.create(f"{shelf}/{name}", {})
    first = store.find(Query(shelf, limit=2))
    second = store.find(Query(shelf, limit=2, after=first[-1].path))
    assert [each.id for each in (*first, *second)] == list("abcd")


def test_a_query_everywhere_looks_into_every_collection_of_the_name(store, shelf):
    for user in ("u1", "u2"):
        store.create(f"users{shelf}/{user}/{shelf}/i1", {"kind": "signup_completed"})
    found = store.find(Query(shelf, everywhere=True))
    assert [each.path for each in found] == [f"users{shelf}/{user}/{shelf}/i1" for user in ("u1", "u2")]


def test_a_query_in_an_order_goes_on_after_the_page_before_where_values_are_equal_too(store, shelf):
    for name, n in (("a", 2), ("b", 1), ("c", 1), ("d", 1)):
        store.create(f"{shelf}/{name}", {"n": n})
    query = Query(shelf, (("n", ">", 0),), "n", limit=2)
    assert [each.id for each in every(store, query)] == ["b", "c", "d", "a"]


def test_documents_are_counted_by_their_paths_without_being_read(store, shelf):
    for user in ("u1", "u2"):
        store.create(f"users{shelf}/{user}/{shelf}/i1", {})
    paths = [f"users{shelf}/{user}/{shelf}/i1" for user in ("u1", "u2", "u3")]
    assert store.count(Query(shelf, ((PATH, "in", paths),), everywhere=True)) == 2
    assert store.count(Query(shelf)) == 0


def test_documents_that_hold_one_of_several_values_are_found(store, shelf):
    for name, values in (("a", ["x", "y"]), ("b", ["z"]), ("c", [])):
        store.create(f"{shelf}/{name}", {"values": values})
    found = store.find(Query(shelf, (("values", "array_contains_any", ["y", "z"]),)))
    assert [each.id for each in found] == ["a", "b"]


def test_a_transaction_that_raises_writes_nothing(store, at):
    def work(read):
        raise NotYet("no")

    with pytest.raises(NotYet):
        store.transact(work)
    assert store.get(at("a")) is None


def test_parallel_transactions_lose_no_update(store, at):
    def work(read):
        return None, [Write(at("n"), {"n": (read(at("n")) or {"n": 0})["n"] + 1})]

    def add(_):
        for _ in range(20):
            with suppress(Unavailable):
                return store.transact(work)
        raise AssertionError("never got through")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(40)))
    assert store.get(at("n")) == {"n": 40}


def test_parallel_revisions_lose_no_update(store, at):
    store.create(at("n"), {"n": 0})
    with ThreadPoolExecutor(8) as pool:
        list(
            pool.map(
                lambda _: store.revise(at("n"), lambda had: (None, [Write(at("n"), {"n": had["n"] + 1})])), range(24)
            )
        )
    assert store.get(at("n")) == {"n": 24}


def test_of_parallel_revisions_of_what_is_not_there_one_makes_it_and_the_others_see_it(store, at):
    def work(had):
        return had is None, [Write(at("n"), {"n": (had or {"n": 0})["n"] + 1})]

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: store.revise(at("n"), work), range(8)))
    assert (sum(made), store.get(at("n"))) == (1, {"n": 8})


def test_what_a_revision_writes_elsewhere_goes_with_it_and_what_it_raises_ends_it(store, at):
    def refused(_):
        raise NotYet("somebody else holds the lease")

    store.create(at("a"), {"n": 1})
    assert store.revise(at("a"), lambda had: (had, [Write(at("a"), {"n": 2}), Write(at("b"), {"n": 3})])) == {"n": 1}
    with pytest.raises(NotYet):
        store.revise(at("a"), refused)
    assert store.revise(at("a"), lambda had: (had, [])) == {"n": 2}
    assert store.get(at("b")) == {"n": 3}


def test_a_revision_whose_document_changed_meanwhile_runs_again_and_writes_nothing_of_the_first_run(firestore, at):
    firestore.create(at("a"), {"n": 1})
    seen = []

    def work(had):
        seen.append(had)
        if len(seen) == 1:
            firestore.transact(lambda _: (None, [Write(at("a"), {"n": 2})]))
        return None, [Write(at("a"), {"m": len(seen)}), Write(at(f"run{len(seen)}"), {"n": 1})]

    firestore.revise(at("a"), work)
    assert seen == [{"n": 1}, {"n": 2}]
    assert (firestore.get(at("a")), firestore.get(at("run1"))) == ({"n": 2, "m": 2}, None)


def test_fifty_parallel_deliveries_change_a_document_once(store, at):
    now = datetime(2026, 11, 23, tzinfo=UTC)
    event = Event(at("evt").replace("/", "_"), "stripe", "invoice.paid", "{}", "c1")

    def decide(read):
        bill = read(at("user")) or {"rev": 0}
        return Decision((Write(at("user"), {"rev": bill["rev"] + 1}),), (Effect(f"{event.id}.crm", "crm", "s"),))

    def deliver(_):
        inbox.store(store, event, EventState.RECEIVED, now)
        with suppress(NotYet, Unavailable):
            held = inbox.claim(store, event.id, now)
            if isinstance(held, inbox.Claim):
                inbox.complete(store, held, decide, now + timedelta(seconds=1))

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(deliver, range(50)))
    for _ in range(3):
        deliver(None)
    assert store.get(at("user")) == {"rev": 1}
    assert store.get(f"inbox/{event.id}")["state"] == "done"


def test_a_store_that_nobody_serves_is_unavailable(tmp_path):
    address = ports.allocate(tmp_path).address("firestore")
    client = google_clients.firestore(PROJECT, {"FIRESTORE_EMULATOR_HOST": address})
    with pytest.raises(Unavailable):
        Firestore(client).create("inbox/evt_1", {})
    with pytest.raises(Unavailable):
        Firestore(client).get("inbox/evt_1")
    with pytest.raises(Unavailable):
        Firestore(client).find(Query("inbox"))
    client.close()
