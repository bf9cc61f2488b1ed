"""The order of values, against a plain model of the documented one."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cmp_to_key
from typing import Any

from google.cloud.firestore_v1 import _helpers
from google.cloud.firestore_v1._helpers import GeoPoint
from google.cloud.firestore_v1.vector import Vector
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given
from hypothesis import strategies as st

from localcloud.firestore import paths, values
from localcloud.firestore.messages import Value

REFERENCE = "projects/p/databases/(default)/documents/c/"


def wire(value: Any) -> Any:
    if isinstance(value, Timestamp):
        return Value(timestamp_value=value)
    if isinstance(value, str) and value.startswith(REFERENCE):
        return Value(reference_value=value)
    if isinstance(value, list):
        made = Value()
        made.array_value.values.extend(wire(item) for item in value)
        made.array_value.SetInParent()
        return made
    if isinstance(value, dict):
        made = Value()
        made.map_value.SetInParent()
        for name, item in value.items():
            made.map_value.fields[name].CopyFrom(wire(item))
        return made
    return _helpers.encode_value(value)._pb


def rank(value: Any) -> int:
    if isinstance(value, str):
        return 6 if value.startswith(REFERENCE) else 4
    kinds = [
        (bool, 1),
        (int, 2),
        (float, 2),
        (Timestamp, 3),
        (bytes, 5),
        (GeoPoint, 7),
        (list, 8),
        (Vector, 9),
        (dict, 10),
    ]
    return next((order for kind, order in kinds if isinstance(value, kind)), 0)


def sign(first: Any, second: Any) -> int:
    return (first > second) - (first < second)


def each(first: list[Any], second: list[Any]) -> int:
    found = next((c for c in map(compare, first, second) if c), 0)
    return found or sign(len(first), len(second))


def compare(first: Any, second: Any) -> int:
    """The model: https://firebase.google.com/docs/firestore/manage-data/data-types#value_type_ordering."""
    if rank(first) != rank(second):
        return sign(rank(first), rank(second))
    return 0 if first is None else SAME_TYPE.get(rank(first), sign)(first, second)


def compare_numbers(first: float, second: float) -> int:
    nans = [isinstance(value, float) and math.isnan(value) for value in (first, second)]
    return nans[1] - nans[0] if any(nans) else sign(first, second)


def compare_maps(first: dict[str, Any], second: dict[str, Any]) -> int:
    flat = [[part for name in sorted(m, key=str.encode) for part in (name, m[name])] for m in (first, second)]
    return each(*flat)


SAME_TYPE: dict[int, Callable[[Any, Any], int]] = {
    2: compare_numbers,
    3: lambda first, second: sign(first.ToNanoseconds(), second.ToNanoseconds()),
    4: lambda first, second: sign(first.encode(), second.encode()),
    7: lambda first, second: sign((first.latitude, first.longitude), (second.latitude, second.longitude)),
    8: each,
    9: lambda first, second: sign(len(first), len(second)) or each(list(first), list(second)),
    10: compare_maps,
}

numbers = (
    st.integers(-(2**63), 2**63 - 1)
    | st.floats()
    | st.integers(-3, 3)
    | st.sampled_from([0.0, 1.0, 2.0**53, 2**53 + 1])
)
texts = st.text(max_size=3)
scalars = (
    st.none()
    | st.booleans()
    | numbers
    | st.builds(Timestamp, seconds=st.integers(-100, 100), nanos=st.integers(0, 999_999_999))
    | texts
    | st.binary(max_size=3)
    | st.builds(lambda id_: REFERENCE + id_, st.text("ab", min_size=1, max_size=3))
    | st.builds(GeoPoint, st.floats(-90, 90), st.floats(-180, 180))
    | st.builds(Vector, st.lists(st.floats(-2, 2), max_size=3))
)
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=6
)


@given(anything, anything)
def test_two_values_compare_as_documented(first, second):
    keys = values.sort_key(wire(first)), values.sort_key(wire(second))
    assert sign(*keys) == compare(first, second)
    assert (keys[0] == keys[1]) == (compare(first, second) == 0)


@given(st.lists(anything, max_size=8))
def test_sorting_by_key_sorts_as_documented(items):
    by_key = sorted(items, key=lambda item: values.sort_key(wire(item)))
    by_model = sorted(items, key=cmp_to_key(compare))
    assert [compare(a, b) for a, b in zip(by_key, by_model, strict=True)] == [0] * len(items)


def test_one_value_of_each_type_stands_in_the_documented_order():
    ordered = [
        None, False, True, float("nan"), float("-inf"), -1, 0, 1.5, 2, Timestamp(seconds=1), "", "a", "é", "🚀",
        b"", b"a", REFERENCE + "a", GeoPoint(0, 0), GeoPoint(0, 1), [], [1], [1, 2], [2], Vector([9.0]),
        Vector([1.0, 1.0]), {}, {"a": 1}, {"a": 1, "b": 0}, {"a": 2}, {"b": 0},
    ]  # fmt: skip
    keys = [values.sort_key(wire(value)) for value in ordered]
    assert keys == sorted(keys)
    assert len(set(keys)) == len(keys)


def test_integers_and_doubles_that_are_equal_have_equal_keys():
    assert values.sort_key(Value(integer_value=1)) == values.sort_key(Value(double_value=1.0))
    assert values.sort_key(Value(double_value=-0.0)) == values.sort_key(Value(integer_value=0))


def test_numeric_ids_come_before_all_other_ids():
    names = ["__id-5__", "__id7__", "__id10__", "1", "a"]
    keys = [values.reference_key(REFERENCE + name) for name in names]
    assert keys == sorted(keys)


segments = st.lists(st.text("a\0é/🚀b".replace("/", ""), min_size=1, max_size=3), min_size=1, max_size=4).map(tuple)


@given(segments, segments)
def test_stored_keys_sort_as_names_do(first, second):
    assert sign(paths.sort_key(first), paths.sort_key(second)) == sign(
        [s.encode() for s in first], [s.encode() for s in second]
    )
    assert paths.sort_key((*first, *second)).startswith(paths.sort_key(first))
