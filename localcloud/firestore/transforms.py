"""Field transforms: what the server works out itself when a document is written.

Rules: https://cloud.google.com/firestore/docs/reference/rpc/google.firestore.v1#fieldtransform
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from localcloud.firestore import fieldpaths, values
from localcloud.firestore.errors import invalid
from localcloud.firestore.messages import FieldTransform, Value

MIN_INT, MAX_INT = -(2**63), 2**63 - 1


def check(transforms: Iterable[Any]) -> None:
    """Raise Refused unless the transforms are complete, typed, and touch different fields."""
    paths = [fieldpaths.written(transform.field_path) for transform in transforms]
    clash = fieldpaths.conflicting(set(paths))
    if clash:
        raise invalid(
            f"Cannot transform property {fieldpaths.text(clash[0])} and its nested property at the same time."
        )
    for transform in transforms:
        kind = transform.WhichOneof("transform_type")
        if kind is None:
            raise invalid("Operation type must be specified for field transformation.")
        if kind == "set_to_server_value" and transform.set_to_server_value != FieldTransform.REQUEST_TIME:
            raise invalid("ServerValue type must be specified for set_to_server_value transformation.")
        if kind in _NUMERIC and not values.is_number(getattr(transform, kind)):
            raise invalid("Input must be int64 or double.")


def apply(fields: fieldpaths.Fields, transform: Any, now: int) -> Any:
    """Carry out one transform on the fields at time `now` (microseconds) and return its result Value."""
    path = fieldpaths.parse(transform.field_path)
    stored = fieldpaths.get(fields, path)
    kind = transform.WhichOneof("transform_type")
    if kind == "set_to_server_value":
        value = Value()
        # Documented with millisecond precision.
        value.timestamp_value.FromMilliseconds(now // 1000)
    elif kind in _NUMERIC:
        operand = getattr(transform, kind)
        known = stored is not None and values.is_number(stored)
        value = _NUMERIC[kind](stored, operand) if known else operand
    else:
        fieldpaths.put(fields, path, _ARRAYS[kind](_items(stored), getattr(transform, kind).values))
        return Value(null_value=0)
    result = Value()
    result.CopyFrom(value)
    fieldpaths.put(fields, path, result)
    return result


def _increment(stored: Any, operand: Any) -> Any:
    first, second = values.number(stored), values.number(operand)
    if isinstance(first, int) and isinstance(second, int):
        return Value(integer_value=min(max(first + second, MIN_INT), MAX_INT))
    return Value(double_value=float(first) + float(second))


def _maximum(stored: Any, operand: Any) -> Any:
    return _extreme(stored, operand, larger=True)


def _minimum(stored: Any, operand: Any) -> Any:
    return _extreme(stored, operand, larger=False)


def _extreme(stored: Any, operand: Any, *, larger: bool) -> Any:
    for value in (stored, operand):
        if values.is_nan(value):
            return value
    first, second = values.number(stored), values.number(operand)
    replaced = second > first if larger else second < first
    return operand if replaced else stored


def _items(stored: Any | None) -> list[Any]:
    return list(stored.array_value.values) if stored is not None and stored.HasField("array_value") else []


def _union(items: list[Any], added: Iterable[Any]) -> Any:
    union = list(items)
    present = {values.sort_key(item) for item in items}
    for item in added:
        key = values.sort_key(item)
        if key not in present:
            present.add(key)
            union.append(item)
    return _array(union)


def _without(items: list[Any], removed: Iterable[Any]) -> Any:
    gone = {values.sort_key(item) for item in removed}
    return _array([item for item in items if values.sort_key(item) not in gone])


def _array(items: list[Any]) -> Any:
    value = Value()
    value.array_value.SetInParent()
    value.array_value.values.extend(items)
    return value


_NUMERIC = {"increment": _increment, "maximum": _maximum, "minimum": _minimum}
_ARRAYS = {"append_missing_elements": _union, "remove_all_from_array": _without}
