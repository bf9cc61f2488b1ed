"""Evaluates requests and counts what every expression came to."""

from collections import Counter

from rules.closures.run import Code, Frame, Run, Seen
from rules.coverage.report import Report, report
from rules.errors import EvaluationError
from rules.language.syntax import Node
from rules.lookups import Budget
from rules.request import Documents, NoDocuments, Request
from rules.ruleset import Ruleset, decide
from rules.values.kinds import Value, name_of
from rules.verdict import Verdict


def _key(value: Value) -> str:
    return "true" if value is True else "false" if value is False else name_of(value)


def _watch(node: Node, code: Code) -> Code:
    def run(state: Run, frame: Frame) -> Value:
        counts = state.seen.get(node)
        if counts is None:
            counts = state.seen[node] = Counter()
        try:
            value = code(state, frame)
        except EvaluationError:
            counts["error"] += 1
            raise
        counts[_key(value)] += 1
        return value

    return run


class Coverage:
    """Decides requests as the ruleset does, more slowly, and remembers what was reached."""

    def __init__(self, ruleset: Ruleset) -> None:
        self._ruleset = ruleset
        self._rules = ruleset.compiled(_watch)
        self._seen: Seen = {}
        self._statements: Counter[int] = Counter()

    def evaluate(self, request: Request, documents: Documents | None = None, budget: Budget | None = None) -> Verdict:
        """Decide a request, and count."""
        verdict = decide(self._ruleset, self._rules, request, documents or NoDocuments(), budget, self._seen)
        self._statements.update(one.line for one in verdict.statements)
        return verdict

    def report(self) -> Report:
        """What was reached so far."""
        return report(self._ruleset, self._seen, self._statements)
