"""One story told at each level of traffic."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from monitors.cases.case import RATES, Case, Level, Measure, Open

NEVER: Open = ()


@dataclass(frozen=True)
class Scenario:
    """What happens to an alert's series at `rate` requests a minute, and when the alert is open.

    `open` holds for every level, or says it for each.
    """

    alert: str
    name: str
    told: Callable[[int], tuple[Measure, ...]]
    minutes: int
    open: Open | Mapping[Level, Open]
    step: int = 1

    @property
    def cases(self) -> Iterator[Case]:
        """One case for each level."""
        for level, rate in RATES.items():
            spans = self.open[level] if isinstance(self.open, Mapping) else self.open
            yield Case(self.alert, self.name, level, self.told(rate), self.minutes, spans, self.step)
