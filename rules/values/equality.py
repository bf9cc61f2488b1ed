"""When values are equal.

`==` compares an int and a float by value, but inside lists and maps their types have to match too; sets and map diffs
compare numbers by value at any depth. Two map diffs are never equal. Values of different types are not equal.
What a query does not tell is equal to nothing and different from nothing: comparing it raises UndecidedError.
"""

from collections.abc import Callable, Iterable
from types import NoneType
from typing import TypeAlias

from rules.errors import UndecidedError
from rules.values.kinds import Constraint, MapDiff, Partial, RulesSet, Unknown, Value

Equal: TypeAlias = Callable[[Value, Value], bool]

_PLAIN = frozenset({NoneType, bool, int, float, str, bytes})
_NUMBERS = frozenset({int, float})
OPAQUE = frozenset({Constraint, Partial, Unknown})

UNDECIDED = "The query does not say enough about the documents it may return to decide this."


def equal(left: Value, right: Value) -> bool:
    """`left == right`."""
    kind = type(left)
    if kind is type(right):
        return bool(left == right) if kind in _PLAIN else _same(left, right, strict)
    if kind in _NUMBERS and type(right) in _NUMBERS:
        return float(left) == float(right)
    return _different(kind, type(right))


def strict(left: Value, right: Value) -> bool:
    """Equality without conversion of numbers: lists, maps, and what looks for values in them."""
    kind = type(left)
    if kind is not type(right):
        return _different(kind, type(right))
    return bool(left == right) if kind in _PLAIN else _same(left, right, strict)


def loose(left: Value, right: Value) -> bool:
    """Equality of numbers by value at any depth: sets and map diffs."""
    kind = type(left)
    if kind is type(right):
        return bool(left == right) if kind in _PLAIN else _same(left, right, loose)
    if kind in _NUMBERS and type(right) in _NUMBERS:
        return float(left) == float(right)
    return _different(kind, type(right))


def _same(left: Value, right: Value, inner: Equal) -> bool:
    if type(left) is list:
        return len(left) == len(right) and all(inner(one, other) for one, other in zip(left, right, strict=True))
    if type(left) is dict:
        return len(left) == len(right) and all(key in right and inner(left[key], right[key]) for key in left)
    if type(left) is RulesSet:
        return len(left.items) == len(right.items) and all(holds(right.items, item, loose) for item in left.items)
    if type(left) in OPAQUE:
        raise UndecidedError(UNDECIDED)
    return type(left) is not MapDiff and bool(left == right)


def _different(left: type, right: type) -> bool:
    if left in OPAQUE or right in OPAQUE:
        raise UndecidedError(UNDECIDED)
    return False


def holds(items: list[Value], value: Value, same: Equal) -> bool:
    """Whether one of the items is the same as a value."""
    if type(value) is str:
        return value in items or any(_different(str, type(item)) for item in items if type(item) in OPAQUE)
    return any(same(item, value) for item in items)


def distinct(items: Iterable[Value]) -> RulesSet:
    """A set of the items; of equal ones the first is kept."""
    kept: list[Value] = []
    for item in items:
        if not holds(kept, item, loose):
            kept.append(item)
    return RulesSet(kept)
