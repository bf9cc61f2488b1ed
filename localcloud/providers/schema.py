"""What each resource type takes and gives: names, types and which are required, kept as JSON by SDK version."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

FORM = 1  # of the kept files; another number leaves those of older versions of this module aside


@dataclass(frozen=True)
class Type:
    """The type of one property.

    `kind` is string, number, integer, boolean, file (asset or archive), any, array, map or object; `of` is the type
    of an array's or map's items; `name` is the key of an object's shape in `Schema.types`.
    """

    kind: str
    of: Type | None = None
    name: str = ""


@dataclass(frozen=True)
class Shape:
    """The properties of an object by their camelCase names, and which of them must be there."""

    properties: Mapping[str, Type]
    required: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Schema:
    """The inputs of a resource type (or of a provider's configuration), its outputs, and the nested shapes by name."""

    token: str
    inputs: Shape
    outputs: Mapping[str, Type] = field(default_factory=dict)
    types: Mapping[str, Shape] = field(default_factory=dict)


class Schemas:
    """The schemas of one SDK package, found by `introspect(token)` once and then read from `folder`.

    `introspect` raises LookupError for a token that the package does not have. A token is that of a resource type, or
    `pulumi:providers:PACKAGE` for the provider's own settings.
    """

    def __init__(self, folder: Path, introspect: Callable[[str], Schema]) -> None:
        self._folder = folder
        self._introspect = introspect
        self._known: dict[str, Schema] = {}
        self._lock = threading.Lock()

    def __getitem__(self, token: str) -> Schema:
        with self._lock:
            if token not in self._known:
                self._known[token] = self._load(token)
            return self._known[token]

    def _load(self, token: str) -> Schema:
        path = self._folder / (token.replace(":", ".").replace("/", ".") + ".json")
        try:
            return from_json(json.loads(path.read_text()))
        except (OSError, ValueError, KeyError, TypeError):  # absent or damaged: it can be made again
            schema = self._introspect(token)
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}.new")
        draft.write_text(json.dumps(to_json(schema)))
        draft.replace(path)
        return schema


def to_json(schema: Schema) -> dict[str, Any]:
    """Return the schema as JSON."""
    return asdict(schema, dict_factory=_without_empty)


def _without_empty(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return {key: sorted(value) if isinstance(value, frozenset) else value for key, value in pairs if value}


def from_json(stored: Mapping[str, Any]) -> Schema:
    """Return the schema that `to_json` made this of; raises KeyError or TypeError for something else."""
    return Schema(
        token=stored["token"],
        inputs=_shape(stored.get("inputs", {})),
        outputs={name: _type(value) for name, value in stored.get("outputs", {}).items()},
        types={name: _shape(value) for name, value in stored.get("types", {}).items()},
    )


def _shape(stored: Mapping[str, Any]) -> Shape:
    properties = {name: _type(value) for name, value in stored.get("properties", {}).items()}
    return Shape(properties, frozenset(stored.get("required", ())))


def _type(stored: Mapping[str, Any]) -> Type:
    inner = stored.get("of")
    return Type(stored["kind"], _type(inner) if inner else None, stored.get("name", ""))
