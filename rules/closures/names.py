"""What a variable name means in a place, and how it is read."""

from rules.closures.run import Code, Failed, Frame, Run
from rules.errors import EvaluationError, UndecidedError
from rules.language.scopes import Scope
from rules.values.equality import UNDECIDED
from rules.values.kinds import Unknown, Value


class Names:
    """The names that an expression sees: locals of its function by slot, then variables of `match` paths."""

    def __init__(self, scope: Scope, local: tuple[str, ...] = ()) -> None:
        self.scope = scope
        self.local = {name: slot for slot, name in enumerate(local)}
        self.wild = {name: slot for slot, name in enumerate(scope.names())}

    def knows(self, name: str) -> bool:
        """Whether the name means anything."""
        return name in self.local or name in self.wild or name in {"request", "resource"}

    def reader(self, name: str, at: int) -> Code:
        """How to read a name; one that means nothing is an error when it is read."""
        if name in self.local:
            return _local(self.local[name])
        if name in self.wild:
            return _wild(self.wild[name], at)
        return {"request": _request, "resource": _resource}.get(name) or _nothing(name, at)


def _request(run: Run, _: Frame) -> Value:
    return run.request


def _resource(run: Run, _: Frame) -> Value:
    return run.resource


def _wild(slot: int, at: int) -> Code:
    def read(run: Run, _: Frame) -> Value:
        value = run.wild[slot]
        if type(value) is Unknown:
            raise UndecidedError(UNDECIDED, at)
        return value

    return read


def _local(slot: int) -> Code:
    def read(_: Run, frame: Frame) -> Value:
        value = frame[slot]
        if type(value) is Failed:
            raise value.error
        return value

    return read


def _nothing(name: str, at: int) -> Code:
    def read(_: Run, __: Frame) -> Value:
        raise EvaluationError(f"There is no variable {name} here.", at)

    return read
