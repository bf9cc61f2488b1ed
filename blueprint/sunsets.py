"""What ends when: a table of dates with their sources, judged with today's date as an argument."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from blueprint.finding import Status

FRESH = timedelta(days=90)  # vendors move such dates: what was not looked up for longer is unknown


@dataclass(frozen=True)
class Sunset:
    """Something that ends: `on` is the first day it bites, `gone` the last step, `checked` when it was last looked up.

    `signs` are a pattern for a path inside an app, one for that file's text, and a lower-case word that is always in
    it. `sure` is V when the vendor says it, T when a third party does. `mild` rows warn only, also after their day.
    `unconfirmed` says why the day could not be confirmed; such a row is unknown on any day.
    """

    id: str
    what: str
    on: date
    breaks: str
    instead: str
    detect: str
    source: str
    sure: str
    checked: date
    gone: date | None = None
    mild: bool = False
    unconfirmed: str = ""
    signs: tuple[tuple[re.Pattern[str], re.Pattern[str], bytes], ...] = ()

    def __post_init__(self) -> None:
        if not self.source:
            raise ValueError(f"sunset {self.id} names no source; a date without one stays out of the table")
        if self.gone and self.gone < self.on:
            raise ValueError(f"sunset {self.id} is gone before it begins; swap the two dates")

    @property
    def label(self) -> str:
        """Return what ends, as a list of dates names it."""
        return f"{self.what} (day unconfirmed)" if self.unconfirmed else self.what

    def is_stale(self, today: date) -> bool:
        """Return whether the row was looked up too long ago to be relied on."""
        return today - self.checked > FRESH

    def status(self, today: date) -> Status:
        """Return how an app that uses this stands: past fails, ahead warns, a row without a sure day is unknown."""
        if self.unconfirmed or self.is_stale(today):
            return Status.UNKNOWN
        return Status.FAIL if today >= (self.gone or self.on) and not self.mild else Status.WARN

    def in_words(self, today: date) -> str:
        """Return what to say of it on a day."""
        if self.is_stale(today):
            return f"{self.what}: said to end on {self.on}, but that was last looked up on {self.checked}."
        if self.unconfirmed:
            return f"{self.what}: said to end on {self.on}, but unconfirmed: {self.unconfirmed}."
        if today >= (self.gone or self.on):
            return f"{self.what}: ended on {self.gone or self.on}. {self.breaks}"
        last = self.gone or self.on
        since = f"since {self.on} in part, for good" if today >= self.on else "ends"
        return f"{self.what}: {since} on {last} (in {(last - today).days} days). {self.breaks}"


@cache
def table() -> tuple[Sunset, ...]:
    """Return all rows, by date; raises ValueError when the file beside this module is wrong."""
    rows = tomllib.loads(Path(__file__).with_name("sunsets.toml").read_text(encoding="utf-8"))["row"]
    found = tuple(sorted((_row(row) for row in rows), key=lambda row: (row.on, row.id)))
    if len({row.id for row in found}) != len(found):
        raise ValueError("two sunsets have one id; give each row its own")
    return found


def by_id(name: str) -> Sunset:
    """Return one row; raises KeyError when there is none of that id."""
    return {row.id: row for row in table()}[name]


def _row(plain: dict[str, Any]) -> Sunset:
    signs = tuple((re.compile(path), re.compile(text), word.encode()) for path, text, word in plain.get("signs", ()))
    return Sunset(**{**plain, "signs": signs})
