"""What the page shows, as values: made from the answers to the questions and from what else is known of a stack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from typing import TypeAlias

from blueprint.sunsets import Sunset

Answer: TypeAlias = Mapping[str, float]
"""A value for each label value (`crm` → 3), under "" for an expression without one; empty when there is no data."""
AHEAD = timedelta(days=270)  # what ends later is not shown
SLOW, VERY_SLOW = 500, 1_000  # milliseconds, as the alerts have them
ENDS_SOON, ENDS_NOW = 30, 14  # days
NAMES = {
    "events": "Intake",
    "payments": "Payments",
    "crm": "CRM",
    "helpdesk": "Helpdesk",
    "mail": "Mail",
    "identity": "Sign-in",
}


class Mood(Enum):
    """How something stands."""

    GOOD = "good"
    WARN = "warn"
    BAD = "bad"
    NONE = "none"


@dataclass(frozen=True)
class Figure:
    """One number with its name, and a sentence about it."""

    name: str
    value: str
    about: str
    mood: Mood = Mood.NONE


@dataclass(frozen=True)
class Stop:
    """One place on a request's way, with what passed it."""

    name: str
    about: str
    figures: tuple[Figure, ...]
    mood: Mood


@dataclass(frozen=True)
class Incident:
    """An alert that is or was open. Times are in UTC."""

    title: str
    severity: str
    opened: datetime
    closed: datetime | None


@dataclass(frozen=True)
class Mail:
    """A mail that the rehearsal caught."""

    to: str
    subject: str
    at: datetime


@dataclass(frozen=True)
class Checks:
    """What the last verification found, by area: how many passed of how many; `at` is when."""

    areas: Mapping[str, tuple[int, int]]
    at: datetime | None


@dataclass(frozen=True)
class Link:
    """A page elsewhere."""

    name: str
    url: str


@dataclass(frozen=True)
class Ending:
    """Something that ends on a day."""

    what: str
    on: date
    days: int
    about: str

    @property
    def mood(self) -> Mood:
        """How near it is."""
        return Mood.BAD if self.days <= 0 else Mood.WARN if self.days <= ENDS_SOON else Mood.NONE


@dataclass(frozen=True)
class Known:
    """Everything that was asked. `answers` are by the questions' names; what could not be asked is in `unknown`.

    `mails` and `tickets` (by state) are None where they cannot be seen. `signed_until` is when the first DNSSEC
    signature ends that the last verification saw; none is known where it found them wrong.
    """

    stack: str
    domain: str
    is_rehearsal: bool
    now: datetime
    answers: Mapping[str, Answer]
    incidents: Sequence[Incident]
    mails: Sequence[Mail] | None
    tickets: Mapping[str, int] | None
    checks: Checks
    sunsets: Sequence[Sunset]
    links: Sequence[Link]
    unknown: Sequence[str] = ()
    signed_until: date | None = None


@dataclass(frozen=True)
class Overview:
    """The page."""

    known: Known
    path: tuple[Stop, ...]
    figures: tuple[Figure, ...]
    endings: tuple[Ending, ...]

    @property
    def open(self) -> tuple[Incident, ...]:
        """The alerts that are open, the newest first."""
        return tuple(each for each in self.known.incidents if each.closed is None)

    @property
    def past(self) -> tuple[Incident, ...]:
        """The latest alerts that have closed."""
        return tuple(each for each in self.known.incidents if each.closed is not None)[:6]

    @property
    def mood(self) -> Mood:
        """How the launch does as a whole. What is not known is never good."""
        if any(each.severity in ("CRITICAL", "ERROR") for each in self.open):
            return Mood.BAD
        if self.open:
            return Mood.WARN
        return Mood.NONE if self.known.unknown or not self.known.answers.get("places") else Mood.GOOD

    @property
    def headline(self) -> str:
        """The state in one sentence."""
        count = len(self.open)
        if count:
            return "One alert is open." if count == 1 else f"{count} alerts are open."
        return "All is calm." if self.mood is Mood.GOOD else "No alert is open, but not everything is known."


def overview(known: Known) -> Overview:
    """Return the page for what is known."""
    return Overview(known, _path(known.answers), _figures(known), _endings(known))


def _sum(answer: Answer | None) -> float | None:
    return sum(answer.values()) if answer else None


def _count(value: float | None) -> str:
    return "–" if value is None else f"{round(value):,}"


def _time(milliseconds: float) -> str:
    return f"{milliseconds:.0f} ms" if milliseconds < 1_000 else f"{milliseconds / 1_000:.3g} s"


def _path(answers: Mapping[str, Answer]) -> tuple[Stop, ...]:
    requests, failed = _sum(answers.get("requests")), _sum(answers.get("failed")) or 0.0
    places = answers.get("places") or {}
    reached = sum(1 for value in places.values() if value > 0)
    events = answers.get("events") or {}
    good, dead = events.get("processed", 0.0) + events.get("done", 0.0), events.get("final_failure", 0.0)
    return (
        Stop(
            "The world",
            "reaches the API from",
            (
                Figure("places", f"{reached} of {len(places)}" if places else "–", ""),
                *((Figure("probes an hour", _count(_sum(answers["probes"])), ""),) if "probes" in answers else ()),
            ),
            Mood.NONE if not places else Mood.GOOD if reached == len(places) else Mood.BAD,
        ),
        Stop(
            "Door",
            "the last hour",
            (
                Figure("requests", _count(requests), ""),
                Figure("turned away", _count(_sum(answers.get("turned_away")) or (0.0 if requests else None)), ""),
                Figure("failed", _count(failed if requests is not None else None), ""),
            ),
            _of_share(failed, requests),
        ),
        Stop(
            "Events",
            "the last day",
            (
                Figure("ended well", _count(good if events else None), ""),
                Figure("given up", _count(dead if events else None), ""),
                Figure("never came", _count(_sum(answers.get("missed"))), ""),
            ),
            _of_share(dead, good + dead, most=0.01),
        ),
        *_providers(answers),
    )


def _of_share(failed: float, total: float | None, most: float = 0.02) -> Mood:
    if not total:
        return Mood.NONE
    return Mood.BAD if failed / total > most else Mood.WARN if failed else Mood.GOOD


def _providers(answers: Mapping[str, Answer]) -> tuple[Stop, ...]:
    tried, done, depth = (answers.get(name) or {} for name in ("tried", "done", "depth"))
    return tuple(_provider(name, tried.get(name), done.get(name, 0.0), depth.get(name)) for name in NAMES)


def _provider(name: str, tried: float | None, done: float, depth: float | None) -> Stop:
    again = None if tried is None else max(0.0, tried - done)
    mood = Mood.NONE if tried is None and depth is None else Mood.WARN if depth and not done else Mood.GOOD
    figures = (
        Figure("done", _count(done if tried is not None else depth and 0.0), ""),
        Figure("tried again", _count(again), ""),
        Figure("waiting", _count(depth), ""),
    )
    return Stop(NAMES[name], "work of the last day", figures, mood)


def _figures(known: Known) -> tuple[Figure, ...]:
    answers = known.answers
    a_minute, p95, days = (_sum(answers.get(name)) for name in ("requests_a_minute", "p95", "certificate"))
    slow = Mood.NONE if p95 is None else Mood.BAD if p95 > VERY_SLOW else Mood.WARN if p95 > SLOW else Mood.GOOD
    ends = Mood.NONE if days is None else Mood.BAD if days < ENDS_NOW else Mood.WARN if days < ENDS_SOON else Mood.GOOD
    waiting = (
        None if known.tickets is None else sum(count for state, count in known.tickets.items() if state != "resolved")
    )
    passed, total = (sum(pair[place] for pair in known.checks.areas.values()) for place in (0, 1))
    checked = Mood.NONE if not total else Mood.GOOD if passed == total else Mood.BAD
    return (
        Figure("Requests a minute", "–" if a_minute is None else f"{a_minute:.3g}", "at the public door"),
        Figure("95 % answered within", "–" if p95 is None else _time(p95), "of the last hour's requests", slow),
        Figure("Certificate", "–" if days is None else f"{days:.0f} days", "until it ends; renewed by itself", ends),
        _signed(known),
        Figure("Open tickets", _count(waiting), "support requests that are not solved"),
        Figure("Checks", f"{passed} of {total}" if total else "–", "of the last verification passed", checked),
    )


def _signed(known: Known) -> Figure:
    """Return how long DNSSEC signatures last; their signer renews them every few days, so only the past is bad."""
    days = None if known.signed_until is None else (known.signed_until - known.now.date()).days
    mood = Mood.NONE if days is None else Mood.BAD if days < 0 else Mood.GOOD
    value = "–" if days is None else f"{days} day{'' if days == 1 else 's'}"
    return Figure("DNSSEC", value, "until the first signature ends; renewed by itself", mood)


def _endings(known: Known) -> tuple[Ending, ...]:
    today = known.now.date()
    last = ((row, row.gone or row.on) for row in known.sunsets)
    rows = (Ending(row.label, on, (on - today).days, row.instead) for row, on in last)
    return tuple(sorted((row for row in rows if 0 <= row.days <= AHEAD.days), key=lambda row: row.on))
