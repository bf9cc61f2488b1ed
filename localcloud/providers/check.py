"""Compares what a program wrote with the schema: unknown, missing and mistyped properties, nested ones too."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from localcloud.providers.schema import Schema, Shape, Type
from localcloud.providers.values import Archive, Asset, Properties, Reference, Secret, Unknown, Value

INTERNAL = frozenset({"__defaults", "__name", "__autonaming", "__internal"})  # the engine's own notes among inputs
NAMES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "file": "an asset or archive",
    "array": "a list",
    "map": "a map",
    "object": "a map",
}


@dataclass(frozen=True)
class Failure:
    """What is wrong with one property: its path (`template.containers[0].image`) and a sentence with the cure."""

    path: str
    reason: str


def check(properties: Properties, schema: Schema) -> list[Failure]:
    """Return everything in which the properties differ from the schema, in the order written."""
    shown = {key: value for key, value in properties.items() if key not in INTERNAL}
    return list(_object(shown, schema.inputs, schema.types, ""))


def step(path: str, key: str | int) -> str:
    """Return the path of a child, in the engine's syntax: `a.b`, `a[0]`, `a["x.y"]`."""
    if isinstance(key, int):
        return f"{path}[{key}]"
    if not key.replace("_", "a").replace("-", "a").isalnum():
        escaped = key.replace('"', '\\"')
        return f'{path}["{escaped}"]'
    return f"{path}.{key}" if path else key


def _object(value: Properties, shape: Shape, types: Mapping[str, Shape], path: str) -> Iterator[Failure]:
    for name, child in value.items():
        if name in shape.properties:
            yield from _value(child, shape.properties[name], types, step(path, name))
        else:
            yield Failure(step(path, name), f"there is no property {name} here; {_suggestion(name, shape)}")
    for name in sorted(shape.required):
        if value.get(name) is None:
            yield Failure(step(path, name), "this property is required and is missing; set it")


def _suggestion(name: str, shape: Shape) -> str:
    close = difflib.get_close_matches(name.lower(), [known.lower() for known in shape.properties], n=1, cutoff=0.6)
    for known in shape.properties:
        if close and known.lower() == close[0]:
            return f"did you mean {known}?"
    return f"it takes {', '.join(sorted(shape.properties)) or 'none'}"


def _value(value: Value, type_: Type, types: Mapping[str, Shape], path: str) -> Iterator[Failure]:
    if isinstance(value, Secret):
        found = _value(value.value, type_, types, path)
        yield from (
            Failure(failure.path, f"this secret is not {NAMES[type_.kind]} as it should be") for failure in found
        )
    elif value is None or isinstance(value, Unknown) or type_.kind == "any":
        return
    elif not _fits(value, type_.kind):
        yield Failure(path, f"{_shown(value)} is given where {NAMES[type_.kind]} belongs")
    elif type_.kind == "object":
        yield from _object(value, types[type_.name], types, path)
    elif type_.of is not None:
        for key, child in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _value(child, type_.of, types, step(path, key))


def _fits(value: Value, kind: str) -> bool:
    match kind:
        case "string":
            return isinstance(value, str)
        case "boolean":
            return isinstance(value, bool)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "file":
            return isinstance(value, Asset | Archive)
        case "array":
            return isinstance(value, list)
        case _:
            return isinstance(value, dict)


def _shown(value: Value) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return f'the text "{value}"' if len(value) <= 60 else "a text"
        case list():
            return "a list"
        case Asset() | Archive():
            return "an asset or archive"
        case Reference():
            return "a resource"
        case dict():
            return "a map"
        case _:
            return f"the number {value}"
