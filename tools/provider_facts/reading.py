"""Turns a list of facts as the Terraform providers spell them into the rehearsal's own form.

The list's names are snake case and singular; the rehearsal's are Pulumi's, which the installed SDK knows. A list of at
most one block is an object in Pulumi, so its count says nothing there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from localcloud.providers.schema import Schema, Shape, Type

Told = Mapping[str, Any]
NUMBERS = frozenset({"integer", "number"})
NOTHING = Type("any")
EMPTY: tuple[Any, ...] = (None, [], {}, False, "optional")


def ours(told: Told, schema: Schema) -> dict[str, Any]:
    """Return a type's facts in our form: input properties by their Pulumi names, with only what the rehearsal uses."""
    return dict(_properties(told, schema.inputs, schema, known_only=True))


def named(name: str, shape: Shape | None) -> str:
    """Return a property's Pulumi name: camel case, in the plural where the SDK has it so."""
    camel = re.sub(r"_([a-z0-9])", lambda found: found[1].upper(), name)
    forms = (camel, f"{camel}s", f"{camel}es", re.sub("y$", "ies", camel))
    return next((form for form in forms if shape and form in shape.properties), camel)


def _properties(
    told: Told, shape: Shape | None, schema: Schema, *, known_only: bool = False
) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, one in sorted(told.items()):
        own = named(name, shape)
        if shape is not None and own in shape.properties:
            yield own, _property(one, shape.properties[own], schema, shape, {*told})
        elif not known_only and shape is None:
            yield own, _property(one, NOTHING, schema, None, {*told})


def _property(one: Told, kind: Type, schema: Schema, around: Shape | None, siblings: set[str]) -> dict[str, Any]:
    inner = kind.of or kind
    items = kind.kind == "array"
    found = {
        "is": _kind(one),
        "replaces": bool(one.get("force_new")),
        "default": _value(one["default"], inner) if one.get("default") is not None and kind.kind != "array" else None,
        "enum": sorted((_value(value, inner) for value in _enum(one, siblings)), key=str) if _takes_enum(inner) else [],
        "range": _range(one, "Between", "AtLeast", "AtMost") if inner.kind in NUMBERS else None,
        "length": _range(one, "StringLenBetween", "LengthBetween", "AtLeast") if inner.kind == "string" else None,
        "items": _items(one) if items else None,
        "set": items and bool(one.get("set")),
        "map": kind.kind == "map" and "fields" in one,
        "needs": [named(path.rpartition(".")[2], around) for path in one.get("required_with", ())],
        "fields": dict(_properties(one.get("fields", {}), schema.types.get(inner.name), schema)),
    }
    return {
        key: value for key, value in found.items() if (key == "default" and value is not None) or value not in EMPTY
    }


def _kind(one: Told) -> str:
    if one.get("required"):
        return "required"
    if one.get("computed"):
        return "kept" if one.get("optional") else "computed"
    return "optional"


def _enum(one: Told, siblings: set[str]) -> list[Any]:
    """Return the values that are allowed. A sibling's name, alone, is a path that the list took for a value."""
    values = list(one.get("enum", ()))
    return [] if len(values) == 1 and values[0] in siblings else values


def _takes_enum(kind: Type) -> bool:
    return kind.kind in NUMBERS | {"string"}


def _value(text: Any, kind: Type) -> Any:
    """Return a value of the list, which writes all as texts, in the type that the SDK has for it."""
    if kind.kind == "boolean":
        return str(text).lower() == "true"
    if kind.kind in NUMBERS and re.fullmatch(r"-?\d+(\.\d+)?", str(text)):
        number = float(text)
        return int(number) if number.is_integer() else number
    return text


def _range(one: Told, *names: str) -> list[Any] | None:
    name, *bounds = one.get("range", ["", ""])
    for known in names:
        if str(name).removeprefix("Int").removeprefix("Float") == known:
            numbers = [_value(bound, Type("number")) for bound in bounds]
            if known == "AtLeast":
                return [*numbers, None]
            return [None, *numbers] if known == "AtMost" else numbers
    return None


def _items(one: Told) -> list[Any] | None:
    name, *bounds = one.get("range", ["", ""])
    low, high = one.get("min_items"), one.get("max_items")
    if name == "SizeAtLeast":
        low = int(bounds[0])
    if name == "SizeAtMost":
        high = int(bounds[0])
    return [low, high] if low or high else None
