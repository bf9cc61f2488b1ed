"""What the rules probe found, as findings of the triage."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from rules.probe.answers import Answer
from rules.probe.risks import Level, risks
from triage.model import Hit, Sure

OF_A_USER = re.compile(r"(?i)\{\w*(user|uid|owner|profile|account|member)\w*(=\*\*)?\}$")
MOST = 300  # characters of a proof


def hits(answers: Iterable[Answer]) -> Iterator[Hit]:
    """Yield what is wrong with the rules, one finding for each kind of trouble at each path and line."""
    for risk in risks(answer for answer in answers if not _is_their_own(answer)):
        if risk.level is not Level.LOOSE:
            check = "rules.open" if risk.level is Level.ANYBODY else "rules.weak"
            sure = Sure.CERTAIN if risk.is_certain else Sure.LIKELY
            yield Hit(check, risk.line, risk.target, risk.words, str(risk.proof)[:MOST], sure)


def _is_their_own(answer: Answer) -> bool:
    """Return whether all that somebody can do is to add a document that names themselves as its owner.

    Under the id of a user it is another's place all the same.
    """
    request = answer.proof.request if answer.proof else None
    if request is None or request.method != "create" or request.auth is None or not request.data:
        return False
    return request.auth.uid in request.data.values() and not OF_A_USER.search(answer.target)
