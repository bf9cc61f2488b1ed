"""Property values as the engine means them: plain JSON plus secrets, unknowns, assets, archives and references."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Value = Any  # None, bool, int, float, str, list[Value], dict[str, Value] or one of the classes below
Properties = dict[str, Value]


@dataclass(frozen=True)
class Unknown:
    """A value that is only known once something else was created."""


UNKNOWN = Unknown()


@dataclass(frozen=True)
class Secret:
    """A value that the state encrypts and the output hides."""

    value: Value


@dataclass(frozen=True)
class Asset:
    """A text or a file (`text`, `path` or `uri`), named by the `hash` of its content."""

    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Archive:
    """Many files: a folder or packed file (`path`, `uri`) or `assets` by name; `hash` names their content."""

    fields: Mapping[str, Any] = field(default_factory=dict)
    assets: Mapping[str, Value] | None = None


@dataclass(frozen=True)
class Reference:
    """A resource passed as a value: `urn`, `id`, `packageVersion`."""

    fields: Mapping[str, Any] = field(default_factory=dict)


def plain(value: Value) -> Value:
    """Return the value with the wrappers of secrets taken off, at any depth."""
    if isinstance(value, Secret):
        return plain(value.value)
    return children(value, plain)


def bare(value: Value) -> Value:
    """Return what a secret holds, anything else as it is."""
    return bare(value.value) if isinstance(value, Secret) else value


def children(value: Value, change: Callable[[Value], Value]) -> Value:
    """Return a list or map with `change` applied to each direct child, anything else as it is."""
    if isinstance(value, dict):
        return {key: change(child) for key, child in value.items()}
    if isinstance(value, list):
        return [change(child) for child in value]
    return value


def is_unknown(value: Value) -> bool:
    """Tell whether any part of the value is not yet known."""
    if isinstance(value, Secret):
        return is_unknown(value.value)
    if isinstance(value, dict):
        return any(is_unknown(child) for child in value.values())
    if isinstance(value, list):
        return any(is_unknown(child) for child in value)
    return isinstance(value, Unknown)


def has_secret(value: Value) -> bool:
    """Tell whether any part of the value is secret."""
    if isinstance(value, dict):
        return any(has_secret(child) for child in value.values())
    if isinstance(value, list):
        return any(has_secret(child) for child in value)
    return isinstance(value, Secret)


def hide_like(value: Value, like: Value) -> Value:
    """Wrap the parts of a plain `value` that are secret in `like`, so that reading a resource keeps its secrets."""
    if isinstance(like, Secret):
        return Secret(hide_like(value, like.value))
    if isinstance(value, dict) and isinstance(like, dict):
        return {key: hide_like(child, like.get(key)) for key, child in value.items()}
    if isinstance(value, list) and isinstance(like, list):
        models = like + [None] * (len(value) - len(like))
        return [hide_like(child, model) for child, model in zip(value, models, strict=False)]
    return value


def at(value: Value, path: str) -> Value:
    """Return the plain value at a dotted path (`template.serviceAccount`), None when a part of it is missing.

    A path through a list names none of its items: use `every`.
    """
    found = every(value, path)
    return found[0] if found else None


def every(value: Value, path: str) -> list[Value]:
    """Return the plain values at a dotted path, going into each item of the lists on the way, without the missing ones.

    An unknown on the way ends the path there and is returned itself.
    """
    level = [bare(value)]
    for name in path.split("."):
        items = [bare(item) for found in level for item in (found if isinstance(found, list) else [found])]
        steps = [bare(_step(item, name)) for item in items]
        level = [found for found in steps if found is not None]
    return [plain(found) for found in level]  # only what the path leads to: the rules ask thousands of times


def leaves(value: Value, path: str) -> list[Value]:
    """Return what `every` does, with the items of a list at the end of the path instead of the list."""
    return [item for found in every(value, path) for item in (found if isinstance(found, list) else [found])]


def mappings(value: Value) -> list[dict[str, Value]]:
    """Return the maps among the items of a list, none for anything else, such as a list that is not known yet."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _step(item: Value, name: str) -> Value:
    if isinstance(item, Unknown):
        return item
    return item.get(name) if isinstance(item, dict) else None


def is_network(text: str) -> bool:
    """Tell whether a text is an IP address or a range in CIDR notation, of either version."""
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True
