"""How a function or method is looked up, checked against its signature and called.

Source of every signature: https://firebase.google.com/docs/reference/rules/rules and the pages of its types.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, TypeVar

from rules.errors import EvaluationError, UndecidedError
from rules.values.equality import OPAQUE, UNDECIDED
from rules.values.kinds import NAMES, Value, name_of

Types: TypeAlias = frozenset[type]
ANY: Types = frozenset()
NUMBER: Types = frozenset({int, float})


@dataclass(frozen=True, slots=True)
class Entry:
    """A function or method: its name for messages, the types each argument may have, and what it does."""

    name: str
    parameters: tuple[Types, ...]
    call: Callable[..., Value]

    def check(self, arguments: Sequence[Value]) -> None:
        """Raises EvaluationError where the arguments do not fit."""
        if len(arguments) != len(self.parameters):
            raise EvaluationError(f"{self.name} takes {len(self.parameters)} argument(s), not {len(arguments)}.")
        for wanted, given in zip(self.parameters, arguments, strict=True):
            if wanted and type(given) not in wanted:
                raise self._unfit(wanted, given)

    def _unfit(self, wanted: Types, given: Value) -> EvaluationError:
        if type(given) in OPAQUE:
            return UndecidedError(UNDECIDED)
        names = " or ".join(sorted(NAMES[kind] for kind in wanted))
        return EvaluationError(f"{self.name} takes {names} here, not {name_of(given)}.")


FUNCTIONS: dict[str, Entry] = {}
METHODS: dict[str, dict[type, Entry]] = {}

_Call = TypeVar("_Call", bound=Callable[..., Any])


class Register(Protocol):
    """A decorator that registers what it is put on."""

    def __call__(self, call: _Call, /) -> _Call:
        """Register it."""
        ...


def _types(kind: type | Types) -> Types:
    return frozenset({kind}) if isinstance(kind, type) else kind


def function(name: str, *parameters: type | Types) -> Register:
    """Register a global function."""

    def register(call: _Call) -> _Call:
        FUNCTIONS[name] = Entry(f"{name}()", tuple(map(_types, parameters)), call)
        return call

    return register


def method(receiver: type, name: str, *parameters: type | Types) -> Register:
    """Register a method of a type; the implementation takes the receiver first."""

    def register(call: _Call) -> _Call:
        entry = Entry(f"{NAMES[receiver]}.{name}()", tuple(map(_types, parameters)), call)
        METHODS.setdefault(name, {})[receiver] = entry
        return call

    return register
