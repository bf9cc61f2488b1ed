"""What the rules probe found, as findings of the triage."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rules.probe.answers import Answer
from rules.probe.risks import Level, risks
from triage.model import Hit, Sure

MOST = 300  # characters of a proof


def hits(answers: Iterable[Answer]) -> Iterator[Hit]:
    """Yield what is wrong with the rules, one finding for each kind of trouble at each path and line."""
    for risk in risks(answers):
        if risk.level is not Level.LOOSE:
            check = "rules.open" if risk.level is Level.ANYBODY else "rules.weak"
            sure = Sure.CERTAIN if risk.is_certain else Sure.LIKELY
            yield Hit(check, risk.line, risk.target, risk.words, str(risk.proof)[:MOST], sure)
