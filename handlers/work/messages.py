"""Documents' fields as protobuf's own messages, as Firestore's client would write them.

The client (google-cloud-firestore 2.34.1) builds each value by proto-plus, which takes five times as long.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from google.cloud.firestore_v1 import types
from google.cloud.firestore_v1._helpers import encode_value
from google.cloud.firestore_v1.field_path import get_field_path
from google.protobuf.struct_pb2 import NULL_VALUE

from handlers.work.documents import Fields

Array, Document, Map, Precondition, Value, Write = (
    each.pb()
    for each in (types.ArrayValue, types.Document, types.MapValue, types.Precondition, types.Value, types.Write)
)
Mask = types.DocumentMask.pb()
KINDS: Mapping[type, str] = {
    bool: "boolean_value",
    int: "integer_value",
    float: "double_value",
    str: "string_value",
    bytes: "bytes_value",
}


def creation(name: str, fields: Fields) -> Any:
    """Return the write that makes a document of that full name, and fails where there is one."""
    return Write(update=_document(name, fields), current_document=Precondition(exists=False))


def merging(name: str, fields: Fields) -> Any:
    """Return the write that merges fields into a document, which is made when there is none."""
    paths = [get_field_path(parts) for parts in sorted(_leaves(fields))]
    return Write(update=_document(name, fields), update_mask=Mask(field_paths=paths))


def if_still(write: Any, found: Any) -> Any:
    """Return the write of a document after it was told to fail unless that is still as it was found, or missing."""
    seen = Precondition(exists=False) if found is None else Precondition(update_time=found.update_time)
    write.current_document.CopyFrom(seen)
    return write


def _document(name: str, fields: Fields) -> Any:
    return Document(name=name, fields={key: _value(each) for key, each in fields.items()})


def _leaves(fields: Fields) -> Iterator[tuple[str, ...]]:
    """Yield the paths of what is merged: a map is merged field by field, and only an empty one as a whole."""
    for key, each in fields.items():
        if isinstance(each, dict) and each:
            yield from ((key, *rest) for rest in _leaves(each))
        else:
            yield (key,)


def _value(each: Any) -> Any:
    """Return a value; one of a rare kind as the client has it, which raises TypeError for what Firestore does not keep.

    A time that Firestore gave has nanoseconds, and a class of its own.
    """
    kind = type(each)
    if each is None:
        return Value(null_value=NULL_VALUE)
    if kind in KINDS:
        return Value(**{KINDS[kind]: each})
    if kind is datetime:
        return Value(timestamp_value=each)
    if kind in (list, tuple):
        return Value(array_value=Array(values=map(_value, each)))
    if kind is dict:
        return Value(map_value=Map(fields={key: _value(one) for key, one in each.items()}))
    return types.Value.pb(encode_value(each))
