"""Values of Firestore's API to values of rules.

Source: https://firebase.google.com/docs/firestore/reference/rpc/google.firestore.v1#value. A reference becomes a path
from `databases` on, without its project, as rules write it.
"""

from collections.abc import Callable, Mapping
from typing import Any

from rules.values.kinds import NANOS, LatLng, Path, Timestamp, Value


def from_fields(fields: Mapping[str, Any]) -> dict[str, Value]:
    """The fields of a document, given as messages of type `google.firestore.v1.Value` by name."""
    return {name: from_message(value) for name, value in fields.items()}


def from_message(message: Any) -> Value:
    """One `google.firestore.v1.Value` (the message itself, not the wrapper of proto-plus)."""
    kind = message.WhichOneof("value_type")
    return None if kind is None else _READ[kind](getattr(message, kind))


def reference(name: str) -> Path:
    """The path of a document's full name, `projects/P/databases/D/documents/…`."""
    return Path(tuple(name.split("/")[2:]))


def _timestamp(stamp: Any) -> Timestamp:
    return Timestamp(int(stamp.seconds) * NANOS + int(stamp.nanos))


_READ: dict[str, Callable[[Any], Value]] = {
    "null_value": lambda _: None,
    "boolean_value": bool,
    "integer_value": int,
    "double_value": float,
    "string_value": str,
    "bytes_value": bytes,
    "timestamp_value": _timestamp,
    "reference_value": reference,
    "geo_point_value": lambda point: LatLng(float(point.latitude), float(point.longitude)),
    "array_value": lambda array: [from_message(item) for item in array.values],
    "map_value": lambda inner: from_fields(inner.fields),
}
