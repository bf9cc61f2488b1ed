"""Judges the security rules that are in force on a stack whose app has brought its own: what may a user write?

The engine that decides requests is asked; each failure carries the shortest request that proves it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from blueprint.finding import Finding, Status

if TYPE_CHECKING:
    from rules import Ruleset
    from rules.probe import Risk

ID = "rules.released"
PATHS = ("users/{userId}", "users/{userId}/intents/{intentId}")
CLOSED = (  # what only the services write
    "users/{userId}/statuses/{intentId}",
    "tickets/{ticketId}",
    "tickets/{ticketId}/history/{step}",
    "inbox/{eventId}",
    "outbox/{effectId}",
    "customers/{customerId}",
)
EXPECTED = "no user may write billing, a plan, another user's documents or what only the services write"
MERGE = "Show what the toolkit needs with ./launch rules merge FILE, release it, and run this again."
MOST = 500  # characters of a proof
NANOS = 1_000_000_000


def judge(project: str, text: str | None, now: datetime) -> list[Finding]:
    """Return a finding for each way in, or one that there is none; `text` is None where no rules are released."""
    import rules  # takes long, and most stacks release their own

    if text is None:
        seen = "no rules are released for Firestore, so every app is refused"
        return [Finding(ID, project, Status.FAIL, EXPECTED, seen, fix=MERGE)]
    try:
        ruleset = rules.compile(text)
    except rules.RulesError as error:
        words = f"the rules cannot be read: line {error.problems[0]}"
        return [Finding(ID, project, Status.UNKNOWN, EXPECTED, words, fix="./launch rules probe FILE shows where.")]
    found = [_hole(risk) for risk in _risks(ruleset, now)]
    return found or [Finding(ID, project, Status.PASS, EXPECTED, "no request was found that the rules should refuse")]


def unknown(project: str, why: str) -> Finding:
    """Return the finding when nobody said which rules are in force."""
    cure = f"Have the role roles/firebaserules.viewer on {project}, and look again."
    return Finding(ID, project, Status.UNKNOWN, EXPECTED, f"the rules could not be read ({why})", fix=cure)


def _risks(ruleset: Ruleset, now: datetime) -> Iterator[Risk]:
    from rules.probe import Level, questions, questions_at, risks
    from rules.values.kinds import Timestamp

    moment = Timestamp(int(now.timestamp()) * NANOS)
    asked = [*questions_at(ruleset, PATHS, CLOSED, moment), *questions(ruleset, moment)]
    return (risk for risk in risks(asked) if risk.level is not Level.LOOSE)


def _hole(risk: Risk) -> Finding:
    seen = f"{risk.words[0].lower()}{risk.words[1:]} (line {risk.line})"
    return Finding(ID, risk.target, Status.FAIL, EXPECTED, seen, str(risk.proof)[:MOST], risk.fix)
