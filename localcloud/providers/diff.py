"""What changes between the inputs a resource has and those it shall get, property by property."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import Enum

from localcloud.providers.check import INTERNAL, step
from localcloud.providers.values import Archive, Asset, Properties, Secret, Value, children


class Kind(Enum):
    """What happens to a property."""

    ADD = "add"
    DELETE = "delete"
    UPDATE = "update"


@dataclass(frozen=True)
class Change:
    """One property that changes; `replaces` when the real API cannot change it on a resource that exists."""

    path: str
    kind: Kind
    replaces: bool = False


def diff(old: Properties, new: Properties, force_new: Collection[str], ignored: Collection[str] = ()) -> list[Change]:
    """Return the changes from `old` to `new` inputs.

    `force_new` are dotted paths without list positions; a path covers all that lies below it. `ignored` are paths in
    the engine's syntax, as in the option ignoreChanges.
    """
    found = _compare(_comparable(old), _comparable(new), "")
    return [
        Change(path, kind, _is_covered(_without_positions(path), force_new))
        for path, kind in found
        if not _is_covered(path, ignored)
    ]


def _comparable(value: Value) -> Value:
    """Return the value without what makes no difference: secrecy, empty properties, the place an asset lies at."""
    match value:
        case Secret(inner):
            return _comparable(inner)
        case Asset(fields) if "hash" in fields:
            return Asset({"hash": fields["hash"]})
        case Archive(fields, _) if "hash" in fields:
            return Archive({"hash": fields["hash"]})
        case dict():
            return {k: _comparable(v) for k, v in value.items() if v is not None and k not in INTERNAL}
        case _:
            return children(value, _comparable)


def _compare(old: Value, new: Value, path: str) -> Iterator[tuple[str, Kind]]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in {**old, **new}:
            yield from _member(key in old, key in new, old.get(key), new.get(key), step(path, key))
    elif isinstance(old, list) and isinstance(new, list):
        for at in range(max(len(old), len(new))):
            before, after = at < len(old), at < len(new)
            yield from _member(before, after, old[at] if before else None, new[at] if after else None, step(path, at))
    elif old != new or isinstance(old, bool) != isinstance(new, bool):
        yield path, Kind.UPDATE


def _member(before: bool, after: bool, old: Value, new: Value, path: str) -> Iterator[tuple[str, Kind]]:
    if before and after:
        yield from _compare(old, new, path)
    else:
        yield path, Kind.DELETE if before else Kind.ADD


def _without_positions(path: str) -> str:
    return re.sub(r"\[\d+\]", "", path)


def _is_covered(path: str, by: Collection[str]) -> bool:
    return any(path == known or path.startswith((f"{known}.", f"{known}[")) or known == "*" for known in by)
