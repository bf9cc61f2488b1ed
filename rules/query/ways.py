"""The ways in which a document may satisfy a query.

`or`, `in` and `array-contains-any` are taken apart: every way has to be allowed. In each way a field with one equality
has that value, and any other field that the query names is a constraint. Nothing is known of other fields. A query
that names one document is judged on that document.
"""

from dataclasses import dataclass
from itertools import product
from math import prod

from rules.request import Combined, Query, Where
from rules.values.equality import strict
from rules.values.kinds import Constraint, Filter, Partial, Path, Value

MAX_WAYS = 1_000
"""More than any query that Firestore accepts has (30 disjunctions)."""


class TooManyWaysError(ValueError):
    """The query has more disjunctions than Firestore accepts."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way: a document by its path, or what is known of the data."""

    document: tuple[str, ...] | None
    data: Partial


def ways(query: Query) -> list[Way]:
    """Every way of a query. Raises TooManyWaysError."""
    return [_way(terms) for terms in ([()] if query.where is None else _terms(query.where))]


def _terms(where: Where | Combined) -> list[tuple[Where, ...]]:
    if isinstance(where, Where):
        return _single(where)
    inner = [_terms(one) for one in where.filters]
    if where.operator == "or":
        _limit(sum(len(terms) for terms in inner))
        return [term for terms in inner for term in terms]
    _limit(prod(len(terms) for terms in inner))
    return [tuple(one for part in parts for one in part) for parts in product(*inner)]


def _limit(count: int) -> None:
    if count > MAX_WAYS:
        raise TooManyWaysError(f"The query has more than {MAX_WAYS} ways to be satisfied.")


def _single(where: Where) -> list[tuple[Where, ...]]:
    apart = {"in": "==", "array-contains-any": "array-contains"}.get(where.operator)
    if apart is None:
        return [(where,)]
    return [(Where(where.field, apart, value),) for value in where.value]


_UNARY: dict[str, tuple[str, Value]] = {
    "is-null": ("==", None),
    "is-not-null": ("!=", None),
    "is-nan": ("==", float("nan")),
    "is-not-nan": ("!=", None),
}


def _filters(where: Where) -> list[Filter]:
    if where.operator == "not-in":
        return [Filter("!=", value) for value in where.value]
    if where.operator == "array-contains":
        return [Filter("contains", where.value)]
    operator, value = _UNARY.get(where.operator, (where.operator, where.value))
    return [Filter(operator, value)]


def _way(terms: tuple[Where, ...]) -> Way:
    document, fields = None, dict[tuple[str, ...], list[Filter]]()
    for term in terms:
        if term.field != ("__name__",):
            fields.setdefault(term.field, []).extend(_filters(term))
        elif term.operator == "==" and isinstance(term.value, Path):
            document = tuple(str(part) for part in term.value.segments)
    data = Partial({})
    for path, filters in sorted(fields.items()):
        _insert(data, path, _known(filters))
    return Way(document, data)


def _known(filters: list[Filter]) -> Value:
    first = filters[0]
    if first.operator == "==" and all(one.operator == "==" and strict(one.value, first.value) for one in filters[1:]):
        return first.value
    return Constraint(tuple(filters))


def _insert(data: Partial, path: tuple[str, ...], value: Value) -> None:
    for name in path[:-1]:
        inner = data.known.get(name)
        if not isinstance(inner, Partial):
            inner = data.known[name] = Partial({})
        data = inner
    data.known[path[-1]] = value
