"""To which launch a proof, a signature or a waiver belongs: it counts for no other one."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

REHEARSED, REAL = "a rehearsal", "the real world"


@dataclass(frozen=True)
class Subject:
    """One stack in one world; `rehearsal` says that its clouds were simulated."""

    stack: str
    domain: str
    project: str
    rehearsal: bool

    def difference(self, now: Subject) -> str:
        """Return what differs between what this was for and what there is now; nothing where it is the same."""
        if self.rehearsal is not now.rehearsal:
            return f"it is of {_world(self)}, and this is {_world(now)}"
        for field in ("domain", "project", "stack"):
            was, is_ = getattr(self, field), getattr(now, field)
            if was != is_:
                return f"it is of {field} {was}, and this is {field} {is_}"
        return ""

    def to_values(self) -> dict[str, Any]:
        """Return the subject as JSON values."""
        return asdict(self)


def parse(values: dict[str, Any]) -> Subject:
    """Return the subject of JSON values; raises KeyError or TypeError when they are none."""
    return Subject(**{field.name: values[field.name] for field in fields(Subject)})


def _world(subject: Subject) -> str:
    return REHEARSED if subject.rehearsal else REAL
