"""What a commit made of a document, as an event tells it.

Types: https://cloud.google.com/eventarc/docs/reference/supported-events#cloud-firestore. The body is a
google.events.cloud.firestore.v1.DocumentEventData (googleapis/google-cloudevents): `value` 1, `old_value` 2 and, of
updates, `update_mask` 3, in the wire form of google.firestore.v1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from google.cloud.firestore_v1 import types

PREFIX = "google.cloud.firestore.document.v1."
CREATED, UPDATED, DELETED, WRITTEN = (PREFIX + kind for kind in ("created", "updated", "deleted", "written"))
TYPES = frozenset({CREATED, UPDATED, DELETED, WRITTEN})
_SIMPLE = re.compile(r"[A-Za-z_][A-Za-z_0-9]*")


@dataclass(frozen=True)
class Change:
    """A Document before and after a commit, None where it was not or is not there; never both None."""

    before: Any | None
    after: Any | None

    @property
    def name(self) -> str:
        """The document's resource name."""
        return str((self.after or self.before).name)  # type: ignore[union-attr]  # one of them is there

    @property
    def types(self) -> frozenset[str]:
        """The types of events that tell of it: its own, and that of any write."""
        own = CREATED if self.before is None else DELETED if self.after is None else UPDATED
        return frozenset({own, WRITTEN})


def body(change: Change) -> bytes:
    """Return the event's body."""
    parts = [b"" if each is None else _part(number, each) for number, each in ((1, change.after), (2, change.before))]
    if change.before is not None and change.after is not None:
        paths = sorted(_changed(change.before.fields, change.after.fields))
        parts.append(_part(3, types.DocumentMask.pb()(field_paths=paths)))
    return b"".join(parts)


def _part(number: int, message: Any) -> bytes:
    """Return a message as field `number` of another one (wire type 2: protobuf.dev/programming-guides/encoding)."""
    content: bytes = message.SerializeToString()
    return bytes([number << 3 | 2]) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def _changed(before: Mapping[str, Any], after: Mapping[str, Any], outer: str = "") -> Iterator[str]:
    """Yield the paths of the fields that differ, as deep as both sides have maps."""
    for name in {*before, *after}:
        path = outer + (name if _SIMPLE.fullmatch(name) else "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`")
        old, new = before.get(name), after.get(name)
        if old is not None and new is not None and old.HasField("map_value") and new.HasField("map_value"):
            yield from _changed(old.map_value.fields, new.map_value.fields, path + ".")
        elif old != new:
            yield path
