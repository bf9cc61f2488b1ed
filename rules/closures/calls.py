"""Calls: functions of the rules, methods, global functions, and the four that look documents up."""

from dataclasses import dataclass, field

from rules.closures.run import Code, Failed, Frame, Run, spend
from rules.errors import EvaluationError, UndecidedError
from rules.library import METHODS
from rules.library.registry import Entry
from rules.values.equality import OPAQUE, UNDECIDED
from rules.values.kinds import Path, Value, name_of

LOOKUPS = frozenset({"get", "exists", "getAfter", "existsAfter"})


@dataclass(slots=True, eq=False)
class Compiled:
    """A function of the rules: the code of its `let`s and result, and what they cost together."""

    lets: list[Code] = field(default_factory=list)
    result: Code = field(default=lambda _, __: None)
    cost: int = 0


def _tried(code: Code, run: Run, frame: Frame) -> Value:
    try:
        return code(run, frame)
    except EvaluationError as error:
        return Failed(error)


def own(target: Compiled, arguments: list[Code]) -> Code:
    """A call of a function of the rules. An argument or `let` that fails matters only where it is used."""

    def call(run: Run, frame: Frame) -> Value:
        local: Frame = [_tried(argument, run, frame) for argument in arguments]
        spend(run, target.cost)
        for binding in target.lets:
            local.append(_tried(binding, run, local))
        return target.result(run, local)

    return call


def function(entry: Entry, arguments: list[Code], at: int) -> Code:
    """A call of a global function."""

    def call(run: Run, frame: Frame) -> Value:
        try:
            given = [argument(run, frame) for argument in arguments]
            entry.check(given)
            return entry.call(*given)
        except EvaluationError as error:
            error.offset = at if error.offset < 0 else error.offset
            raise

    return call


def method(receiver: Code, name: str, arguments: list[Code], at: int) -> Code:
    """A call of a method: which one depends on the type of what it is called on."""
    entries = METHODS.get(name, {})

    def call(run: Run, frame: Frame) -> Value:
        try:
            value = receiver(run, frame)
            entry = entries.get(type(value))
            if entry is None:
                raise _no_method(value, name)
            given = [argument(run, frame) for argument in arguments]
            entry.check(given)
            return entry.call(value, *given)
        except EvaluationError as error:
            error.offset = at if error.offset < 0 else error.offset
            raise

    return call


def _no_method(value: Value, name: str) -> EvaluationError:
    if type(value) in OPAQUE:
        return UndecidedError(UNDECIDED)
    return EvaluationError(f"A {name_of(value)} has no method {name}.")


def lookup(name: str, argument: Code, at: int) -> Code:
    """`get()`, `exists()`, `getAfter()` or `existsAfter()`."""
    after, whether = name.endswith("After"), name.startswith("exists")

    def call(run: Run, frame: Frame) -> Value:
        path = argument(run, frame)
        if type(path) is not Path:
            raise _no_path(name, path, at)
        try:
            found = run.find(path, after=after)
        except EvaluationError as error:
            error.offset = at
            raise
        return found is not None if whether else found

    return call


def _no_path(name: str, value: Value, at: int) -> EvaluationError:
    if type(value) in OPAQUE:
        return UndecidedError(UNDECIDED, at)
    return EvaluationError(f"{name}() takes a path, not {name_of(value)}.", at)


def debug(argument: Code) -> Code:
    """`debug(value)`: notes the value and gives it back."""

    def call(run: Run, frame: Frame) -> Value:
        value = argument(run, frame)
        run.debug.append(value)
        return value

    return call


def unknown(message: str, at: int) -> Code:
    """A call of something that does not exist, or with the wrong number of arguments."""

    def call(_: Run, __: Frame) -> Value:
        raise EvaluationError(message, at)

    return call
