"""How often alerts begin: whoever is called too often stops listening."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from monitors.alerts import Alert
from monitors.chance import MINUTE, WEEK
from monitors.firing import stretches, timeline
from monitors.promql.evaluating import Evaluation
from monitors.promql.samples import Measured

MOST = 2  # starts a week, of all alerts together


@dataclass(frozen=True)
class Starts:
    """When an alert began (minutes), and for how many minutes it was open each time."""

    alert: Alert
    begun: tuple[int, ...]
    lasted: tuple[int, ...]


@dataclass(frozen=True)
class Fatigue:
    """What everybody was told over so many minutes."""

    starts: tuple[Starts, ...]
    minutes: int

    @property
    def weeks(self) -> tuple[int, ...]:
        """How many alerts began in each week."""
        begun = [minute for each in self.starts for minute in each.begun]
        return tuple(
            sum(start <= minute < start + WEEK for minute in begun) for start in range(0, max(self.minutes, 1), WEEK)
        )

    @property
    def is_bearable(self) -> bool:
        """Whether no week had more than MOST."""
        return max(self.weeks) <= MOST


def fatigue(alerts: Iterable[Alert], measured: Measured, minutes: int, first: int = 0) -> Fatigue:
    """Return when each alert began on these series, looked at every minute from the second `first` on."""
    evaluation, grid = Evaluation(measured), range(first, first + minutes * MINUTE, MINUTE)
    found = []
    for alert in alerts:
        spans = stretches(timeline(alert, evaluation, grid), grid)
        begun = tuple((start - first) // MINUTE for start, _ in spans)
        found.append(Starts(alert, begun, tuple((end - start) // MINUTE + 1 for start, end in spans)))
    return Fatigue(tuple(found), minutes)
