"""The methods of list and set. Source: https://firebase.google.com/docs/reference/rules/rules.List and rules.Set."""

from typing import Any

from rules.library.conversions import to_string
from rules.library.registry import method
from rules.values.equality import distinct, holds, loose, strict
from rules.values.kinds import RulesSet

_List = list[Any]
_EITHER = frozenset({list, RulesSet})

method(list, "size")(len)
method(list, "toSet")(distinct)


def _items(value: _List | RulesSet) -> _List:
    return value.items if isinstance(value, RulesSet) else value


@method(list, "hasAll", list)
def has_all(value: _List, wanted: _List) -> bool:
    """Whether every wanted value is in the list."""
    return all(holds(value, item, strict) for item in wanted)


@method(list, "hasAny", list)
def has_any(value: _List, wanted: _List) -> bool:
    """Whether at least one wanted value is in the list."""
    return any(holds(value, item, strict) for item in wanted)


@method(list, "hasOnly", list)
def has_only(value: _List, allowed: _List) -> bool:
    """Whether every value of the list is an allowed one."""
    return all(holds(allowed, item, strict) for item in value)


@method(list, "concat", list)
def concat(value: _List, more: _List) -> _List:
    """Both lists, one after the other."""
    return [*value, *more]


@method(list, "removeAll", list)
def remove_all(value: _List, unwanted: _List) -> _List:
    """The list without every occurrence of the unwanted values."""
    return [item for item in value if not holds(unwanted, item, strict)]


@method(list, "join", str)
def join(value: _List, separator: str) -> str:
    """The values as strings, with the separator between them."""
    return separator.join(to_string(item) for item in value)


@method(RulesSet, "size")
def set_size(value: RulesSet) -> int:
    """How many values the set has."""
    return len(value.items)


@method(RulesSet, "hasAll", _EITHER)
def set_has_all(value: RulesSet, wanted: _List | RulesSet) -> bool:
    """Whether every wanted value is in the set."""
    return all(holds(value.items, item, loose) for item in _items(wanted))


@method(RulesSet, "hasAny", _EITHER)
def set_has_any(value: RulesSet, wanted: _List | RulesSet) -> bool:
    """Whether at least one wanted value is in the set."""
    return any(holds(value.items, item, loose) for item in _items(wanted))


@method(RulesSet, "hasOnly", _EITHER)
def set_has_only(value: RulesSet, allowed: _List | RulesSet) -> bool:
    """Whether every value of the set is an allowed one."""
    return all(holds(_items(allowed), item, loose) for item in value.items)


@method(RulesSet, "union", RulesSet)
def union(value: RulesSet, other: RulesSet) -> RulesSet:
    """What is in one of the sets or in both."""
    return distinct([*value.items, *other.items])


@method(RulesSet, "intersection", RulesSet)
def intersection(value: RulesSet, other: RulesSet) -> RulesSet:
    """What is in both sets."""
    return RulesSet([item for item in value.items if holds(other.items, item, loose)])


@method(RulesSet, "difference", RulesSet)
def difference(value: RulesSet, other: RulesSet) -> RulesSet:
    """What is in the set and not in the other."""
    return RulesSet([item for item in value.items if not holds(other.items, item, loose)])
