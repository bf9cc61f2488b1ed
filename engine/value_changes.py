"""What a step changes, property by property: the value before and the value after, as the engine's events have them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

STACK = "pulumi:pulumi:Stack"  # the type of the resource whose outputs are the stack's
LONGEST = 60  # characters of a value that are shown
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"  # how the engine writes a value that is known only later
SIGNED = "4dabf18193072939515e22adb298388d"  # the key that marks a map as no map: an asset, an archive, a secret
KINDS = {"1b47061264138c4ac30d75fd1eb44270": "[secret]"}  # any other is of files
NAMED = re.compile(r'\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]|\.?([^.\[\]]+)')


@dataclass(frozen=True)
class ValueChange:
    """One property by its path, as the engine writes it (`rules[0].action`), with short texts of both values."""

    path: str
    old: str
    new: str

    def __str__(self) -> str:
        return f"{self.path}: {self.old} → {self.new}"


def value_changes(metadata: Mapping[str, Any]) -> tuple[ValueChange, ...]:
    """Return what a step's metadata (Pulumi's apitype.StepEventMetadata) says about values; secrets stay hidden."""
    old, new = (((metadata.get(side) or {}).get("inputs") or {}) for side in ("old", "new"))
    paths = [*(metadata.get("detailedDiff") or metadata.get("diffs") or ())]
    found = (ValueChange(path, shown(at(old, path)), shown(at(new, path))) for path in sorted(paths))
    return tuple(change for change in found if change.old != change.new)


def unseen_changes(metadata: Mapping[str, Any]) -> tuple[ValueChange, ...]:
    """Return what would change on a resource that "needs nothing": the engine counts neither guards nor outputs.

    Pulumi 3.200 answers `preview --expect-no-changes` with success when a resource loses `protect` or `retainOnDelete`,
    and when an output of the stack changes, because its operation is `same`. What is known only later is left out.
    """
    old, new = metadata.get("old") or {}, metadata.get("new") or {}
    guards = ("protect", "retainOnDelete")
    pairs: list[tuple[str, Any, Any]] = [(name, bool(old.get(name)), bool(new.get(name))) for name in guards]
    if metadata.get("type") == STACK:
        before, after = old.get("outputs") or {}, new.get("outputs") or {}
        pairs += [(f"output {name}", before.get(name), after.get(name)) for name in sorted({*before, *after})]
    found = (ValueChange(name, shown(one), shown(other)) for name, one, other in pairs if one != other)
    return tuple(change for change in found if change.new != shown(UNKNOWN))


def at(value: Any, path: str) -> Any:
    """Return what lies at a path, None where nothing does; a value that is hidden as a whole stands for its parts."""
    for position, quoted, name in NAMED.findall(path):
        if isinstance(value, Mapping) and SIGNED not in value:
            value = value.get(quoted.replace('\\"', '"') or name)
        elif isinstance(value, list) and position:
            value = value[int(position)] if int(position) < len(value) else None
        else:
            return value
    return value


def shown(value: Any) -> str:
    """Return a value in few words, on one line."""
    if value is None:
        return "(none)"
    if value == UNKNOWN:
        return "(known later)"
    if isinstance(value, Mapping) and SIGNED in value:
        return KINDS.get(str(value[SIGNED]), "(files)")
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
    line = " ".join(text.replace(UNKNOWN, "(known later)").split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"
