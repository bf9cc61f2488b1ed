"""A document that a query may return although a condition denies reading it: the proof that the query is not safe.

Google's documentation is the judge: https://firebase.google.com/docs/firestore/security/rules-query ("if a query could
potentially return documents that the client does not have permission to read, the entire request fails").
"""

from collections.abc import Callable
from operator import ge, gt, le, lt
from random import Random
from typing import Any

from rules import Ruleset, Where
from rules.request import Request, document
from rules.values.kinds import Timestamp
from tools.rulesoracle.triples import FIXED, VALUES, Asked, data

_RANGES: dict[str, Callable[[Any, Any], bool]] = {"<": lt, "<=": le, ">": gt, ">=": ge}


def satisfies(stored: dict[str, Any], where: Where | None) -> bool:
    """Whether a query with this filter returns a document with these fields."""
    if where is None:
        return True
    if where.field[0] not in stored:
        return False
    value = stored[where.field[0]]
    if where.operator == "array-contains":
        return isinstance(value, list) and any(_same(item, where.value) for item in value)
    if where.operator == "in":
        return any(_same(value, one) for one in where.value)
    if where.operator in {"==", "!="}:
        return (
            _same(value, where.value) if where.operator == "==" else value is not None and not _same(value, where.value)
        )
    return _ordered(where.operator, value, where.value)


def _kind(value: Any) -> str:
    return "number" if type(value) in {int, float} else type(value).__name__


def _same(one: Any, other: Any) -> bool:
    return _kind(one) == _kind(other) and bool(one == other)


def _ordered(operator: str, one: Any, other: Any) -> bool:
    if _kind(one) != _kind(other):
        return False
    if isinstance(one, Timestamp):
        one, other = one.nanos, other.nanos
    if isinstance(one, str):
        one, other = one.encode(), other.encode()
    return _RANGES[operator](one, other)


class _One:
    def __init__(self, path: str, stored: dict[str, Any]) -> None:
        self._known = {**FIXED, path: stored}

    def get(self, path: tuple[str, ...]) -> Any:
        return self._known.get("/".join(path[3:]))

    get_after = get


def counterexample(ruleset: Ruleset, one: Asked, random: Random, tries: int = 400) -> dict[str, Any] | None:
    """A document that the list may return and the rules deny, or None where none was found."""
    auth = one.request(Timestamp(0)).auth
    path = f"{one.collection}/one"
    for _ in range(tries):
        stored = data(random)
        if one.where is not None:
            stored[one.where.field[0]] = _fitting(one.where, random)
        if not satisfies(stored, one.where):
            continue
        request = Request("get", document(path), auth, Timestamp(1_800_000_000 * 10**9))
        if not ruleset.evaluate(request, _One(path, stored)).allowed:
            return stored
    return None


def _fitting(where: Where, random: Random) -> Any:
    if where.operator in {"==", "in"}:
        return random.choice(where.value) if where.operator == "in" else where.value
    if where.operator == "array-contains":
        return [where.value, random.choice(VALUES["string"])]
    return random.choice(random.choice([*VALUES.values()]))
