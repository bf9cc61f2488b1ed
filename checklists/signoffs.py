"""Who signed which item of a handover, and for what: a signature counts for nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from checklists import subject as subjects
from checklists.subject import Subject


class SignoffError(ValueError):
    """The item cannot be signed or waived; the message says why."""


@dataclass(frozen=True)
class Signoff:
    """One signature: who signed, when (ISO 8601 with offset), for which launch, and an optional note.

    `shown` is the digest of the values that the item showed. One from before signatures said what they were for has no
    subject, and counts for nothing. Raises ValueError when `at` is not a time.
    """

    by: str
    at: str
    note: str = ""
    shown: str = ""
    subject: Subject | None = None

    def __post_init__(self) -> None:
        datetime.fromisoformat(self.at)

    @property
    def time(self) -> datetime:
        """When it was signed."""
        return datetime.fromisoformat(self.at)

    def void(self, now: Subject, shown: str) -> str:
        """Return why the signature does not count for what the item shows now, nothing where it does."""
        if self.subject is None:
            return "it does not say what was signed"
        if foreign := self.subject.difference(now):
            return foreign
        return "" if self.shown == shown else "the values that were signed have changed"

    def to_values(self) -> dict[str, Any]:
        """Return the signature as JSON values."""
        subject = self.subject.to_values() if self.subject else None
        return {"by": self.by, "at": self.at, "note": self.note, "shown": self.shown, "subject": subject}


@dataclass(frozen=True)
class Waiver:
    """An item that somebody lets be until a day, and why. It counts for one launch, through that day."""

    by: str
    until: date
    reason: str
    at: datetime
    subject: Subject

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise SignoffError("a waiver needs a reason; give it with --reason")
        if self.until < self.at.date():
            raise SignoffError(f"{self.until} is over already; name a day that is still to come with --until")

    def holds(self, now: Subject, today: date) -> bool:
        """Return whether it counts for this launch on that day."""
        return today <= self.until and not self.subject.difference(now)

    def to_values(self) -> dict[str, Any]:
        """Return the waiver as JSON values."""
        times = {"until": self.until.isoformat(), "at": self.at.isoformat(timespec="seconds")}
        return {"by": self.by, "reason": self.reason, **times, "subject": self.subject.to_values()}


def signatures(values: Any, file: str) -> Mapping[str, Signoff]:
    """Return the signatures by item id; raises SignoffError where the values are none."""
    try:
        return {item: _signoff(dict(fields)) for item, fields in ({} if values is None else values).items()}
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise SignoffError(f"{file} is not a file of signatures ({error}); fix it or move it away") from error


def waivers(values: Any, file: str) -> Mapping[str, Waiver]:
    """Return the waivers by item id; raises SignoffError where the values are none."""
    try:
        return {item: _waiver(dict(fields)) for item, fields in ({} if values is None else values).items()}
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise SignoffError(f"{file} is not a file of waivers ({error}); fix it or move it away") from error


def named(by: str) -> str:
    """Return the name of who signs; raises SignoffError without one."""
    if not by.strip():
        raise SignoffError("a signature or waiver needs a name; give it with --by")
    return by.strip()


def _signoff(fields: dict[str, Any]) -> Signoff:
    subject = fields.pop("subject", None)
    return Signoff(**fields, subject=subjects.parse(subject) if subject else None)


def _waiver(fields: dict[str, Any]) -> Waiver:
    until, at = date.fromisoformat(fields["until"]), datetime.fromisoformat(fields["at"])
    return Waiver(fields["by"], until, fields["reason"], at, subjects.parse(fields["subject"]))
