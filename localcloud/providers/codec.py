"""Pulumi's wire format of property values (google.protobuf.Struct with signed maps) from and to `values`.

The signatures are those of the Pulumi SDKs (`sdk/go/common/resource/sig` and `plugin/rpc.go`). Numbers travel as
floats; whole ones become `int` here, so that they read and store as what was written in the program.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from google.protobuf.struct_pb2 import ListValue, NullValue, Struct
from google.protobuf.struct_pb2 import Value as WireValue

from localcloud.providers.values import UNKNOWN, Archive, Asset, Properties, Reference, Secret, Unknown, Value, plain

SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105
ASSET = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7"
REFERENCE = "5cf8f73096256a8f31e491e813e4eb8e"
OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
UNKNOWN_STRING = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
UNKNOWNS = frozenset(
    {
        UNKNOWN_STRING,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # bool
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # array
        "030794c1-ac77-496b-92df-f27374a8bd58",  # asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # object
    }
)


def decode(struct: Struct) -> Properties:
    """Return the properties that a message carries."""
    return {key: from_wire(_from_message(value)) for key, value in struct.fields.items()}


def encode(properties: Mapping[str, Value]) -> Struct:
    """Return the message that carries the properties; `decode(encode(x)) == x`."""
    return Struct(fields={key: _to_message(to_wire(value)) for key, value in properties.items()})


def to_json(properties: Mapping[str, Value]) -> dict[str, Any]:
    """Return properties as the world keeps them: camelCase JSON, secrets in plain, assets as signed maps.

    Raises ValueError for an unknown value, which no created resource can have.
    """
    return {key: _known(to_wire(plain(value)), key) for key, value in properties.items()}


def from_json(stored: Mapping[str, Any]) -> Properties:
    """Return the properties that `to_json` made this of."""
    return {key: from_wire(value) for key, value in stored.items()}


def from_wire(value: Any) -> Value:
    """Return the meaning of one value in wire shape (JSON with signed maps)."""
    if isinstance(value, list):
        return [from_wire(child) for child in value]
    if isinstance(value, dict):
        return _from_map(value)
    return UNKNOWN if isinstance(value, str) and value in UNKNOWNS else value


def _from_map(value: dict[str, Any]) -> Value:
    fields = {key: child for key, child in value.items() if key != SIGNATURE}
    match value.get(SIGNATURE):
        case None:
            return {key: from_wire(child) for key, child in value.items()}
        case signature if signature == SECRET:
            return Secret(from_wire(fields.get("value")))
        case signature if signature == OUTPUT:
            return _from_output(fields)
        case signature if signature == ASSET:
            return Asset(fields)
        case signature if signature == ARCHIVE:
            return _from_archive(fields)
        case signature if signature == REFERENCE:
            return Reference(fields)
        case signature:
            raise ValueError(f"a property value has the signature {signature}, which this provider does not know")


def _from_output(fields: dict[str, Any]) -> Value:
    value = from_wire(fields["value"]) if "value" in fields else UNKNOWN
    return Secret(value) if fields.get("secret") else value


def _from_archive(fields: dict[str, Any]) -> Archive:
    assets = fields.pop("assets", None)
    return Archive(fields, None if assets is None else {name: from_wire(asset) for name, asset in assets.items()})


def to_wire(value: Value) -> Any:
    """Return one value in wire shape (JSON with signed maps)."""
    match value:
        case list():
            return [to_wire(child) for child in value]
        case dict():
            return {key: to_wire(child) for key, child in value.items()}
        case Unknown():
            return UNKNOWN_STRING
        case Secret(inner):
            return {SIGNATURE: SECRET, "value": to_wire(inner)}
        case Asset(fields):
            return {SIGNATURE: ASSET, **fields}
        case Archive(fields, assets):
            nested = {} if assets is None else {"assets": {name: to_wire(asset) for name, asset in assets.items()}}
            return {SIGNATURE: ARCHIVE, **fields, **nested}
        case Reference(fields):
            return {SIGNATURE: REFERENCE, **fields}
        case _:
            return value


def _known(wire: Any, key: str) -> Any:
    if isinstance(wire, str) and wire == UNKNOWN_STRING:
        raise ValueError(f"{key} is not known yet, so nothing can be created from it")
    if isinstance(wire, list):
        return [_known(child, key) for child in wire]
    if isinstance(wire, dict):
        return {name: _known(child, key) for name, child in wire.items()}
    return wire


def _from_message(message: WireValue) -> Any:
    kind = message.WhichOneof("kind")
    if kind == "number_value":
        number = message.number_value
        return int(number) if number.is_integer() else number
    if kind == "struct_value":
        return {key: _from_message(child) for key, child in message.struct_value.fields.items()}
    if kind == "list_value":
        return [_from_message(child) for child in message.list_value.values]
    return None if kind in (None, "null_value") else getattr(message, kind)


def _to_message(wire: Any) -> WireValue:
    match wire:
        case None:
            return WireValue(null_value=NullValue.NULL_VALUE)
        case bool():
            return WireValue(bool_value=wire)
        case int() | float():
            return WireValue(number_value=float(wire))
        case str():
            return WireValue(string_value=wire)
        case list():
            return WireValue(list_value=ListValue(values=[_to_message(child) for child in wire]))
        case dict():
            fields = {key: _to_message(child) for key, child in wire.items()}
            return WireValue(struct_value=Struct(fields=fields))
        case _:
            raise TypeError(f"{type(wire).__name__} cannot travel as a property value")
