"""The rule on Firestore's security rules: the engine that decides requests is asked, and no text is matched.

Rules of other services (Cloud Storage) have no engine here, so their text is searched for what opens them to anybody.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from infra.policy.rule import Resource, Rule, of

if TYPE_CHECKING:
    from rules import Ruleset

OPEN = re.compile(r"allow\s+[\w\s,]*:\s*if\s+true\s*;|allow\s+[\w\s,]+;")
COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
Nanoseconds = Callable[[], int]  # since 1970


def hole(name: str, text: str, now: int) -> str | None:
    """Return the first hole in the rules of a file with its proof, or None; `now` is in nanoseconds since 1970."""
    import rules  # takes long, and few resources are rules

    try:
        ruleset = rules.compile(text)
    except rules.RulesError as error:
        return f"does not compile: {name}:{error.problems[0]}"
    return _proven(name, ruleset, now) if ruleset.service else _written(name, text)


def _proven(name: str, ruleset: Ruleset, now: int) -> str | None:
    from rules.probe import Level, questions, risks
    from rules.values.kinds import Timestamp

    found = (risk for risk in risks(questions(ruleset, Timestamp(now))) if risk.level is not Level.LOOSE)
    first = next(found, None)
    return None if first is None else f"opens data, at {name}:{first.line}. {first.words} Proof: {first.proof}"


def _written(name: str, text: str) -> str | None:
    found = OPEN.search(COMMENT.sub("", text))
    return f"opens data to anybody: `{' '.join(found[0].split())}` in {name}" if found else None


def closed_rules(now: Nanoseconds) -> Rule:
    """Return the rule that no security rule opens data, judged as of the moment that `now` gives."""

    def judge(resource: Resource) -> str | None:
        files = resource.properties["source"]["files"]
        found = (hole(file["name"], file["content"], now()) for file in files)
        return next((each for each in found if each), None)

    return Rule(
        "firestore.closed-rules",
        "No rule opens data to whom it does not belong",
        "firebase.google.com/docs/rules/insecure-rules",
        of("gcp:firebaserules/Ruleset"),
        judge,
        "See every hole with ./launch rules probe firestore/firestore.rules",
    )


SECURITY_RULES: tuple[Rule, ...] = (closed_rules(time.time_ns),)
