"""What may be stored: checks of a document's content, and its size as Firestore counts it.

Limits: https://firebase.google.com/docs/firestore/quotas, sizes: https://firebase.google.com/docs/firestore/storage-size.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from localcloud.firestore import fieldpaths, values
from localcloud.firestore.errors import invalid
from localcloud.firestore.paths import Location
from localcloud.rpc import Refused

MAX_DOCUMENT_BYTES = 1_048_576
MAX_FIELD_BYTES = 1_048_487
MAX_REQUEST_BYTES = 10 * 1024 * 1024
MAX_TRANSFORMS = 500  # of one document in one commit
MAX_BATCH = 500  # writes in one BatchWrite
MAX_NESTING = 20  # maps and arrays within each other
_FIXED = {
    "null_value": 1,
    "boolean_value": 1,
    "integer_value": 8,
    "double_value": 8,
    "timestamp_value": 8,
    "geo_point_value": 16,
}


def check_request(request: Any) -> None:
    """Raise Refused when the request is larger than a commit may be."""
    if request.ByteSize() > MAX_REQUEST_BYTES:
        raise invalid(f"Request payload size exceeds the limit: {MAX_REQUEST_BYTES} bytes.")


def admit(fields: fieldpaths.Fields) -> None:
    """Check names, kinds and nesting of what is to be stored, and cut timestamps to microseconds; raises Refused."""
    for name in fields:
        fieldpaths.check_name(name)
        _admit(fields[name], (name,), in_array=False, depth=0)


def check_size(place: Location, fields: fieldpaths.Fields) -> None:
    """Raise Refused when the document is larger than Firestore stores."""
    size = document_size(place, fields)
    for name in fields if size > MAX_FIELD_BYTES else ():
        if value_size(fields[name]) > MAX_FIELD_BYTES + 1:
            raise invalid(f'The value of property "{fieldpaths.text((name,))}" is longer than {MAX_FIELD_BYTES} bytes.')
    if size > MAX_DOCUMENT_BYTES:
        raise invalid(
            f"Document '{place.name}' cannot be written because its size ({size:,} bytes) exceeds the maximum allowed "
            f"size of {MAX_DOCUMENT_BYTES:,} bytes."
        )


def document_size(place: Location, fields: fieldpaths.Fields) -> int:
    """Return the storage size of a document in bytes."""
    return name_size(place.segments) + _fields_size(fields) + 32


def _admit(value: Any, path: fieldpaths.Path, *, in_array: bool, depth: int) -> None:
    kind = value.WhichOneof("value_type")
    if kind == "timestamp_value":
        value.timestamp_value.nanos -= value.timestamp_value.nanos % 1000
    elif kind == "array_value":
        if in_array or depth >= MAX_NESTING:
            raise _nested(path)
        for item in value.array_value.values:
            _admit(item, path, in_array=True, depth=depth + 1)
    elif kind == "map_value":
        _admit_map(value.map_value.fields, path, depth)
    elif kind not in _FIXED and kind not in {"string_value", "bytes_value", "reference_value"}:
        raise invalid(f'Property "{fieldpaths.text(path)}" has no value that a document can hold.')


def _admit_map(fields: fieldpaths.Fields, path: fieldpaths.Path, depth: int) -> None:
    if depth >= MAX_NESTING:
        raise _nested(path)
    vector = values.is_vector(fields)
    for name in fields:
        if not vector:
            fieldpaths.check_name(name)
        _admit(fields[name], (*path, name), in_array=False, depth=depth + 1)


def _nested(path: fieldpaths.Path) -> Refused:
    return invalid(f"Property {fieldpaths.text(path[:1])} contains an invalid nested entity.")


def value_size(value: Any) -> int:
    """Return the storage size of a value in bytes."""
    kind = value.WhichOneof("value_type")
    if kind in _FIXED:
        return _FIXED[kind]
    if kind == "string_value":
        return len(value.string_value.encode()) + 1
    if kind == "bytes_value":
        return len(value.bytes_value)
    if kind == "reference_value":
        return name_size(value.reference_value.split("/")[5:])
    if kind == "array_value":
        return sum(value_size(item) for item in value.array_value.values)
    return _fields_size(value.map_value.fields)


def _fields_size(fields: fieldpaths.Fields) -> int:
    return sum(len(name.encode()) + 1 + value_size(fields[name]) for name in fields)


def name_size(segments: Sequence[str]) -> int:
    """Return the storage size of a document's name in bytes."""
    return sum(len(segment.encode()) + 1 for segment in segments) + 16
