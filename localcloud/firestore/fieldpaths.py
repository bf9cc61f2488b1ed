"""Field paths such as ``a.b.`c d` `` and what they point at inside a document's fields.

Syntax: https://cloud.google.com/firestore/docs/reference/rpc/google.firestore.v1#document (simple and quoted names).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, MutableMapping
from functools import lru_cache
from itertools import pairwise
from typing import Any

from localcloud.firestore.errors import invalid

Path = tuple[str, ...]
Fields = MutableMapping[str, Any]  # field name → Value, as protobuf's map container has it

NAME: Path = ("__name__",)
MAX_PATH_BYTES = 1500
_SIMPLE = re.compile(r"[A-Za-z_][A-Za-z_0-9]*")
_SEGMENT = re.compile(r"([A-Za-z_][A-Za-z_0-9]*)|`((?:[^`\\]|\\.)+)`", re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_RESERVED = re.compile(r"__.*__", re.DOTALL)


@lru_cache(maxsize=4096)
def parse(text: str) -> Path:
    """Return the names of a field path; raises Refused when it is not one."""
    names: list[str] = []
    position = 0
    while True:
        found = _SEGMENT.match(text, position)
        if found is None:
            raise invalid(f'Invalid property path "{text}".')
        names.append(found[1] if found[1] is not None else _ESCAPE.sub(r"\1", found[2]))
        position = found.end()
        if position == len(text):
            break
        if text[position] != ".":
            raise invalid(f'Invalid property path "{text}".')
        position += 1
    if len(text.encode()) > MAX_PATH_BYTES:
        raise invalid(f"property path is longer than {MAX_PATH_BYTES} bytes.")
    return tuple(names)


def written(text: str) -> Path:
    """Parse the path of a field that is to be written; raises Refused when a name in it is reserved."""
    path = parse(text)
    for name in path:
        check_name(name)
    return path


def check_name(name: str) -> None:
    """Raise Refused unless a field may have this name."""
    if not name:
        raise invalid("The property name must not be empty.")
    if _RESERVED.fullmatch(name):
        raise invalid(f'Property name "{name}" is invalid because it is reserved.')
    if len(name.encode()) > MAX_PATH_BYTES:
        raise invalid(f"The property name is longer than {MAX_PATH_BYTES} bytes.")


def text(path: Path) -> str:
    """Return the path as text, quoting names that need it."""
    return ".".join(name if _SIMPLE.fullmatch(name) else f"`{_quoted(name)}`" for name in path)


def get(fields: Fields, path: Path) -> Any | None:
    """Return the Value at the path, or None when there is none."""
    name, rest = path[0], path[1:]
    if name not in fields:
        return None
    value = fields[name]
    if not rest:
        return value
    return get(value.map_value.fields, rest) if value.WhichOneof("value_type") == "map_value" else None


def put(fields: Fields, path: Path, value: Any) -> None:
    """Store the Value at the path; whatever is in the way and is not a map is replaced by one."""
    name, rest = path[0], path[1:]
    if not rest:
        fields[name].CopyFrom(value)
        return
    if fields[name].WhichOneof("value_type") != "map_value":
        fields[name].Clear()
        fields[name].map_value.SetInParent()
    put(fields[name].map_value.fields, rest, value)


def drop(fields: Fields, path: Path) -> None:
    """Remove the Value at the path; nothing happens when there is none."""
    holder = fields if len(path) == 1 else None
    if holder is None:
        above = get(fields, path[:-1])
        holder = above.map_value.fields if above is not None and above.HasField("map_value") else None
    if holder is not None and path[-1] in holder:
        del holder[path[-1]]


def conflicting(paths: Iterable[Path]) -> tuple[Path, Path] | None:
    """Return two of the paths where one is the other or lies within it, or None."""
    ordered = sorted(paths)
    for first, second in pairwise(ordered):
        if second[: len(first)] == first:
            return first, second
    return None


def _quoted(name: str) -> str:
    return name.replace("\\", "\\\\").replace("`", "\\`")
