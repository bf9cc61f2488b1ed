"""Says in what two sets of facts differ, property by property."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Told = Mapping[str, Any]


def differences(ours: Told, theirs: Told, path: str = "") -> Iterator[str]:
    """Yield a line for each difference between two kept forms of one type's facts: `PATH: what`."""
    for name in sorted({*ours, *theirs}):
        here = f"{path}.{name}" if path else name
        if name not in theirs:
            yield f"{here}: in our table, and not in the file"
        elif name not in ours:
            yield f"{here}: in the file, and not in our table"
        else:
            yield from _of_property(ours[name], theirs[name], here)


def _of_property(ours: Told, theirs: Told, path: str) -> Iterator[str]:
    for key in sorted({*ours, *theirs} - {"fields"}):
        if ours.get(key) != theirs.get(key):
            yield f"{path}: {key} is {_shown(ours.get(key))} in our table, and {_shown(theirs.get(key))} in the file"
    yield from differences(ours.get("fields", {}), theirs.get("fields", {}), path)


def _shown(value: Any) -> str:
    return "not said" if value is None else repr(value)
