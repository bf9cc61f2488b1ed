"""Firestore Security Rules as a language: compile, evaluate, cover and probe.

    ruleset = rules.compile(text)
    verdict = ruleset.evaluate(Request("get", document("users/alice"), None, time), documents)

Nothing here reads a file, a clock or a network.
"""

from rules.compiler import compile_rules as compile  # noqa: A004 - the module's own verb
from rules.errors import EvaluationError, Problem, RulesError
from rules.request import Auth, Combined, Documents, Query, Request, Where, document
from rules.ruleset import Ruleset
from rules.verdict import Outcome, Statement, Verdict

__all__ = [
    "Auth",
    "Combined",
    "Documents",
    "EvaluationError",
    "Outcome",
    "Problem",
    "Query",
    "Request",
    "RulesError",
    "Ruleset",
    "Statement",
    "Verdict",
    "Where",
    "compile",
    "document",
]
