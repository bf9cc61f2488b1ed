"""What accounts answered, as rows of plain JSON values; and what could not be had, with the reason."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from triage.model import Unchecked
from triage.online.questions import QUESTIONS, Question

Row = dict[str, Any]


class RefusedError(LookupError):
    """An answer cannot be had; the words say why."""


class Source(Protocol):
    """Where answers come from: accounts that are asked, or a folder in which they were recorded."""

    def ask(self, question: Question, each: Sequence[Row]) -> list[Row]:
        """Return all rows of a question; `each` are the rows it is asked about. Raises RefusedError with the reason."""
        ...


@dataclass(frozen=True)
class Answers:
    """Rows by question (SERVICE/NAME); a question that is not among them was not answered."""

    rows: Mapping[str, Sequence[Row]]
    missing: Sequence[Unchecked] = field(default_factory=tuple)

    def of(self, name: str) -> Sequence[Row]:
        """Return the rows of a question, and none when it was not answered."""
        return self.rows.get(name, ())

    def has(self, *names: str) -> bool:
        """Return whether all of some questions were answered."""
        return all(name in self.rows for name in names)


def collect(source: Source) -> Answers:
    """Ask everything; a question that is refused is told as not checked, and the others go on."""
    rows: dict[str, Sequence[Row]] = {}
    missing: list[Unchecked] = []
    for question in QUESTIONS:
        try:
            rows[question.id] = source.ask(question, rows.get(question.each[0], ()))
        except RefusedError as error:
            missing.append(Unchecked(question.step, question.what, str(error)))
    return Answers(rows, tuple(missing))


def text(row: Mapping[str, Any], path: str) -> str:
    """Return a value inside of a row by its dotted path as text, and nothing when it is not there."""
    found: Any = row
    for step in path.split("."):
        found = found.get(step) if isinstance(found, Mapping) else None
    return "" if found is None else str(found)


def inside(row: Mapping[str, Any], path: str) -> Mapping[str, Any]:
    """Return a map inside of a row by its dotted path, an empty one when there is none."""
    found: Any = row
    for step in path.split(".") if path else ():
        found = found.get(step) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def listed(row: Mapping[str, Any], path: str) -> Sequence[Any]:
    """Return a list inside of a row by its dotted path, an empty one when there is none."""
    head, _, last = path.rpartition(".")
    found = inside(row, head).get(last)
    return found if isinstance(found, list) else ()


def number(value: object) -> float | None:
    """Return a number, or a text that is one (int64 values are texts in JSON), as a number; None for all else."""
    try:
        return float(value) if isinstance(value, int | float | str) else None
    except (ValueError, OverflowError):
        return None


def is_derived(threshold: Mapping[str, Any]) -> bool:
    """Return whether a condition compares what no series holds: a ratio of two filters, or a forecast."""
    return bool(threshold.get("denominatorFilter") or threshold.get("forecastOptions"))


def plain_email(address: str) -> str:
    """Return an address in the form in which two of one person are equal: small letters, no spaces, no +tag."""
    return re.sub(r"\+[^@]*(?=@)", "", address.strip().lower())
