"""Transactions by the official client: no update is ever lost."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from google.api_core import exceptions
from google.api_core.retry import Retry, if_exception_type
from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter


def increment(client, document):
    @firestore.transactional
    def run(transaction):
        count = document.get(transaction=transaction).get("n")
        transaction.update(document, {"n": count + 1})

    run(client.transaction())


# Whoever waits two seconds for a lock is refused, as fifty may be on a slow machine, and has to come again.
in_turn = Retry(if_exception_type(exceptions.Aborted, ValueError), initial=0.05, timeout=60)


def test_eight_threads_of_ten_increments_make_eighty(served, col):
    document = col.document("counter")
    document.set({"n": 0})

    def ten() -> None:
        client = served.client()
        for _ in range(10):
            in_turn(increment)(client, document)
        client.close()

    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(ten) for _ in range(8)]:
            done.result()
    assert document.get().get("n") == 80


def test_fifty_clients_write_and_count_at_once(served, col):
    document = col.document("counter")
    document.set({"n": 0})

    def work(number: int) -> None:
        client = served.client()
        in_turn(client.document(document.path).update)({"n": firestore.Increment(1)})
        client.collection(col.id).document(f"own-{number}").create({"n": number})
        in_turn(increment)(client, document)
        client.close()

    with ThreadPoolExecutor(50) as pool:
        list(pool.map(work, range(50)))
    assert document.get().get("n") == 100
    assert col.count().get()[0][0].value == 51


def test_a_plain_write_waits_for_the_transaction_that_read_the_document(db, col):
    document = col.document("d")
    document.set({"n": 0})
    transaction = db.transaction()
    transaction._begin()
    document.get(transaction=transaction)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(document.set, {"n": 100})
        time.sleep(0.2)
        assert not waiting.done()
        transaction.update(document, {"n": 1})
        transaction._commit()
        waiting.result()
    assert document.get().get("n") == 100


def test_whoever_waits_too_long_for_a_lock_is_aborted_and_the_holder_goes_on(db, col):
    document = col.document("d")
    document.set({"n": 0})
    holder, other = db.transaction(), db.transaction()
    holder._begin()
    document.get(transaction=holder)
    other._begin()
    start = time.monotonic()
    with pytest.raises(exceptions.Aborted, match="Too much contention on these documents"):
        document.get(transaction=other)
    assert 1.5 < time.monotonic() - start < 3
    other._rollback()
    holder.update(document, {"n": 1})
    holder._commit()
    assert document.get().get("n") == 1


def test_a_rolled_back_transaction_leaves_nothing_and_frees_its_locks(db, col):
    document = col.document("d")
    document.set({"n": 0})
    transaction = db.transaction()
    transaction._begin()
    document.get(transaction=transaction)
    transaction.update(document, {"n": 1})
    transaction._rollback()
    document.set({"n": 2})
    assert document.get().get("n") == 2


def test_a_commit_that_fails_ends_the_transaction(db, col):
    document = col.document("d")
    document.set({"n": 0})
    transaction = db.transaction()
    transaction._begin()
    document.get(transaction=transaction)
    transaction.create(document, {"n": 1})
    with pytest.raises(exceptions.AlreadyExists):
        transaction._commit()
    document.set({"n": 5})
    with pytest.raises(exceptions.InvalidArgument, match="transaction has expired or is no longer valid"):
        transaction._commit()


@pytest.mark.parametrize("change", ["appears", "leaves"])
def test_a_transaction_that_queried_is_aborted_when_something_else_would_be_found(db, col, change):
    col.document("seen").set({"email": "a@example.com"})
    query = col.where(filter=FieldFilter("email", "==", "a@example.com"))
    transaction = db.transaction()
    transaction._begin()
    found = list(query.stream(transaction=transaction))
    transaction.set(col.document("result"), {"count": len(found)})
    if change == "appears":
        col.document("late").set({"email": "a@example.com"})
        with pytest.raises(exceptions.Aborted):
            transaction._commit()
    else:
        with ThreadPoolExecutor(1) as pool:
            leaving = pool.submit(col.document("seen").delete)
            time.sleep(0.1)
            assert not leaving.done()
            transaction._commit()
            leaving.result()
    assert col.document("result").get().exists == (change == "leaves")


def test_uniqueness_by_query_holds_under_contention(served, col):
    def claim(number: int) -> str:
        client = served.client()

        @firestore.transactional
        def run(transaction):
            taken = list(col.where(filter=FieldFilter("name", "==", "x")).stream(transaction=transaction))
            if not taken:
                transaction.create(col.document(str(number)), {"name": "x"})

        run(client.transaction(max_attempts=20))
        client.close()
        return "ok"

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(claim, range(6)))
    assert col.count().get()[0][0].value == 1


def test_a_read_only_transaction_keeps_seeing_its_moment(db, col):
    document = col.document("d")
    document.set({"n": 0})
    transaction = db.transaction(read_only=True)
    transaction._begin()
    assert document.get(transaction=transaction).get("n") == 0
    document.set({"n": 1})
    assert document.get(transaction=transaction).get("n") == 0
    assert [d.get("n") for d in col.stream(transaction=transaction)] == [0]
    transaction._commit()
    assert document.get().get("n") == 1


def test_a_transaction_that_is_not_known_has_expired(db, col):
    request = {"database": db._database_string, "writes": [], "transaction": b"0123456789abcdef"}
    with pytest.raises(exceptions.InvalidArgument, match="transaction has expired or is no longer valid"):
        db._firestore_api.commit(request)
    with pytest.raises(exceptions.InvalidArgument, match="Invalid transaction"):
        db._firestore_api.rollback({"database": db._database_string, "transaction": b"x"})
