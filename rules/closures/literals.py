"""Lists, maps and paths written in the rules."""

from rules.closures.run import Code, Frame, Run
from rules.errors import EvaluationError, UndecidedError
from rules.library.conversions import to_string
from rules.values.equality import OPAQUE, UNDECIDED
from rules.values.kinds import Path, Value, Variable, name_of
from rules.values.text import decoded


def constant(value: Value) -> Code:
    """A value that is always the same."""
    return lambda _, __: value


def list_of(items: list[Code]) -> Code:
    """`[a, b]`."""
    return lambda run, frame: [item(run, frame) for item in items]


def map_of(pairs: list[tuple[Code, Code]], at: int) -> Code:
    """`{key: value}`: the keys have to be strings, and of a key given twice the last value counts."""

    def build(run: Run, frame: Frame) -> Value:
        made: dict[str, Value] = {}
        for key, value in pairs:
            name = key(run, frame)
            if type(name) is not str:
                raise _no_key(name, at)
            made[name] = value(run, frame)
        return made

    return build


def _no_key(name: Value, at: int) -> EvaluationError:
    if type(name) in OPAQUE:
        return UndecidedError(UNDECIDED, at)
    return EvaluationError(f"The key of a map is a string, not {name_of(name)}.", at)


def path_of(parts: list[str | Variable | Code], at: int) -> Code:
    """`/users/$(uid)`: a path inside `$(…)` gives its segments, anything else one segment."""
    known: list[Variable | str | Code] = [decoded(part) if isinstance(part, str) else part for part in parts]
    fixed = [part for part in known if isinstance(part, (str, Variable))]
    if len(fixed) == len(known):
        return constant(Path(tuple(fixed)))

    def build(run: Run, frame: Frame) -> Value:
        segments: list[str | Variable] = []
        for part in known:
            if isinstance(part, (str, Variable)):
                segments.append(part)
                continue
            value = part(run, frame)
            if type(value) is str:
                segments.append(value)
            elif type(value) is Path:
                segments += value.segments
            else:
                segments.append(_segment(value, at))
        return Path(tuple(segments))

    return build


def _segment(value: Value, at: int) -> str:
    try:
        return to_string(value)
    except EvaluationError as error:
        error.offset = at
        raise
