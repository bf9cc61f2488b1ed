"""Whether an alert does what its cases say, and whether they would notice a mistake in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from monitors.alerts import Alert
from monitors.cases.case import Case
from monitors.cases.mutants import mutants
from monitors.promql.parsing import parse
from monitors.promql.samples import Dialect
from monitors.promql.syntax import depth


@dataclass(frozen=True)
class Verdict:
    """What was found about one alert: which cases went otherwise than they say, and which mistakes nobody noticed."""

    alert: Alert
    cases: int
    wrong: tuple[str, ...]
    mistakes: int
    unnoticed: tuple[str, ...]

    @property
    def is_good(self) -> bool:
        """Whether every case holds and every mistake is noticed. Without any case, nothing is."""
        return self.cases > 0 and not self.wrong and not self.unnoticed


def judge(alert: Alert, cases: Sequence[Case]) -> Verdict:
    """Play an alert's cases, and those of every rule that has one mistake. Raises RefusedError."""
    expression = parse(alert.promql)
    made = list(mutants(expression, alert.sustained))
    played = [(case, case.evaluation()) for case in cases]
    unnoticed = (
        mutant.mistake
        for mutant in made
        if all(
            case.seen_of(mutant.expression, mutant.sustained, evaluation) == case.open for case, evaluation in played
        )
    )
    wrong = (line for case in cases for line in _differences(alert, case, depth(expression)))
    return Verdict(alert, len(cases), tuple(wrong), len(made), tuple(unnoticed))


def _differences(alert: Alert, case: Case, windows: int) -> tuple[str, ...]:
    """Return how a case goes otherwise: exactly where windows are closed, else within a minute for each window."""
    closed, open_ = case.seen(alert), case.seen(alert, Dialect.LEFT_OPEN)
    found = [f"{case.title}: open at {closed} instead of {case.open}"] if closed != case.open else []
    if not case.holds(open_, max(windows, case.step)):
        found.append(f"{case.title}, with left-open windows: open at {open_} instead of {case.open}")
    return tuple(found)
