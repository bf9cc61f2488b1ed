"""Who signed which item of a handover, kept in the stack's result folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path


class SignoffError(ValueError):
    """The item cannot be signed; the message says why."""


@dataclass(frozen=True)
class Signoff:
    """One signature: who signed, when (ISO 8601 with offset), and an optional note.

    Raises ValueError when `at` is not a time.
    """

    by: str
    at: str
    note: str = ""

    def __post_init__(self) -> None:
        datetime.fromisoformat(self.at)

    @property
    def time(self) -> datetime:
        """When it was signed."""
        return datetime.fromisoformat(self.at)


def load(path: Path) -> Mapping[str, Signoff]:
    """Return the signatures by item id; a file that is not there holds none. Raises SignoffError for a broken one."""
    if not path.exists():
        return {}
    try:
        return {item: Signoff(**fields) for item, fields in json.loads(path.read_text(encoding="utf-8")).items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise SignoffError(f"{path} is not a file of signatures ({error}); fix it or move it away") from error


def sign(path: Path, item_id: str, by: str, now: datetime, note: str = "") -> Signoff:
    """Add one signature to the file, replacing an earlier one of the same item, and return it."""
    if not by.strip():
        raise SignoffError("a signature needs a name; give it with --by")
    signoff = Signoff(by.strip(), now.isoformat(timespec="seconds"), note)
    signed = {**load(path), item_id: signoff}
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps({key: asdict(value) for key, value in signed.items()}, indent=1), encoding="utf-8")
    draft.replace(path)
    return signoff
