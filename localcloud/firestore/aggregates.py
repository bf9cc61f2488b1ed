"""Count, sum and average over what a query finds.

Rules: https://cloud.google.com/firestore/docs/reference/rpc/google.firestore.v1#aggregation
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from localcloud.firestore import fieldpaths, values
from localcloud.firestore.errors import invalid
from localcloud.firestore.fieldpaths import Path
from localcloud.firestore.messages import Value
from localcloud.firestore.transforms import MAX_INT, MIN_INT

MAX_AGGREGATIONS = 5
_ALIAS = re.compile(r"[A-Za-z_][A-Za-z_0-9]*")


@dataclass(frozen=True)
class Aggregation:
    """One number to work out: `kind` is count, sum or avg; a count has no `path`, and is capped by `up_to` unless 0."""

    alias: str
    kind: str
    path: Path | None = None
    up_to: int = 0


def parse(wire: Iterable[Any]) -> tuple[Aggregation, ...]:
    """Read the aggregations of a request and check them; raises Refused."""
    found = tuple(_parse(item, index) for index, item in enumerate(wire, start=1))
    if not found:
        raise invalid("Aggregations can not be empty.")
    if len(found) > MAX_AGGREGATIONS:
        raise invalid(f"The maximum number of aggregations allowed in an aggregation query is {MAX_AGGREGATIONS}.")
    aliases = [aggregation.alias for aggregation in found]
    for alias in aliases:
        if aliases.count(alias) > 1:
            raise invalid(f"Aggregation aliases contain duplicate alias: {alias}.")
    return found


def run(aggregations: Iterable[Aggregation], documents: Sequence[Any]) -> Mapping[str, Any]:
    """Return alias → Value over the Documents."""
    return {aggregation.alias: _run(aggregation, documents) for aggregation in aggregations}


def fields(aggregations: Iterable[Aggregation]) -> set[Path]:
    """Return the fields that are summed or averaged; documents without one of them count for none."""
    return {aggregation.path for aggregation in aggregations if aggregation.path is not None}


def _parse(wire: Any, index: int) -> Aggregation:
    kind = wire.WhichOneof("operator")
    alias = wire.alias or f"field_{index}"
    if kind is None:
        raise invalid("An aggregation needs an operator: count, sum or avg.")
    if not _ALIAS.fullmatch(alias):
        raise invalid(f'Invalid aggregation alias "{alias}".')
    if kind == "count":
        if wire.count.HasField("up_to") and wire.count.up_to.value <= 0:
            raise invalid("The up_to of a count must be greater than zero.")
        return Aggregation(alias, kind, up_to=wire.count.up_to.value)
    return Aggregation(alias, kind, fieldpaths.parse(getattr(wire, kind).field.field_path))


def _run(aggregation: Aggregation, documents: Sequence[Any]) -> Any:
    if aggregation.path is None:
        count = len(documents)
        return Value(integer_value=min(count, aggregation.up_to) if aggregation.up_to else count)
    found = (fieldpaths.get(document.fields, aggregation.path) for document in documents)
    numbers = [values.number(value) for value in found if value is not None and values.is_number(value)]
    return _average(numbers) if aggregation.kind == "avg" else _sum(numbers)


def _sum(numbers: Sequence[int | float]) -> Any:
    total = _total(numbers)
    # A sum of integers that does not fit into 64 bits becomes a double.
    if isinstance(total, int) and MIN_INT <= total <= MAX_INT:
        return Value(integer_value=total)
    return Value(double_value=float(total))


def _average(numbers: Sequence[int | float]) -> Any:
    return Value(double_value=float(_total(numbers) / len(numbers))) if numbers else Value(null_value=0)


def _total(numbers: Sequence[int | float]) -> int | float:
    if any(isinstance(number, float) and not math.isfinite(number) for number in numbers):
        return sum(float(number) for number in numbers)
    return sum(numbers)
