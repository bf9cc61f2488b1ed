"""When incidents open and close: decided from what was open, what is so now, and the time; nothing is asked here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Incident:
    """One violation of a policy by one series. Times are in seconds; `seen` is when it was last so."""

    policy: str
    labels: Labels
    opened: int
    seen: int
    closed: int | None = None
    number: int = 0

    @property
    def is_open(self) -> bool:
        """Whether it has not ended yet."""
        return self.closed is None


@dataclass(frozen=True)
class Changes:
    """What became of a policy's incidents: new ones, those that ended, and those that only go on."""

    opened: tuple[Incident, ...] = ()
    closed: tuple[Incident, ...] = ()
    going_on: tuple[Incident, ...] = ()


def of_series(policy: str, before: Sequence[Incident], violating: Sequence[Labels], now: int) -> Changes:
    """Return the changes where a condition is judged at each time anew: one incident for each series that violates."""
    known = {each.labels: each for each in before if each.is_open}
    return Changes(
        tuple(Incident(policy, labels, now, now) for labels in violating if labels not in known),
        tuple(replace(each, closed=now) for labels, each in known.items() if labels not in violating),
        tuple(replace(each, seen=now) for labels, each in known.items() if labels in violating),
    )


def of_lines(policy: str, before: Sequence[Incident], found: int, now: int, period: int, auto_close: int) -> Changes:
    """Return the changes where lines of a log raise an incident: `found` so many since the last look.

    It ends `auto_close` seconds after the last line. The next one begins at least `period` seconds after the last did.
    """
    known = next((each for each in before if each.is_open), None)
    if known:
        if found:
            return Changes(going_on=(replace(known, seen=now),))
        is_over = now - known.seen >= auto_close
        return Changes(closed=(replace(known, closed=now),)) if is_over else Changes()
    latest = max((each.opened for each in before), default=-period)
    return Changes(opened=(Incident(policy, (), now, now),)) if found and now - latest >= period else Changes()


def lasting(values: Mapping[Labels, Sequence[float | None]]) -> tuple[Labels, ...]:
    """Return the series that have a value at every time."""
    return tuple(labels for labels, found in values.items() if found and all(each is not None for each in found))
