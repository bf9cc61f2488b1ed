"""Documents by the official client: create, read, update, delete, lists, batches and what they refuse."""

from __future__ import annotations

import datetime

import pytest
from google.api_core import exceptions
from google.cloud import firestore
from google.cloud.firestore_v1.types import write as wire

EVERYTHING = {
    "null": None,
    "yes": True,
    "int": -(2**63),
    "double": 1.5,
    "when": datetime.datetime(2026, 2, 3, 4, 5, 6, 789012, tzinfo=datetime.UTC),
    "text": "Grüße 🚀 " + "lang " * 2000,
    "bytes": b"\x00\xff",
    "where": firestore.GeoPoint(52.5, 13.4),
    "list": [1, "a", {"deep": [None]}],
    "map": {"a": {"b": {"c": {}}}, "with space": 1, "a.b": 2},
    "empty list": [],
}


def test_a_document_comes_back_as_it_was_written(db, col):
    content = {**EVERYTHING, "ref": col.document("other")}
    written = col.document("d").create(content)
    snapshot = col.document("d").get()
    assert snapshot.to_dict() == content
    assert snapshot.create_time == snapshot.update_time == written.update_time


def test_a_missing_document_is_a_snapshot_that_does_not_exist(col):
    assert not col.document("nobody").get().exists


def test_reading_with_a_mask_returns_only_those_fields(col):
    col.document("d").set({"a": {"b": 1, "c": 2}, "d": 3})
    assert col.document("d").get(field_paths=["a.c", "missing"]).to_dict() == {"a": {"c": 2}}


def test_creating_twice_conflicts(col):
    col.document("d").create({"n": 1})
    with pytest.raises(exceptions.AlreadyExists, match="Document already exists: projects/acme-rehearsal/"):
        col.document("d").create({"n": 2})
    assert col.document("d").get().to_dict() == {"n": 1}


def test_updating_what_is_not_there_is_not_found(col):
    with pytest.raises(exceptions.NotFound, match="No document to update: projects/acme-rehearsal/"):
        col.document("nobody").update({"n": 1})


def test_an_update_needs_the_update_time_it_names(db, col):
    document = col.document("d")
    first = document.set({"n": 1})
    document.set({"n": 2})
    option = db.write_option(last_update_time=first.update_time)
    with pytest.raises(exceptions.FailedPrecondition, match=r"the stored version \(\d+\) does not match the required"):
        document.update({"n": 3}, option=option)
    with pytest.raises(exceptions.FailedPrecondition):
        document.delete(option=option)
    current = db.write_option(last_update_time=document.get().update_time)
    document.update({"n": 4}, option=current)
    assert document.get().to_dict() == {"n": 4}


def test_an_update_time_of_a_missing_document_is_not_found(db, col):
    time = col.document("d").set({"n": 1}).update_time
    with pytest.raises(exceptions.NotFound):
        col.document("nobody").update({"n": 2}, option=db.write_option(last_update_time=time))


def test_an_update_time_in_the_future_is_invalid(db, col):
    time = col.document("d").set({"n": 1}).update_time
    option = db.write_option(
        last_update_time=wire.WriteResult(update_time=time + datetime.timedelta(hours=1))._pb.update_time
    )
    with pytest.raises(exceptions.InvalidArgument):
        col.document("d").update({"n": 2}, option=option)


def test_a_delete_that_requires_existence_is_not_found(db, col):
    with pytest.raises(exceptions.NotFound):
        col.document("nobody").delete(option=db.write_option(exists=True))
    assert col.document("nobody").delete()


def test_updates_touch_only_the_fields_they_name(col):
    document = col.document("d")
    document.set({"a": {"b": 1, "c": 2}, "odd.name": 1, "gone": 1, "`tick\\": 1})
    document.update(
        {"a.b": 5, db_path("odd.name"): 6, "gone": firestore.DELETE_FIELD, db_path("`tick\\"): 7, "new.x": 8}
    )
    assert document.get().to_dict() == {"a": {"b": 5, "c": 2}, "odd.name": 6, "`tick\\": 7, "new": {"x": 8}}


def db_path(name: str) -> str:
    return firestore.Client.field_path(name)


def test_merging_keeps_other_fields(col):
    col.document("d").set({"a": {"b": 1}, "c": 1})
    col.document("d").set({"a": {"d": 2}}, merge=True)
    col.document("d").set({"c": 9, "ignored": 9}, merge=["c"])
    assert col.document("d").get().to_dict() == {"a": {"b": 1, "d": 2}, "c": 9}


def test_a_write_that_changes_nothing_keeps_its_update_time(col):
    first = col.document("d").set({"n": 1})
    assert col.document("d").set({"n": 1}).update_time == first.update_time
    assert col.document("d").set({"n": 2}).update_time > first.update_time


def test_update_times_grow(col):
    times = [col.document("d").set({"n": n}).update_time for n in range(20)]
    assert times == sorted(set(times))


def test_a_batch_is_kept_whole_or_not_at_all(db, col):
    col.document("taken").set({"n": 0})
    batch = db.batch()
    batch.set(col.document("new"), {"n": 1})
    batch.create(col.document("taken"), {"n": 1})
    with pytest.raises(exceptions.AlreadyExists):
        batch.commit()
    assert not col.document("new").get().exists
    batch = db.batch()
    batch.set(col.document("new"), {"n": 1})
    batch.update(col.document("new"), {"m": 2})
    batch.delete(col.document("taken"))
    assert len(batch.commit()) == 3
    assert [(d.id, d.to_dict()) for d in col.stream()] == [("new", {"n": 1, "m": 2})]


def test_a_bulk_write_tells_each_write_its_own_status(db, col):
    col.document("taken").set({"n": 0})
    batch = db.bulk_writer()
    failed = []
    batch.on_write_error(lambda error, _writer: failed.append((error.code, error.message)) or False)
    batch.create(col.document("taken"), {"n": 1})
    batch.create(col.document("new"), {"n": 1})
    batch.close()
    assert failed == [(6, f"Document already exists: {col.document('taken')._document_path}")]
    assert col.document("new").get().exists


def test_many_documents_are_read_at_once_and_each_only_once(db, col):
    col.document("a").set({"n": 1})
    found = list(db.get_all([col.document("a"), col.document("b"), col.document("a")]))
    assert [(d.id, d.exists) for d in found] == [("a", True), ("b", False)]


def test_lists_include_documents_that_exist_only_through_what_lies_below_them(col):
    col.document("a").set({"n": 1})
    col.document("ghost").collection("sub").document("x").set({})
    for n in range(5):
        col.document(f"p{n}").set({})
    assert [d.id for d in col.list_documents(page_size=2)] == ["a", "ghost", "p0", "p1", "p2", "p3", "p4"]
    assert [d.id for d in col.stream()] == ["a", "p0", "p1", "p2", "p3", "p4"]


def test_collections_of_a_document_are_listed_once(col):
    for name in ("beta", "alpha", "alphabet"):
        for n in range(3):
            col.document("d").collection(name).document(str(n)).set({})
    assert [c.id for c in col.document("d").collections()] == ["alpha", "alphabet", "beta"]


def test_deleting_a_document_leaves_what_lies_below_it(db, col):
    col.document("d").set({})
    col.document("d").collection("sub").document("x").set({"n": 1})
    col.document("d").delete()
    assert col.document("d").collection("sub").document("x").get().exists
    assert db.recursive_delete(col) == 1
    assert list(col.list_documents()) == []


def test_added_documents_get_an_id_of_twenty_characters(col):
    _, document = col.add({"n": 1})
    assert len(document.id) == 20
    assert document.get().exists
