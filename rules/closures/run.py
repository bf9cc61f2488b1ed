"""What one evaluation of a request carries along."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeAlias

from rules.errors import EvaluationError, Exhausted
from rules.language.syntax import Node
from rules.limits import MAX_EXPRESSIONS
from rules.values.kinds import Path, Value

Seen: TypeAlias = dict[Node, Counter[str]]
"""What watched expressions came to, and how often."""


class Find(Protocol):
    """Looks up a document for `get()` and its kin: the resource, or None where there is none."""

    def __call__(self, path: Path, *, after: bool) -> dict[str, Any] | None:
        """Look it up before or after the request's writes. Raises EvaluationError past the limits."""
        ...


class Run:
    """One decision: the request, the document, the variables of the `match` path, and what was spent so far."""

    __slots__ = ("debug", "find", "request", "resource", "seen", "spent", "wild")

    def __init__(self, request: Value, resource: Value, find: Find, seen: Seen | None = None) -> None:
        self.request = request
        self.resource = resource
        self.find = find
        self.wild: Sequence[Value] = ()
        self.spent = 0
        self.debug: list[Value] = []
        self.seen = {} if seen is None else seen


class Failed:
    """An argument or a `let` that could not be evaluated: it is an error where it is used, and only there."""

    __slots__ = ("error",)

    def __init__(self, error: EvaluationError) -> None:
        self.error = error


Frame: TypeAlias = list[Any]
Code: TypeAlias = Callable[[Run, Frame], Value]


def spend(run: Run, cost: int) -> None:
    """Count expressions. Raises Exhausted past the limit."""
    run.spent += cost
    if run.spent > MAX_EXPRESSIONS:
        raise Exhausted(f"The request evaluates more than {MAX_EXPRESSIONS} expressions, which is the limit.")
