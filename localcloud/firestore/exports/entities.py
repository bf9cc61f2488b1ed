"""Documents as an export's entities, and back.

Firestore's values in Datastore's terms (https://cloud.google.com/datastore/docs/concepts/entities#properties_and_value_types)
carry a `meaning` where the kind alone does not say what they are; an array is one property for each element, and a map
an entity within a string.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from google.protobuf.message import DecodeError

from localcloud.firestore import paths, values
from localcloud.firestore.exports.messages import Entity
from localcloud.firestore.messages import Document, Value
from localcloud.firestore.paths import Location
from localcloud.firestore.times import micros, stamp
from localcloud.rpc import Refused

DEFAULT = "(default)"
PARTITION = "dev~"  # before the project's id; production has others
VECTOR_ITEMS = b"__vector__"
TIMESTAMP, GEO_POINT, BLOB, BYTES, MAP, EMPTY_LIST = 7, 9, 14, 16, 19, 24
_MEANINGS = {"timestamp_value": TIMESTAMP, "geo_point_value": GEO_POINT, "bytes_value": BLOB, "map_value": MAP}
_NUMERIC_ID = re.compile(r"__id(-?\d+)__")


class EntityError(ValueError):
    """A record is no document of Firestore; the message says why."""


@dataclass(frozen=True)
class Exported:
    """A document that an export holds: the id of its database, its path and its fields."""

    database: str
    segments: tuple[str, ...]
    fields: Any


def encode(document: Any) -> bytes:
    """Return the record of a Document."""
    place = paths.document(document.name)
    entity = Entity()
    _name(entity.key, entity.key.path.element, place)
    _add_element(entity.entity_group.element.add(), *place.segments[:2])
    _add_fields(entity, document.fields)
    content: bytes = entity.SerializeToString()
    return content


def decode(record: bytes, project: str) -> Exported:
    """Return the document of a record, for its import into a project; raises EntityError.

    A reference in an indexed property means that project's documents, any other those of the project it names.
    """
    try:
        entity = Entity.FromString(record)
        segments = _segments(entity.key.path.element)
        if not segments:
            raise EntityError("a record has no key")
        return Exported(_text(entity.key.database_id) or DEFAULT, segments, _fields(entity, project))
    except (DecodeError, UnicodeDecodeError, Refused) as error:
        raise EntityError(f"a record is no document: {error}") from error


def _name(key: Any, elements: Any, place: Location) -> None:
    _, project, _, database = place.database.split("/")
    key.app = (PARTITION + project).encode()
    if database != DEFAULT:
        key.database_id = database.encode()
    for collection, document in zip(place.segments[::2], place.segments[1::2], strict=True):
        _add_element(elements.add(), collection, document)


def _add_element(element: Any, collection: str, document: str) -> None:
    numeric = _NUMERIC_ID.fullmatch(document)
    element.type = collection.encode()
    if numeric:
        element.id = int(numeric[1])
    else:
        element.name = document.encode()


def _add_fields(entity: Any, fields: Any) -> None:
    for name in sorted(fields):
        value = fields[name]
        if value.WhichOneof("value_type") != "array_value":
            _add(entity.raw_property, name.encode(), value, multiple=False)
        elif not value.array_value.values:
            _add_nothing(entity.property, name.encode())
        for item in value.array_value.values:
            _add(entity.raw_property, name.encode(), item, multiple=True)


def _add_nothing(properties: Any, name: bytes) -> None:
    added = properties.add(name=name, meaning=EMPTY_LIST, multiple=False)
    added.value.SetInParent()


def _add(properties: Any, name: bytes, value: Any, *, multiple: bool) -> None:
    kind = value.WhichOneof("value_type")
    added = properties.add(name=name, multiple=multiple)
    added.value.SetInParent()
    if kind in _MEANINGS:
        added.meaning = _MEANINGS[kind]
    _WRITE[kind](added.value, getattr(value, kind))


def _set(field: str, convert: Callable[[Any], Any] = lambda content: content) -> Callable[[Any, Any], None]:
    return lambda target, content: setattr(target, field, convert(content))


def _set_point(target: Any, point: Any) -> None:
    target.pointvalue.x, target.pointvalue.y = point.latitude, point.longitude


def _set_reference(target: Any, name: str) -> None:
    _name(target.referencevalue, target.referencevalue.pathelement, paths.document(name))


def _nested(content: Any) -> bytes:
    entity = Entity()
    entity.key.app = b""
    entity.key.path.SetInParent()
    entity.entity_group.SetInParent()
    if values.is_vector(content.fields):
        for item in content.fields["value"].array_value.values:
            _add(entity.raw_property, VECTOR_ITEMS, item, multiple=True)
    else:
        _add_fields(entity, content.fields)
    made: bytes = entity.SerializeToString()
    return made


_WRITE: dict[str, Callable[[Any, Any], None]] = {
    "null_value": lambda _target, _content: None,
    "boolean_value": _set("booleanvalue"),
    "integer_value": _set("int64value"),
    "double_value": _set("doublevalue"),
    "timestamp_value": _set("int64value", micros),
    "string_value": _set("stringvalue", str.encode),
    "bytes_value": _set("stringvalue"),
    "reference_value": _set_reference,
    "geo_point_value": _set_point,
    "map_value": _set("stringvalue", _nested),
}


def _fields(entity: Any, project: str) -> Any:
    fields = Document().fields
    for one, of_project in _properties(entity, project):
        target = fields[_text(one.name)]
        if one.meaning == EMPTY_LIST:
            target.array_value.SetInParent()
        elif one.multiple:
            target.array_value.values.append(_value(one, of_project))
        else:
            target.CopyFrom(_value(one, of_project))
    return fields


def _properties(entity: Any, project: str) -> Iterator[tuple[Any, str]]:
    yield from ((one, project) for one in entity.property)
    yield from ((one, "") for one in entity.raw_property)


def _value(one: Any, project: str) -> Any:
    content = one.value
    if content.HasField("int64value"):
        number = content.int64value
        return Value(timestamp_value=stamp(number)) if one.meaning == TIMESTAMP else Value(integer_value=number)
    if content.HasField("booleanvalue"):
        return Value(boolean_value=content.booleanvalue)
    if content.HasField("stringvalue"):
        return _string(content.stringvalue, one.meaning)
    if content.HasField("doublevalue"):
        return Value(double_value=content.doublevalue)
    if content.HasField("pointvalue"):
        point = content.pointvalue
        return Value(geo_point_value={"latitude": point.x, "longitude": point.y})
    if content.HasField("referencevalue"):
        return Value(reference_value=_reference(content.referencevalue, project))
    return Value(null_value=0)


def _string(content: bytes, meaning: int) -> Any:
    if meaning == MAP:
        return _map(content)
    if meaning in {BLOB, BYTES}:
        return Value(bytes_value=content)
    return Value(string_value=_text(content))


def _map(content: bytes) -> Any:
    fields = _fields(Entity.FromString(content), "")
    made = Value()
    made.map_value.SetInParent()
    vector = VECTOR_ITEMS.decode()
    for name in fields:
        made.map_value.fields["value" if name == vector else name].CopyFrom(fields[name])
    if vector in fields:
        made.map_value.fields["__type__"].string_value = values.VECTOR
    return made


def _reference(reference: Any, project: str) -> str:
    app, database = _text(reference.app), _text(reference.database_id) or DEFAULT
    known = project or app.rpartition("~")[2]
    segments = _segments(reference.pathelement)
    return Location(f"projects/{known}/databases/{database}", segments).name


def _segments(elements: Iterable[Any]) -> tuple[str, ...]:
    found: list[str] = []
    for element in elements:
        found += [_text(element.type), f"__id{element.id}__" if element.HasField("id") else _text(element.name)]
    return tuple(found)


def _text(content: bytes) -> str:
    return content.decode()
