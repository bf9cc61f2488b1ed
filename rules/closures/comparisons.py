"""`==`, `!=`, `<`, `<=`, `>`, `>=`, `in` and `is`."""

from collections.abc import Callable
from operator import ge, gt, le, lt
from typing import TypeAlias

from rules.closures.run import Code, Frame, Run
from rules.errors import EvaluationError, UndecidedError
from rules.query.constraint import compared, contained, is_kind
from rules.values.equality import OPAQUE, UNDECIDED, equal, holds, loose, strict
from rules.values.kinds import Constraint, Duration, Partial, RulesSet, Timestamp, Unknown, Value, name_of
from rules.values.text import order

_PLAIN = frozenset({type(None), bool, int, float, str, bytes})
_NUMBERS = frozenset({int, float})
_ORDERS: dict[str, Callable[[Value, Value], bool]] = {"<": lt, "<=": le, ">": gt, ">=": ge}

Comparison: TypeAlias = Callable[[Value, Value, int], bool]


def _equal(left: Value, right: Value, at: int) -> bool:
    if type(left) is Constraint or type(right) is Constraint:
        return compared("==", left, right, at)
    return equal(left, right)


def _unequal(left: Value, right: Value, at: int) -> bool:
    if type(left) is Constraint or type(right) is Constraint:
        return compared("!=", left, right, at)
    return not equal(left, right)


def equality(left: Code, right: Code, at: int, *, wanted: bool) -> Code:
    """`left == right`, or `left != right` where `wanted` is False."""
    slow = _equal if wanted else _unequal

    def run(state: Run, frame: Frame) -> Value:
        one, other = left(state, frame), right(state, frame)
        kind = type(one)
        if kind is type(other) and kind in _PLAIN:
            return (one == other) is wanted
        return _placed(slow, one, other, at)

    return run


def _placed(compare: Comparison, one: Value, other: Value, at: int) -> bool:
    try:
        return compare(one, other, at)
    except EvaluationError as error:
        error.offset = at if error.offset < 0 else error.offset
        raise


def ordering(operator: str, left: Code, right: Code, at: int) -> Code:
    """`left < right` and the like: numbers, strings, bytes, timestamps and durations, each with its own kind."""
    compare = _ORDERS[operator]

    def run(state: Run, frame: Frame) -> Value:
        one, other = left(state, frame), right(state, frame)
        kinds = (type(one), type(other))
        if kinds == (int, int):
            return compare(one, other)
        if kinds == (str, str):
            return compare(one, other) if one.isascii() and other.isascii() else compare(order(one), order(other))
        if kinds == (Timestamp, Timestamp) or kinds == (Duration, Duration):
            return compare(one.nanos, other.nanos)
        if kinds[0] in _NUMBERS and kinds[1] in _NUMBERS:
            return compare(float(one), float(other))
        return compare(one, other) if kinds == (bytes, bytes) else _unordered(operator, one, other, at)

    return run


def _unordered(operator: str, one: Value, other: Value, at: int) -> bool:
    if type(one) is Constraint or type(other) is Constraint:
        return compared(operator, one, other, at)
    if type(one) in OPAQUE or type(other) in OPAQUE:
        raise UndecidedError(UNDECIDED, at)
    raise EvaluationError(f"{name_of(one)} {operator} {name_of(other)} cannot be compared.", at)


def membership(left: Code, right: Code, at: int) -> Code:
    """`left in right`: a list, a set, or the keys of a map."""

    def run(state: Run, frame: Frame) -> Value:
        value, among = left(state, frame), right(state, frame)
        kind = type(among)
        if kind is list:
            if type(value) is str and value in among:
                return True
            return _placed(_in_list, value, among, at)
        if kind is dict and type(value) is str:
            return value in among
        return _placed(_in_other, value, among, at)

    return run


def _in_list(value: Value, among: list[Value], _: int) -> bool:
    return holds(among, value, strict)


def _in_other(value: Value, among: Value, at: int) -> bool:
    if type(among) is RulesSet:
        return holds(among.items, value, loose)
    if type(among) is Constraint:
        return contained(value, among, at)
    if type(among) is Partial and type(value) is str and value in among.known:
        return True
    if type(among) in OPAQUE or type(value) in OPAQUE:
        raise UndecidedError(UNDECIDED, at)
    if type(among) is dict:
        raise EvaluationError(f"The keys of a map are strings, so no {name_of(value)} is among them.", at)
    raise EvaluationError(f"'in' needs a list, a set or a map on its right side, not {name_of(among)}.", at)


def kind(inner: Code, name: str, at: int) -> Code:
    """`inner is name`."""

    def run(state: Run, frame: Frame) -> Value:
        value = inner(state, frame)
        if type(value) is Constraint:
            return is_kind(name, at)
        if type(value) is Unknown:
            raise UndecidedError(UNDECIDED, at)
        return type(value) in _NUMBERS if name == "number" else name_of(value) == name

    return run
