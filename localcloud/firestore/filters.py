"""The `where` of a query: conditions on fields, joined by AND and OR, and whether a document meets them.

Operators and their limits: https://firebase.google.com/docs/firestore/query-data/queries.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from typing import Any

from localcloud.firestore import fieldpaths, values
from localcloud.firestore.errors import invalid
from localcloud.firestore.fieldpaths import NAME, Path
from localcloud.firestore.messages import StructuredQuery, Value
from localcloud.firestore.values import Key, Rank

MAX_DISJUNCTIONS = 30
MAX_NOT_IN = 10
MAX_INEQUALITY_FIELDS = 10


class Op(StrEnum):
    """The operators of a condition, by their names on the wire."""

    LESS = "LESS_THAN"
    LESS_OR_EQUAL = "LESS_THAN_OR_EQUAL"
    GREATER = "GREATER_THAN"
    GREATER_OR_EQUAL = "GREATER_THAN_OR_EQUAL"
    EQUAL = "EQUAL"
    NOT_EQUAL = "NOT_EQUAL"
    ARRAY_CONTAINS = "ARRAY_CONTAINS"
    IN = "IN"
    ARRAY_CONTAINS_ANY = "ARRAY_CONTAINS_ANY"
    NOT_IN = "NOT_IN"


INEQUALITIES = frozenset({Op.LESS, Op.LESS_OR_EQUAL, Op.GREATER, Op.GREATER_OR_EQUAL, Op.NOT_EQUAL, Op.NOT_IN})
CONTAINS = frozenset({Op.ARRAY_CONTAINS, Op.ARRAY_CONTAINS_ANY})
_LISTS = frozenset({Op.IN, Op.NOT_IN, Op.ARRAY_CONTAINS_ANY})
_BRANCHING = frozenset({Op.IN, Op.ARRAY_CONTAINS_ANY})


@dataclass(frozen=True)
class Condition:
    """One field, one operator, and what it is compared with: one sort key, or several for the list operators."""

    path: Path
    op: Op
    operands: tuple[Key, ...]

    def matches(self, document: Any) -> bool:
        """Whether the Document meets the condition; one without the field never does."""
        key = field_key(document, self.path)
        return key is not None and _TESTS[self.op](key, self.operands)


@dataclass(frozen=True)
class AllOf:
    """Meets every one of its parts."""

    parts: tuple[Filter, ...]

    def matches(self, document: Any) -> bool:
        """Whether the Document meets all parts."""
        return all(part.matches(document) for part in self.parts)


@dataclass(frozen=True)
class OneOf:
    """Meets at least one of its parts."""

    parts: tuple[Filter, ...]

    def matches(self, document: Any) -> bool:
        """Whether the Document meets a part."""
        return any(part.matches(document) for part in self.parts)


Filter = Condition | AllOf | OneOf


def field_key(document: Any, path: Path) -> Key | None:
    """Return the sort key of a Document's field, or of its name for `__name__`; None when it has no such field."""
    if path == NAME:
        return values.reference_key(document.name)
    value = fieldpaths.get(document.fields, path)
    return None if value is None else values.sort_key(value)


def parse(where: Any) -> Filter:
    """Read a filter from the wire and check it; raises Refused."""
    found = _parse(where)
    _check(found)
    return found


def conditions(found: Filter | None) -> Iterator[Condition]:
    """Yield every condition of a filter."""
    if isinstance(found, Condition):
        yield found
    elif found is not None:
        for part in found.parts:
            yield from conditions(part)


def disjuncts(found: Filter | None) -> list[tuple[Condition, ...]]:
    """Return the filter in disjunctive normal form: the conditions of each alternative."""
    if found is None:
        return [()]
    if isinstance(found, Condition):
        return [(found,)]
    if isinstance(found, OneOf):
        return [alternative for part in found.parts for alternative in disjuncts(part)]
    return [sum(choice, ()) for choice in product(*(disjuncts(part) for part in found.parts))]


def _parse(where: Any) -> Filter:
    kind = where.WhichOneof("filter_type")
    if kind == "composite_filter":
        return _composite(where.composite_filter)
    if kind == "field_filter":
        return _field(where.field_filter)
    if kind == "unary_filter":
        return _unary(where.unary_filter)
    raise invalid("A filter has to be a composite, a field or a unary filter.")


def _composite(composite: Any) -> Filter:
    parts = tuple(_parse(part) for part in composite.filters)
    if not parts:
        raise invalid("A composite filter needs at least one filter.")
    if composite.op == StructuredQuery.CompositeFilter.AND:
        return AllOf(parts)
    if composite.op == StructuredQuery.CompositeFilter.OR:
        return OneOf(parts)
    raise invalid("A composite filter needs the operator AND or OR.")


def _unary(unary: Any) -> Condition:
    path = fieldpaths.parse(unary.field.field_path)
    null, nan = values.sort_key(Value(null_value=0)), values.sort_key(Value(double_value=math.nan))
    operators = StructuredQuery.UnaryFilter
    found = {
        operators.IS_NULL: (Op.EQUAL, null),
        operators.IS_NOT_NULL: (Op.NOT_EQUAL, null),
        operators.IS_NAN: (Op.EQUAL, nan),
        operators.IS_NOT_NAN: (Op.NOT_EQUAL, nan),
    }
    if unary.op not in found:
        raise invalid("A unary filter needs one of the operators IS_NULL, IS_NOT_NULL, IS_NAN, IS_NOT_NAN.")
    operator, operand = found[unary.op]
    return Condition(path, operator, (operand,))


def _field(found: Any) -> Condition:
    path = fieldpaths.parse(found.field.field_path)
    name = StructuredQuery.FieldFilter.Operator.Name(found.op)
    if name not in set(Op):
        raise invalid("A field filter needs an operator.")
    op = Op(name)
    operands = _list_operands(op, found.value) if op in _LISTS else [found.value]
    if path == NAME:
        _check_name_condition(op, operands)
    return Condition(path, op, tuple(values.sort_key(operand) for operand in operands))


def _list_operands(op: Op, value: Any) -> list[Any]:
    operands = list(value.array_value.values)
    if not operands:
        raise invalid(f"'{op}' requires an non-empty ArrayValue.")
    most = MAX_NOT_IN if op is Op.NOT_IN else MAX_DISJUNCTIONS
    if len(operands) > most:
        raise invalid(f"'{op}' supports up to {most} comparison values.")
    return operands


def _check_name_condition(op: Op, operands: list[Any]) -> None:
    if op in CONTAINS:
        raise invalid(f"'{op}' cannot be used on __name__.")
    if not all(operand.HasField("reference_value") for operand in operands):
        raise invalid("__key__ filter value must be a Key")


def _check(found: Filter) -> None:
    everything = list(conditions(found))
    _check_negations(found, everything)
    unequal = {condition.path for condition in everything if condition.op in INEQUALITIES}
    if len(unequal) > MAX_INEQUALITY_FIELDS:
        raise invalid(f"A query can have inequality filters on at most {MAX_INEQUALITY_FIELDS} fields.")
    alternatives = disjuncts(found)
    count = sum(_branches(alternative) for alternative in alternatives)
    if count > MAX_DISJUNCTIONS:
        raise invalid(
            f"A query supports up to {MAX_DISJUNCTIONS} disjunctions in its disjunctive normal form; "
            f"this one has {count}."
        )
    for alternative in alternatives:
        if sum(condition.op in CONTAINS for condition in alternative) > 1:
            raise invalid("A maximum of 1 'ARRAY_CONTAINS' filter is allowed per disjunction.")


def _check_negations(found: Filter, everything: list[Condition]) -> None:
    negations = [condition.op for condition in everything if condition.op in {Op.NOT_EQUAL, Op.NOT_IN}]
    if negations.count(Op.NOT_IN) > 1 or len(set(negations)) > 1:
        raise invalid("A query can have one 'NOT_IN' filter, and none beside a 'NOT_EQUAL' filter.")
    branching = len(disjuncts(found)) > 1 or any(condition.op in _BRANCHING for condition in everything)
    if Op.NOT_IN in negations and branching:
        raise invalid("'NOT_IN' cannot be used in the same query with 'IN', 'ARRAY_CONTAINS_ANY' or OR.")


def _branches(alternative: tuple[Condition, ...]) -> int:
    return math.prod(len(condition.operands) for condition in alternative if condition.op in _BRANCHING)


def _comparable(key: Key, operands: tuple[Key, ...]) -> bool:
    return bool(key[0] == operands[0][0])


def _differs(key: Key, operands: tuple[Key, ...]) -> bool:
    # Null is equal to nothing and different from nothing, except where null itself is asked for.
    return key[0] != Rank.NULL and key not in operands


_TESTS: Mapping[Op, Callable[[Key, tuple[Key, ...]], bool]] = {
    Op.LESS: lambda key, operands: _comparable(key, operands) and key < operands[0],
    Op.LESS_OR_EQUAL: lambda key, operands: _comparable(key, operands) and key <= operands[0],
    Op.GREATER: lambda key, operands: _comparable(key, operands) and key > operands[0],
    Op.GREATER_OR_EQUAL: lambda key, operands: _comparable(key, operands) and key >= operands[0],
    Op.EQUAL: lambda key, operands: key == operands[0],
    Op.IN: lambda key, operands: key in operands,
    Op.NOT_EQUAL: _differs,
    Op.NOT_IN: lambda key, operands: _differs(key, operands) and all(operand[0] != Rank.NULL for operand in operands),
    Op.ARRAY_CONTAINS: lambda key, operands: key[0] == Rank.ARRAY and operands[0] in key[1],
    Op.ARRAY_CONTAINS_ANY: lambda key, operands: key[0] == Rank.ARRAY and any(item in key[1] for item in operands),
}
