"""What Firestore refuses to store, with its status codes and words."""

from __future__ import annotations

import pytest
from google.api_core import exceptions
from google.cloud import firestore

from localcloud.firestore import limits, paths
from localcloud.firestore.messages import Document

MEBIBYTE = 1_048_576


def nested(levels: int) -> object:
    value: object = 1
    for _ in range(levels):
        value = {"n": value}
    return value


def test_a_document_of_one_mebibyte_fits_and_one_byte_more_does_not(col):
    place = paths.document(col.document("d")._document_path)
    half = "x" * 500_000
    empty = Document()
    empty.fields["a"].string_value = half
    empty.fields["b"].string_value = ""
    rest = MEBIBYTE - limits.document_size(place, empty.fields)
    col.document("d").set({"a": half, "b": "x" * rest})
    with pytest.raises(
        exceptions.InvalidArgument, match=r"its size \(1,048,577 bytes\) exceeds the maximum allowed size"
    ):
        col.document("d").set({"a": half, "b": "x" * (rest + 1)})
    with pytest.raises(exceptions.InvalidArgument, match='The value of property "big" is longer than 1048487 bytes'):
        col.document("d").set({"big": "x" * MEBIBYTE})


def test_sizes_are_those_of_the_documented_example():
    # https://firebase.google.com/docs/firestore/storage-size: a task of 147 bytes.
    place = paths.document("projects/p/databases/(default)/documents/users/jeff/tasks/my_task_id")
    document = Document()
    document.fields["type"].string_value = "Personal"
    document.fields["done"].boolean_value = False
    document.fields["priority"].integer_value = 1
    document.fields["description"].string_value = "Learn Cloud Firestore"
    assert limits.document_size(place, document.fields) == 147


def test_a_commit_of_more_than_ten_mebibytes_is_refused(db, col):
    batch = db.batch()
    for n in range(11):
        batch.set(col.document(str(n)), {"x": "x" * 1_000_000})
    with pytest.raises(exceptions.InvalidArgument, match="Request payload size exceeds the limit: 10485760 bytes"):
        batch.commit()
    assert list(col.stream()) == []


def test_a_document_takes_at_most_500_transforms_in_a_commit(col):
    col.document("d").set({f"f{n}": firestore.Increment(1) for n in range(500)})
    with pytest.raises(exceptions.InvalidArgument, match="at most 500 field transformations"):
        col.document("d").set({f"f{n}": firestore.Increment(1) for n in range(501)})


@pytest.mark.parametrize(
    ("id_", "words"),
    [
        ("__reserved__", 'Resource id "__reserved__" is invalid because it is reserved'),
        (".", 'is invalid because it is "."'),
        ("..", 'is invalid because it is "." or ".."'),
        ("x" * 1501, "The key path element name is longer than 1500 bytes"),
        ("ü" * 751, "The key path element name is longer than 1500 bytes"),
    ],
)
def test_bad_document_ids_are_refused(col, id_, words):
    with pytest.raises(exceptions.InvalidArgument, match=words):
        col.document(id_).set({})


@pytest.mark.parametrize("id_", ["x" * 1500, "__x", "...", "a b", "🚀", "a\tb", "_"])
def test_odd_document_ids_are_taken(col, id_):
    col.document(id_).set({"n": 1})
    assert [d.id for d in col.stream()] == [id_]


def test_reserved_collections_and_fields_are_refused(db, col):
    with pytest.raises(exceptions.InvalidArgument, match='Collection id "__x__" is invalid because it is reserved'):
        db.collection("__x__").document("d").set({})
    with pytest.raises(exceptions.InvalidArgument, match='"__x__" is invalid because it is reserved'):
        col.document("d").set({"a": {"__x__": 1}})
    with pytest.raises(exceptions.InvalidArgument, match="longer than 1500 bytes"):
        col.document("d").set({"x" * 1501: 1})


def test_maps_nest_twenty_deep_and_lists_not_in_lists(col):
    col.document("d").set({"deep": nested(20)})
    with pytest.raises(exceptions.InvalidArgument, match=r"Property deep contains an invalid nested entity\."):
        col.document("d").set({"deep": nested(21)})
    with pytest.raises(exceptions.InvalidArgument, match=r"Property rows contains an invalid nested entity\."):
        col.document("d").set({"rows": [[1]]})


def test_timestamps_are_kept_to_the_microsecond(db, col):
    written = firestore.SERVER_TIMESTAMP
    col.document("d").set({"at": written})
    assert col.document("d").get().get("at").nanosecond % 1000 == 0
