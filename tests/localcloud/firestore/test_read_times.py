"""Reads of the past: every moment of the last hour, whole minutes of a week where recovery is on, and no other."""

from __future__ import annotations

import pytest
from google.api_core import exceptions
from google.cloud.firestore_v1.base_query import FieldFilter
from google.cloud.firestore_v1.types import PartitionQueryRequest

from localcloud.base.world import World
from localcloud.firestore import history, paths
from localcloud.firestore.history import HOUR, MINUTE, WEEK
from localcloud.firestore.messages import Document, Value
from localcloud.firestore.moments import Moments
from localcloud.firestore.store import Scope, Store
from localcloud.firestore.times import Clock
from localcloud.rpc import Refused

DATABASE = "projects/p/databases/(default)"
NOW = 10 * WEEK + 7


def document(path: str, n: int = 0):
    return Document(name=f"{DATABASE}/documents/{path}", fields={"n": Value(integer_value=n)})


@pytest.fixture
def store(tmp_path):
    return Store(World(tmp_path / "world.db"))


def save(store: Store, time: int, *documents, gone: str = "") -> None:
    changed = {paths.document(each.name): each for each in documents}
    if gone:
        changed[paths.document(document(gone).name)] = None
    store.save(changed, time)


def seen(store: Store, moment: int) -> dict[str, int]:
    past = history.Past(store._connection, moment)
    found = past.scan(Scope(paths.parent(f"{DATABASE}/documents"), "c", False))
    by_scan = {each.name.rpartition("/")[2]: each.fields["n"].integer_value for each in found}
    places = {id_: paths.document(document(f"c/{id_}").name) for id_ in "abc"}
    by_name = {id_: got.fields["n"].integer_value for id_, place in places.items() if (got := past.get(place))}
    assert by_scan == by_name
    assert list(past.children(places["a"].parent)) == sorted(by_scan)
    return by_scan


def test_each_moment_shows_what_the_last_commit_before_it_left(store):
    save(store, 10, document("c/a", 1), document("c/b", 1))
    save(store, 20, document("c/a", 2), gone="c/b")
    save(store, 30, document("c/c", 3), document("c/b", 3))
    save(store, 40, document("c/a", 4), gone="c/c")
    assert seen(store, 9) == {}
    assert seen(store, 10) == seen(store, 19) == {"a": 1, "b": 1}
    assert seen(store, 20) == {"a": 2}
    assert seen(store, 35) == {"a": 2, "b": 3, "c": 3}
    assert seen(store, 99) == {"a": 4, "b": 3}


def test_what_nobody_can_read_any_more_is_dropped(store, tmp_path):
    clock = Clock(0, lambda: NOW)
    moments = Moments(World(tmp_path / "world.db"), store, clock)
    for number, time in enumerate((NOW - 2 * HOUR, NOW - 90 * MINUTE, NOW - MINUTE, NOW)):
        save(store, time, document("c/a", number))
    moments.forget(DATABASE, NOW)
    kept = [row[0] for row in store._connection.execute("SELECT until FROM firestore_history ORDER BY until")]
    assert kept == [NOW - MINUTE, NOW]
    save(store, NOW - 3 * HOUR, document("c/b", 0))
    moments.forget(DATABASE, NOW + 1)
    assert len(list(store._connection.execute("SELECT until FROM firestore_history"))) == 3


@pytest.mark.parametrize(
    ("age", "recoverable", "status"),
    [
        (-1, False, "INVALID_ARGUMENT"),
        (0, False, ""),
        (HOUR, False, ""),
        (HOUR + 1, False, "FAILED_PRECONDITION"),
        (HOUR + 1, True, "INVALID_ARGUMENT"),
        (2 * HOUR, True, ""),
        (WEEK, True, ""),
        (WEEK + MINUTE, True, "FAILED_PRECONDITION"),
    ],
)
def test_only_moments_that_are_kept_can_be_read(age, recoverable, status):
    now = NOW - NOW % MINUTE
    if not status:
        history.check(now - age, now, recoverable=recoverable)
        return
    with pytest.raises(Refused) as refused:
        history.check(now - age, now, recoverable=recoverable)
    assert refused.value.code.name == status


def test_clients_read_and_query_at_a_time_and_in_a_transaction_of_the_past(db, col):
    first = col.document("d").set({"n": 1}).update_time
    col.document("e").set({"n": 1})
    col.document("d").update({"n": 2})
    assert col.document("d").get(read_time=first).to_dict() == {"n": 1}
    assert [each.id for each in col.where(filter=FieldFilter("n", "==", 1)).stream(read_time=first)] == ["d"]
    assert next(iter(db.get_all([col.document("e")], read_time=first))).exists is False
    assert col.count().get(read_time=first)[0][0].value == 1
    assert col.document("d").get().to_dict() == {"n": 2}
    api = db._firestore_api
    options = {"read_only": {"read_time": first}}
    begun = api.begin_transaction({"database": db._database_string, "options": options}).transaction
    name = col.document("d")._document_path
    found = list(api.batch_get_documents({"database": db._database_string, "documents": [name], "transaction": begun}))
    assert found[0].found.fields["n"].integer_value == 1


def test_a_collection_group_is_cut_into_parts_of_about_the_same_size(db, col):
    group = col.document("x").collection(f"g{col.id[2:10]}")
    batch = db.batch()
    for number in range(10):
        batch.set(group.document(f"d{number}"), {"n": number})
    batch.commit()
    parts = [part.query().stream() for part in db.collection_group(group.id).get_partitions(4)]
    sizes = [len([each.id for each in part]) for part in parts]
    assert sum(sizes) == 10
    assert len(sizes) == 5
    assert max(sizes) - min(sizes) <= 1
    parent = f"{db._database_string}/documents"
    whole = {
        "from_": [{"collection_id": group.id, "all_descendants": True}],
        "order_by": [{"field": {"field_path": "__name__"}}],
    }
    asked = {"parent": parent, "structured_query": whole, "partition_count": 3, "page_size": 2}
    pages = db._firestore_api.partition_query(PartitionQueryRequest(asked), metadata=db._rpc_metadata)
    assert [len(page.partitions) for page in pages.pages] == [2, 1]


@pytest.mark.parametrize(
    "change",
    [
        {"partition_count": 0},
        {"structured_query": {"from_": [{"collection_id": "c"}]}},
        {"structured_query": {"from_": [{"collection_id": "c", "all_descendants": True}], "limit": {"value": 1}}},
        {"page_token": "nonsense"},
    ],
)
def test_only_whole_collection_groups_can_be_cut(db, change):
    whole = {"from_": [{"collection_id": "c", "all_descendants": True}]}
    asked = {"parent": f"{db._database_string}/documents", "structured_query": whole, "partition_count": 2}
    with pytest.raises(exceptions.InvalidArgument):
        db._firestore_api.partition_query(PartitionQueryRequest({**asked, **change}), metadata=db._rpc_metadata)
