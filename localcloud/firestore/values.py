"""Values in Firestore's order: https://firebase.google.com/docs/firestore/manage-data/data-types#value_type_ordering."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from enum import IntEnum
from typing import Any

Key = tuple[Any, ...]  # compares as the value it was made from; starts with its Rank
VECTOR = "__vector__"
_NUMERIC_ID = re.compile(r"__id(-?\d+)__")


class Rank(IntEnum):
    """The order of the types among each other."""

    NULL = 0
    BOOLEAN = 1
    NUMBER = 2
    TIMESTAMP = 3
    STRING = 4
    BYTES = 5
    REFERENCE = 6
    GEO_POINT = 7
    ARRAY = 8
    VECTOR = 9
    MAP = 10


def sort_key(value: Any) -> Key:
    """Return a tuple that orders as the Value does; equal Values (also 1 and 1.0) have equal tuples."""
    kind = value.WhichOneof("value_type")
    if kind in _SCALARS:
        rank, content = _SCALARS[kind]
        return (rank, content(value))
    if kind == "array_value":
        return (Rank.ARRAY, tuple(sort_key(item) for item in value.array_value.values))
    if kind == "map_value":
        return _map_key(value.map_value.fields)
    return (Rank.NULL, ())


def reference_key(name: str) -> Key:
    """Return the sort key of a reference to the resource of that name."""
    return (Rank.REFERENCE, _segments(name))


def is_nan(value: Any) -> bool:
    """Whether the Value is the number NaN."""
    return value.WhichOneof("value_type") == "double_value" and math.isnan(value.double_value)


def is_number(value: Any) -> bool:
    """Whether the Value is an integer or a double."""
    return value.WhichOneof("value_type") in {"integer_value", "double_value"}


def number(value: Any) -> int | float:
    """Return the number that the Value holds."""
    kind = value.WhichOneof("value_type")
    content: int | float = value.integer_value if kind == "integer_value" else value.double_value
    return content


def is_vector(fields: Mapping[str, Any]) -> bool:
    """Whether the map is the wire form of a vector."""
    return "__type__" in fields and fields["__type__"].string_value == VECTOR


def _segments(name: str) -> tuple[tuple[int, Any], ...]:
    # Numeric ids come before all others; clients use the least of them as the start of a collection.
    found = ((segment, _NUMERIC_ID.fullmatch(segment)) for segment in name.split("/"))
    return tuple((0, int(numeric[1])) if numeric else (1, segment) for segment, numeric in found)


def _map_key(fields: Mapping[str, Any]) -> Key:
    if is_vector(fields):
        items = fields["value"].array_value.values if "value" in fields else ()
        return (Rank.VECTOR, len(items), tuple(sort_key(item) for item in items))
    return (Rank.MAP, tuple((name, sort_key(fields[name])) for name in sorted(fields)))


def _number_key(content: float) -> tuple[Any, ...]:
    # NaN sorts before every number; Python compares int with float exactly, as Firestore does.
    return (0,) if math.isnan(content) else (1, content)


_SCALARS: dict[str, tuple[Rank, Any]] = {
    "null_value": (Rank.NULL, lambda _: ()),
    "boolean_value": (Rank.BOOLEAN, lambda value: value.boolean_value),
    "integer_value": (Rank.NUMBER, lambda value: (1, value.integer_value)),
    "double_value": (Rank.NUMBER, lambda value: _number_key(value.double_value)),
    "timestamp_value": (Rank.TIMESTAMP, lambda value: (value.timestamp_value.seconds, value.timestamp_value.nanos)),
    # Code point order, which is Python's, is the order of the UTF-8 bytes.
    "string_value": (Rank.STRING, lambda value: value.string_value),
    "bytes_value": (Rank.BYTES, lambda value: value.bytes_value),
    "reference_value": (Rank.REFERENCE, lambda value: _segments(value.reference_value)),
    "geo_point_value": (
        Rank.GEO_POINT,
        lambda value: (value.geo_point_value.latitude, value.geo_point_value.longitude),
    ),
}
