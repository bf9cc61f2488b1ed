"""The methods of map and MapDiff. Source: https://firebase.google.com/docs/reference/rules/rules.Map, rules.MapDiff."""

from typing import Any

from rules.errors import EvaluationError, UndecidedError
from rules.library.registry import ANY, method
from rules.values.equality import OPAQUE, UNDECIDED, distinct, loose
from rules.values.kinds import MapDiff, Partial, RulesSet, Value, name_of
from rules.values.text import order

_Map = dict[str, Any]
_KEY = frozenset({str, list})

method(dict, "size")(len)


@method(dict, "keys")
def keys(value: _Map) -> list[str]:
    """The keys, sorted."""
    return sorted(value) if all(map(str.isascii, value)) else sorted(value, key=order)


@method(dict, "values")
def values(value: _Map) -> list[Value]:
    """The values, in the order of the map."""
    return list(value.values())


@method(dict, "get", _KEY, ANY)
def get(value: _Map | Partial, key: str | list[Value], default: Value) -> Value:
    """The value of a key, or of a list of keys that lead into maps of maps; the default where there is none."""
    found: Value = value
    for step in [key] if isinstance(key, str) else key:
        if type(step) is not str:
            raise EvaluationError(f"The keys of a map are strings, not {name_of(step)}.")
        known = found.known if type(found) is Partial else found
        if type(known) is dict and step in known:
            found = known[step]
        elif type(found) in OPAQUE:
            raise UndecidedError(UNDECIDED)
        else:
            return default
    return found


method(Partial, "get", _KEY, ANY)(get)


@method(dict, "diff", dict)
def diff(value: _Map, before: _Map) -> MapDiff:
    """What changed from the map given to this one."""
    both = [key for key in value if key in before]
    same = {key for key in both if loose(value[key], before[key])}
    return MapDiff(
        added=[key for key in value if key not in before],
        removed=[key for key in before if key not in value],
        changed=[key for key in both if key not in same],
        unchanged=[key for key in both if key in same],
    )


@method(MapDiff, "addedKeys")
def added_keys(value: MapDiff) -> RulesSet:
    """The keys that only the map has on which `diff()` was called."""
    return distinct(value.added)


@method(MapDiff, "removedKeys")
def removed_keys(value: MapDiff) -> RulesSet:
    """The keys that only the map has which `diff()` was given."""
    return distinct(value.removed)


@method(MapDiff, "changedKeys")
def changed_keys(value: MapDiff) -> RulesSet:
    """The keys that both maps have, with different values."""
    return distinct(value.changed)


@method(MapDiff, "unchangedKeys")
def unchanged_keys(value: MapDiff) -> RulesSet:
    """The keys that both maps have, with equal values."""
    return distinct(value.unchanged)


@method(MapDiff, "affectedKeys")
def affected_keys(value: MapDiff) -> RulesSet:
    """The keys that were added, removed or changed."""
    return distinct([*value.added, *value.removed, *value.changed])
