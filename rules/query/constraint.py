"""What can be said of a field that a query filters on, without knowing its value.

A comparison is true where one filter alone implies it. Otherwise it cannot be decided, which is an error and never
false: a condition that a query does not prove denies it, also behind a `!`.
"""

from rules.errors import EvaluationError, UndecidedError
from rules.library.registry import method
from rules.values.equality import UNDECIDED, strict
from rules.values.kinds import Constraint, Duration, Filter, Timestamp, Value, name_of
from rules.values.text import order

_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_ORDERED = frozenset({int, float, str, bytes, Timestamp, Duration})

_IMPLIED: dict[tuple[str, int], frozenset[str]] = {
    ("==", 0): frozenset({"==", "<=", ">="}),
    ("==", -1): frozenset({"!=", "<", "<="}),
    ("==", 1): frozenset({"!=", ">", ">="}),
    ("!=", 0): frozenset({"!="}),
    (">", 0): frozenset({">", ">=", "!="}),
    (">", 1): frozenset({">", ">=", "!="}),
    (">=", 1): frozenset({">", ">=", "!="}),
    (">=", 0): frozenset({">="}),
    ("<", 0): frozenset({"<", "<=", "!="}),
    ("<", -1): frozenset({"<", "<=", "!="}),
    ("<=", -1): frozenset({"<", "<=", "!="}),
    ("<=", 0): frozenset({"<="}),
}
"""(what the query asks, how its value compares with the rule's: -1 less, 0 equal, 1 greater) → what then holds."""


def compared(operator: str, left: Value, right: Value, at: int) -> bool:
    """True where `left operator right` holds, one side being a constraint. Raises UndecidedError otherwise."""
    if type(left) is Constraint and type(right) is Constraint:
        raise UndecidedError(UNDECIDED, at)
    if type(right) is Constraint:
        left, right, operator = right, left, _FLIPPED[operator]
    if operator not in {"==", "!="} and type(right) not in _ORDERED:
        raise EvaluationError(f"{operator} cannot compare with {name_of(right)}.", at)
    if any(_implies(one, operator, right) for one in left.filters):
        return True
    raise UndecidedError(UNDECIDED, at)


def _implies(known: Filter, operator: str, value: Value) -> bool:
    """Whether every value that a filter lets through satisfies `x operator value`. No filter lets null through but
    `== null` (https://firebase.google.com/docs/firestore/query-data/queries#not_equal).
    """
    if value is None and (known.operator != "==" or known.value is not None):
        return operator == "!="
    relation = _relation(known.value, value)
    return relation is not None and operator in _IMPLIED.get((known.operator, relation), frozenset())


def _relation(known: Value, value: Value) -> int | None:
    if type(known) is int and type(value) is float:
        known = float(known)
    if type(known) is not type(value):
        return None
    if type(known) in {Timestamp, Duration}:
        known, value = known.nanos, value.nanos
    if type(known) is str:
        known, value = order(known), order(value)
    if type(known) in {int, float, bool, bytes}:
        return (known > value) - (known < value) if known == known and value == value else None
    return 0 if strict(known, value) else None


def contained(value: Value, among: Constraint, at: int) -> bool:
    """True where the query asks for lists that contain the value. Raises UndecidedError otherwise."""
    if any(one.operator == "contains" and strict(one.value, value) for one in among.filters):
        return True
    raise UndecidedError(UNDECIDED, at)


@method(Constraint, "hasAny", list)
def has_any(value: Constraint, wanted: list[Value]) -> bool:
    """True where the query asks for lists that contain one of the values. Raises UndecidedError otherwise."""
    for one in value.filters:
        if one.operator == "contains" and any(strict(one.value, item) for item in wanted):
            return True
    raise UndecidedError(UNDECIDED)


def is_kind(name: str, at: int) -> bool:
    """`is constraint` is true of a constraint; whether it is of another type, the query does not tell."""
    if name != "constraint":
        raise UndecidedError(UNDECIDED, at)
    return True
