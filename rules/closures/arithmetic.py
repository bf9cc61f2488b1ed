"""`+ - * / %`, and `!` and `-` before a value."""

from collections.abc import Callable
from math import copysign, fmod, inf, isinf, nan
from typing import TypeAlias

from rules.closures.run import Code, Frame, Run
from rules.errors import EvaluationError, UndecidedError
from rules.library.conversions import LARGEST, SMALLEST
from rules.values.calendar import duration, timestamp
from rules.values.equality import OPAQUE, UNDECIDED
from rules.values.kinds import Duration, Timestamp, Value, name_of

_NUMBERS = frozenset({int, float})
_Operation: TypeAlias = Callable[[Value, Value], Value]


def whole(value: int) -> int:
    """An int that fits into 64 bits. Raises EvaluationError otherwise."""
    if SMALLEST <= value <= LARGEST:
        return value
    raise EvaluationError("The result does not fit into 64 bits.")


def _divided(one: int, other: int) -> int:
    if other == 0:
        raise EvaluationError("A number is divided by zero.")
    result = abs(one) // abs(other)
    result = result if (one < 0) == (other < 0) else -result
    return result if result <= LARGEST else SMALLEST


def _rest(one: int, other: int) -> int:
    if other == 0:
        raise EvaluationError("A number is divided by zero.")
    return abs(one) % abs(other) * (1 if one >= 0 else -1)


def _float_divided(one: float, other: float) -> float:
    if other:
        return one / other
    return nan if one == 0 or one != one else copysign(inf, one) * copysign(1, other)


def _float_rest(one: float, other: float) -> float:
    return nan if isinf(one) or other == 0 else fmod(one, other)


_WHOLE: dict[str, _Operation] = {
    "+": lambda one, other: whole(one + other),
    "-": lambda one, other: whole(one - other),
    "*": lambda one, other: whole(one * other),
    "/": _divided,
    "%": _rest,
}
_FLOATS: dict[str, _Operation] = {
    "+": lambda one, other: one + other,
    "-": lambda one, other: one - other,
    "*": lambda one, other: one * other,
    "/": _float_divided,
    "%": _float_rest,
}
_OTHERS: dict[tuple[str, type, type], _Operation] = {
    ("+", str, str): lambda one, other: one + other,
    ("+", Duration, Duration): lambda one, other: duration(one.nanos + other.nanos),
    ("+", Timestamp, Duration): lambda one, other: timestamp(one.nanos + other.nanos),
    ("+", Duration, Timestamp): lambda one, other: timestamp(one.nanos + other.nanos),
    ("-", Duration, Duration): lambda one, other: duration(one.nanos - other.nanos),
    ("-", Timestamp, Duration): lambda one, other: timestamp(one.nanos - other.nanos),
    ("-", Timestamp, Timestamp): lambda one, other: duration(one.nanos - other.nanos),
}


def arithmetic(operator: str, left: Code, right: Code, at: int) -> Code:
    """`left + right` and the like: two ints give an int, other numbers a float."""
    whole_numbers = _WHOLE[operator]

    def run(state: Run, frame: Frame) -> Value:
        one, other = left(state, frame), right(state, frame)
        try:
            if type(one) is int and type(other) is int:
                return whole_numbers(one, other)
            return _other(operator, one, other)
        except EvaluationError as error:
            error.offset = at if error.offset < 0 else error.offset
            raise

    return run


def _other(operator: str, one: Value, other: Value) -> Value:
    if type(one) in _NUMBERS and type(other) in _NUMBERS:
        return _FLOATS[operator](float(one), float(other))
    operation = _OTHERS.get((operator, type(one), type(other)))
    if operation is not None:
        return operation(one, other)
    if type(one) in OPAQUE or type(other) in OPAQUE:
        raise UndecidedError(UNDECIDED)
    raise EvaluationError(f"{name_of(one)} {operator} {name_of(other)} has no meaning.")


def negation(inner: Code, at: int) -> Code:
    """`!inner`."""

    def run(state: Run, frame: Frame) -> Value:
        value = inner(state, frame)
        if value is True or value is False:
            return not value
        if type(value) in OPAQUE:
            raise UndecidedError(UNDECIDED, at)
        raise EvaluationError(f"'!' needs a bool, not {name_of(value)}.", at)

    return run


def minus(inner: Code, at: int) -> Code:
    """`-inner`."""

    def run(state: Run, frame: Frame) -> Value:
        value = inner(state, frame)
        if type(value) is float:
            return -value
        if type(value) is Duration:
            return Duration(-value.nanos)
        if type(value) is not int:
            raise UndecidedError(UNDECIDED, at) if type(value) in OPAQUE else _no_minus(value, at)
        if value == SMALLEST:
            raise EvaluationError("The result does not fit into 64 bits.", at)
        return -value

    return run


def _no_minus(value: Value, at: int) -> EvaluationError:
    return EvaluationError(f"'-' needs a number or a duration, not {name_of(value)}.", at)
