"""Fields, indexes and ranges."""

from rules.closures.run import Code, Frame, Run
from rules.errors import EvaluationError, UndecidedError
from rules.values import text
from rules.values.equality import OPAQUE, UNDECIDED
from rules.values.kinds import Partial, Path, Unknown, Value, Variable, name_of


def fields(base: Code, names: tuple[str, ...], at: int) -> Code:
    """`base.a.b.c`."""

    def read(run: Run, frame: Frame) -> Value:
        value = base(run, frame)
        for name in names:
            value = value[name] if type(value) is dict and name in value else _other_field(value, name, at)
        return value

    return read


def _other_field(value: Value, name: str, at: int) -> Value:
    if value is None:
        raise EvaluationError(f"The field {name} is taken of null.", at)
    if type(value) is Partial and name in value.known:
        return value.known[name]
    if type(value) in OPAQUE:
        raise UndecidedError(UNDECIDED, at)
    if type(value) is Path and name in dict(value.bound):
        return dict(value.bound)[name]
    if type(value) in {dict, Path}:
        raise EvaluationError(f"The property {name} is not defined.", at)
    raise EvaluationError(f"A {name_of(value)} has no fields, so no {name}.", at)


def index(base: Code, inner: Code, at: int) -> Code:
    """`base[inner]`."""

    def read(run: Run, frame: Frame) -> Value:
        value, key = base(run, frame), inner(run, frame)
        if type(key) is str and type(value) in {dict, Partial, Path}:
            return value[key] if type(value) is dict and key in value else _other_field(value, key, at)
        if type(key) is int and type(value) in {list, str, Path}:
            return _at(value, key, at)
        raise _unfit(value, f"[{name_of(key)}]", at, key)

    return read


def _unfit(value: Value, taken: str, at: int, *more: Value) -> EvaluationError:
    if type(value) in OPAQUE or any(type(one) in OPAQUE for one in more):
        return UndecidedError(UNDECIDED, at)
    return EvaluationError(f"{taken} cannot be taken of a {name_of(value)}.", at)


def _size(value: Value, at: int) -> int:
    if type(value) is Path:
        if any(isinstance(part, (Variable, Unknown)) for part in value.segments):
            raise UndecidedError("A part of this path is not known.", at)
        return len(value.segments)
    return text.size(value) if type(value) is str else len(value)


def _inside(position: int, size: int, at: int) -> None:
    if not 0 <= position < size:
        raise EvaluationError(f"The index {position} lies outside: there are {size} values.", at)


def _at(value: Value, position: int, at: int) -> Value:
    _inside(position, _size(value, at), at)
    if type(value) is str:
        return text.part(value, position, position + 1)
    return value.segments[position] if type(value) is Path else value[position]


def span(base: Code, first: Code, last: Code, at: int) -> Code:
    """`base[first:last]`; a null bound is the end of that side."""

    def read(run: Run, frame: Frame) -> Value:
        value, low, high = base(run, frame), first(run, frame), last(run, frame)
        if type(value) not in {list, str, Path} or not {type(low), type(high)} <= {int, type(None)}:
            raise _unfit(value, f"[{name_of(low)}:{name_of(high)}]", at, low, high)
        return _range(value, low, high, at)

    return read


def _range(value: Value, low: int | None, high: int | None, at: int) -> Value:
    size = _size(value, at)
    if low is not None:
        _inside(low, size, at)
    if high is not None:
        _inside(high - 1, size, at)
    start, end = low or 0, size if high is None else high
    if start > end:
        raise EvaluationError(f"The range {start}:{end} ends before it starts.", at)
    if type(value) is str:
        return text.part(value, start, end)
    return Path(value.segments[start:end]) if type(value) is Path else value[start:end]
