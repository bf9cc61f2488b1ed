"""The messages of an export, as protobuf classes: entities as Datastore's first API had them, and the metadata.

Fields and numbers: `storage_onestore_v3.EntityProto` of the App Engine SDK (google/appengine/datastore/entity_v4 and
entity.proto). Text comes as bytes, because a string's field may hold what is no text.
"""

from __future__ import annotations

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_KINDS = {"int": 3, "bool": 8, "group": 10, "message": 11, "bytes": 12, "double": 1}
_PACKAGE = "launch.firestore.exports"
# Field: name, number, kind, and for a group or message which one; a name that ends with * is repeated.
_Field = tuple[str, int, str] | tuple[str, int, str, str]
_MESSAGES: dict[str, tuple[_Field, ...]] = {
    "Element": (("type", 2, "bytes"), ("id", 3, "int"), ("name", 4, "bytes")),
    "Path": (("element*", 1, "group", "Element"),),
    "Key": (("app", 13, "bytes"), ("path", 14, "message", "Path"), ("database_id", 23, "bytes")),
    "PointValue": (("x", 6, "double"), ("y", 7, "double")),
    "PathElement": (("type", 15, "bytes"), ("id", 16, "int"), ("name", 17, "bytes")),
    "ReferenceValue": (
        ("app", 13, "bytes"), ("pathelement*", 14, "group", "PathElement"), ("database_id", 23, "bytes"),
    ),
    "PropertyValue": (
        ("int64value", 1, "int"), ("booleanvalue", 2, "bool"), ("stringvalue", 3, "bytes"),
        ("doublevalue", 4, "double"), ("pointvalue", 5, "group", "PointValue"),
        ("referencevalue", 12, "group", "ReferenceValue"),
    ),
    "Property": (
        ("meaning", 1, "int"), ("name", 3, "bytes"), ("multiple", 4, "bool"), ("value", 5, "message", "PropertyValue"),
    ),
    "Entity": (
        ("key", 13, "message", "Key"), ("property*", 14, "message", "Property"),
        ("raw_property*", 15, "message", "Property"), ("entity_group", 16, "message", "Path"),
    ),
    "Format": (("entity", 1, "int"), ("version", 3, "int")),
    "Pointer": (
        ("format", 1, "message", "Format"), ("path", 2, "bytes"), ("entities", 3, "int"), ("size", 4, "int"),
    ),
    "Overall": (("pointer*", 1, "message", "Pointer"),),
    "Export": (("name", 1, "bytes"), ("start", 2, "int"), ("end", 3, "int")),
    "Files": (("folder", 1, "bytes"), ("file*", 2, "bytes")),
    "Metadata": (("export", 1, "message", "Export"), ("files*", 2, "message", "Files")),
}  # fmt: skip


def _field(name: str, number: int, kind: str, of: str = "") -> descriptor_pb2.FieldDescriptorProto:
    return descriptor_pb2.FieldDescriptorProto(
        name=name.removesuffix("*"),
        number=number,
        type=_KINDS[kind],  # type: ignore[arg-type]  # the stubs want an enum's member
        label=3 if name.endswith("*") else 1,  # type: ignore[arg-type]
        type_name=f".{_PACKAGE}.{of}" if of else None,
    )


def _classes() -> dict[str, Any]:
    file = descriptor_pb2.FileDescriptorProto(name="firestore_exports.proto", package=_PACKAGE, syntax="proto2")
    for name, fields in _MESSAGES.items():
        file.message_type.add(name=name, field=[_field(*field) for field in fields])
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.{name}")) for name in _MESSAGES
    }


_MADE = _classes()
Entity, Metadata, Overall, Property = (_MADE[name] for name in ("Entity", "Metadata", "Overall", "Property"))
