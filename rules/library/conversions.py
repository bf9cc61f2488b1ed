"""int(), float(), string() and path().

Source: https://firebase.google.com/docs/reference/rules/rules (Integer, Float, String and Path).
"""

from math import isnan
from types import NoneType

from rules.errors import EvaluationError, UndecidedError
from rules.library.registry import Types, function
from rules.values import text
from rules.values.equality import OPAQUE, UNDECIDED
from rules.values.kinds import Path, Value, Variable, name_of

_NUMERIC: Types = frozenset({int, float, str})
_PRINTABLE: Types = frozenset({int, float, str, bool, NoneType, Path})
LARGEST, SMALLEST = 2**63 - 1, -(2**63)


@function("string", _PRINTABLE)
def to_string(value: Value) -> str:
    """A bool, number, null or path as text. Raises EvaluationError for any other type."""
    if type(value) is str:
        return value
    if type(value) not in _PRINTABLE:
        raise (
            UndecidedError(UNDECIDED)
            if type(value) in OPAQUE
            else EvaluationError(f"string() takes no {name_of(value)}.")
        )
    if value is None or type(value) is bool:
        return {None: "null", True: "true", False: "false"}[value]
    if type(value) is float:
        return text.float_text(value)
    return _path_text(value) if isinstance(value, Path) else str(value)


def _path_text(path: Path) -> str:
    if any(isinstance(part, Variable) for part in path.segments):
        raise EvaluationError(f"The path {path} has variables without values; give them values with bind().")
    return str(path)


@function("int", _NUMERIC)
def to_int(value: float | str) -> int:
    """A whole number: a float loses its fraction, text has to be digits. Raises EvaluationError for other text."""
    if isinstance(value, float):
        return _whole(value)
    number = text.read_int(value) if isinstance(value, str) else value
    if number is None:
        raise EvaluationError(f"int() cannot read '{value}'.")
    return number


def _whole(value: float) -> int:
    if isnan(value):
        return 0
    return int(value) if SMALLEST <= value < LARGEST else LARGEST if value > 0 else SMALLEST


@function("float", _NUMERIC)
def to_float(value: float | str) -> float:
    """A float. Raises EvaluationError for text that is not a number."""
    number = text.read_float(value) if isinstance(value, str) else float(value)
    if number is None:
        raise EvaluationError(f"float() cannot read '{value}'.")
    return number


@function("path", str)
def to_path(value: str) -> Path:
    """A path from text, with or without a '/' before it. Raises EvaluationError for an empty segment."""
    segments = tuple(text.decoded(part) for part in value.removeprefix("/").split("/"))
    if not all(segments):
        raise EvaluationError(f"'{value}' is not a path: a segment of it is empty.")
    return Path(segments)
