"""Field transforms by the official client."""

from __future__ import annotations

import datetime
import math

import pytest
from google.api_core import exceptions
from google.cloud import firestore
from hypothesis import given
from hypothesis import strategies as st

from localcloud.firestore import transforms, values
from localcloud.firestore.messages import Document, FieldTransform, Value


def test_the_server_sets_its_own_time(col):
    before = datetime.datetime.now(datetime.UTC) - datetime.timedelta(milliseconds=1)
    written = col.document("d").set({"at": firestore.SERVER_TIMESTAMP, "deep": {"at": firestore.SERVER_TIMESTAMP}})
    found = col.document("d").get().to_dict()
    assert before <= found["at"] <= written.update_time
    assert found["deep"]["at"] == found["at"]


@pytest.mark.parametrize(
    ("stored", "transform", "result"),
    [
        (5, firestore.Increment(3), 8),
        (5, firestore.Increment(0.5), 5.5),
        (None, firestore.Increment(3), 3),
        ("text", firestore.Increment(3), 3),
        (2**63 - 1, firestore.Increment(1), 2**63 - 1),
        (-(2**63), firestore.Increment(-1), -(2**63)),
        (5, firestore.Maximum(7), 7),
        (5, firestore.Maximum(5.0), 5),
        (5, firestore.Minimum(7), 5),
        ("text", firestore.Minimum(7), 7),
        ([1, 2], firestore.ArrayUnion([2.0, 3, 3]), [1, 2, 3]),
        ("text", firestore.ArrayUnion([1]), [1]),
        ([1, 2, 1.0, "a"], firestore.ArrayRemove([1, "b"]), [2, "a"]),
        ("text", firestore.ArrayRemove([1]), []),
    ],
)
def test_each_transform_works_on_what_is_stored(col, stored, transform, result):
    col.document("d").set({"kept": True, "m": {"x": stored}})
    col.document("d").update({"m.x": transform})
    found = col.document("d").get().to_dict()
    assert found == {"kept": True, "m": {"x": result}}
    assert type(found["m"]["x"]) is type(result)


def test_a_transform_creates_the_document_and_the_field(col):
    col.document("d").set({"n": firestore.Increment(2), "l": firestore.ArrayUnion(["a"])}, merge=True)
    assert col.document("d").get().to_dict() == {"n": 2, "l": ["a"]}


def test_the_caller_learns_the_results(db, col):
    batch = db.batch()
    batch.set(col.document("d"), {"n": firestore.Increment(2), "l": firestore.ArrayUnion([1])})
    (result,) = batch.commit()
    # The client sends the arrays first; their result is null.
    assert [value._pb.WhichOneof("value_type") for value in result.transform_results] == ["null_value", "integer_value"]
    assert result.transform_results[1].integer_value == 2


def test_a_transform_beside_one_of_a_nested_field_is_refused(db, col):
    write = {
        "update": {"name": col.document("d")._document_path},
        "update_transforms": [
            {"field_path": "a", "increment": {"integer_value": 1}},
            {"field_path": "a.b", "increment": {"integer_value": 1}},
        ],
    }
    with pytest.raises(exceptions.InvalidArgument, match="Cannot transform property a and its nested property"):
        db._firestore_api.commit({"database": db._database_string, "writes": [write]})
    write["update_transforms"] = [{"field_path": "a", "increment": {"string_value": "1"}}]
    with pytest.raises(exceptions.InvalidArgument, match="Input must be int64 or double"):
        db._firestore_api.commit({"database": db._database_string, "writes": [write]})


numbers = st.integers(-(2**63), 2**63 - 1).map(lambda n: Value(integer_value=n)) | st.floats().map(
    lambda n: Value(double_value=n)
)


@given(numbers, numbers, st.sampled_from(["maximum", "minimum"]))
def test_an_extreme_is_one_of_the_two_and_nan_wins(stored, operand, kind):
    fields = Document().fields
    fields["n"].CopyFrom(stored)
    result = transforms.apply(fields, FieldTransform(field_path="n", **{kind: operand}), 0)
    if values.is_nan(stored) or values.is_nan(operand):
        assert math.isnan(result.double_value)
        return
    pick = max if kind == "maximum" else min
    assert values.number(result) == pick(values.number(stored), values.number(operand))
    assert fields["n"] == result
