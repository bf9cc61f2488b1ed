"""A compiled rules text, and how it decides a request."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from rules.closures.builder import Builder, Functions, Watch
from rules.closures.names import Names
from rules.closures.run import Code, Run, Seen, spend
from rules.errors import EvaluationError, Exhausted, Problem
from rules.language.scopes import Scope
from rules.language.source import Source
from rules.language.syntax import Allow, File
from rules.language.warnings import warnings
from rules.lookups import Budget, Lookups
from rules.paths import ID, PARENTS, Bound, Part, Pattern
from rules.query.ways import TooManyWaysError, Way, ways
from rules.request import Documents, NoDocuments, Request, request_value, resource
from rules.values.kinds import Partial, Path, Value
from rules.verdict import Outcome, Statement, Verdict

SERVICE = "cloud.firestore"


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """One `allow` statement: its path, its methods and the code of its condition (None: always)."""

    allow: Allow
    pattern: Pattern
    scope: Scope
    line: int
    code: Code | None
    cost: int


class Ruleset:
    """Compiled rules. They do not change, and one may be used from several threads."""

    def __init__(self, source: Source, file: File, whole: Scope) -> None:
        self.source = source
        self.file = file
        self.whole = whole

    @cached_property
    def service(self) -> Scope | None:
        """The scope of Firestore's service, or None where the text has none."""
        found = zip(self.file.services, self.whole.inner, strict=True)
        return next((scope for service, scope in found if service.name == SERVICE), None)

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """Every `allow` statement, in the order of the text."""
        return self.compiled(None)

    @cached_property
    def warnings(self) -> tuple[Problem, ...]:
        """What compiles and cannot be meant, in the order of the text."""
        return warnings(self.source, self.file, self.whole)

    def compiled(self, watch: Watch | None) -> tuple[Rule, ...]:
        """Every `allow` statement, its expressions wrapped by `watch`."""
        if self.service is None:
            return ()
        functions = Functions(watch)
        found = [
            self._rule(allow, scope, Builder(Names(scope), functions))
            for scope in self.service.everything()
            for allow in scope.body.allows
        ]
        functions.finish()
        return tuple(sorted(found, key=lambda rule: rule.allow.start))

    def _rule(self, allow: Allow, scope: Scope, builder: Builder) -> Rule:
        segments = tuple(segment for outer in reversed([*scope.chain()]) for segment in outer.path)
        code, cost = (None, 0) if allow.condition is None else builder.block(allow.condition)
        return Rule(allow, Pattern(segments, self.file.version), scope, self.source.line(allow.start), code, cost)

    def evaluate(self, request: Request, documents: Documents | None = None, budget: Budget | None = None) -> Verdict:
        """Decide a request. `budget` is given for the writes of a batch, which share one."""
        return decide(self, self.rules, request, documents or NoDocuments(), budget)


def decide(
    ruleset: Ruleset,
    rules: Sequence[Rule],
    request: Request,
    documents: Documents,
    budget: Budget | None,
    seen: Seen | None = None,
) -> Verdict:
    """Decide a request by some compiled statements; `seen` collects what watched expressions came to."""
    if request.method == "list":
        return _list(ruleset, rules, request, documents, budget or Budget(), seen)
    stored = documents.get(request.path)
    run = Run(
        request_value(request),
        None if stored is None else resource(request.path, stored),
        Lookups(request.path, documents, budget or Budget()),
        seen,
    )
    return _asked(ruleset, rules, request.method, request.path, run)


def _list(
    ruleset: Ruleset,
    rules: Sequence[Rule],
    request: Request,
    documents: Documents,
    budget: Budget,
    seen: Seen | None,
) -> Verdict:
    try:
        found = ways(request.query)
    except TooManyWaysError as error:
        return Verdict(False, (Statement(0, Outcome.ERROR, str(error)),))
    verdict = Verdict(False)
    for way in found:
        path, known = _target(request, way, documents)
        run = Run(
            request_value(request, _shown_path(request, way)),
            known,
            Lookups(way.document or request.path, documents, budget),
            seen,
        )
        verdict = _asked(ruleset, rules, "list", path, run)
        if not verdict.allowed:
            return verdict
    return verdict


def _target(request: Request, way: Way, documents: Documents) -> tuple[Sequence[Part], Value]:
    if way.document is not None:
        stored = documents.get(way.document)
        return way.document, None if stored is None else resource(way.document, stored)
    group = request.query.group
    path: tuple[Part, ...] = request.path if group is None else (*request.path, PARENTS, group)
    return (*path, ID), Partial({"data": way.data})


def _shown_path(request: Request, way: Way) -> Value:
    """`request.path` of a query: of the document it names, unknown for a collection group, else of the collection."""
    if way.document is not None:
        return Path(way.document)
    return ID if request.query.group is not None else None


def _asked(ruleset: Ruleset, rules: Sequence[Rule], method: str, path: Sequence[Part], run: Run) -> Verdict:
    statements = []
    for rule in rules:
        if method not in rule.allow.methods:
            continue
        bound = rule.pattern.bind(path)
        if bound is None:
            continue
        statement = _statement(ruleset, rule, run, bound)
        statements.append(statement)
        if statement.outcome is Outcome.ALLOW:
            return Verdict(True, tuple(statements), tuple(run.debug))
    return Verdict(False, tuple(statements), tuple(run.debug))


def _statement(ruleset: Ruleset, rule: Rule, run: Run, bound: Bound) -> Statement:
    if rule.code is None:
        return Statement(rule.line, Outcome.ALLOW)
    run.wild = bound
    try:
        spend(run, rule.cost)
        value = rule.code(run, [])
    except EvaluationError as error:
        at = error.offset if error.offset >= 0 else rule.allow.start
        return Statement(rule.line, Outcome.ERROR, error.message, ruleset.source.line(at))
    except Exhausted as error:
        return Statement(rule.line, Outcome.ERROR, error.message, rule.line)
    except RecursionError:
        return Statement(rule.line, Outcome.ERROR, "The condition nests too deep to be evaluated.", rule.line)
    if value is True:
        return Statement(rule.line, Outcome.ALLOW)
    if value is False:
        return Statement(rule.line, Outcome.FALSE)
    return Statement(rule.line, Outcome.ERROR, "The condition is not a bool.", rule.line)
