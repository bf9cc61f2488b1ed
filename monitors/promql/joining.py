"""What is made of several series at once: aggregations, comparisons, sets and quantiles."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from typing import TypeAlias

from monitors.promql.samples import Labels
from monitors.promql.windows import Values

Vector: TypeAlias = dict[Labels, Values]
"""The values of each series, by its labels; all for the same grid of times."""

COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
}
REDUCE: Mapping[str, Callable[[Sequence[float]], float]] = {
    "sum": sum,
    "max": max,
    "min": min,
    "count": len,
}


def aggregated(name: str, by: tuple[str, ...], vector: Vector) -> Vector:
    """Return one series out of all that agree in the labels `by`."""
    groups: dict[Labels, list[Values]] = {}
    for labels, values in vector.items():
        groups.setdefault(tuple(pair for pair in labels if pair[0] in by), []).append(values)
    reduce = REDUCE[name]
    return {labels: _reduced(reduce, columns) for labels, columns in groups.items()}


def _reduced(reduce: Callable[[Sequence[float]], float], columns: list[Values]) -> Values:
    if len(columns) == 1 and reduce is not len:
        return columns[0]
    found: Values = []
    for row in zip(*columns, strict=True):
        present = [value for value in row if value is not None]
        found.append(reduce(present) if present else None)
    return found


def compared(name: str, vector: Vector, bound: float) -> Vector:
    """Return the values for which the comparison with a number holds."""
    holds = COMPARE[name]
    return {
        labels: [value if value is not None and holds(value, bound) else None for value in values]
        for labels, values in vector.items()
    }


def compared_with(name: str, left: Vector, right: Vector) -> Vector:
    """Return the values on the left for which the comparison with the same series on the right holds."""
    holds = COMPARE[name]
    return {
        labels: [
            one if one is not None and other is not None and holds(one, other) else None
            for one, other in zip(values, right[labels], strict=True)
        ]
        for labels, values in left.items()
        if labels in right
    }


def divided(left: Vector, right: Vector) -> Vector:
    """Return left divided by right, series by series; nothing by nothing is not a number, as in Prometheus."""
    return {
        labels: [
            None if one is None or other is None else _quotient(one, other)
            for one, other in zip(values, right[labels], strict=True)
        ]
        for labels, values in left.items()
        if labels in right
    }


def _quotient(one: float, other: float) -> float:
    if other:
        return one / other
    return math.copysign(math.inf, one) if one else math.nan


def combined(name: str, left: Vector, right: Vector) -> Vector:
    """Return what `and`, `unless` or `or` leaves of two sets of series."""
    if name == "or":
        both = {labels: _first_of(values, right.get(labels)) for labels, values in left.items()}
        return {**both, **{labels: values for labels, values in right.items() if labels not in left}}
    wanted = name == "and"
    found: Vector = {}
    for labels, values in left.items():
        other = right.get(labels)
        if other is not None:
            found[labels] = [
                one if (there is not None) is wanted else None for one, there in zip(values, other, strict=True)
            ]
        elif not wanted:
            found[labels] = values
    return found


def _first_of(values: Values, other: Values | None) -> Values:
    if other is None:
        return values
    return [there if one is None else one for one, there in zip(values, other, strict=True)]


def quantiles(share: float, vector: Vector) -> Vector:
    """Return `histogram_quantile` of series that carry the upper bound of their bucket as label `le`."""
    groups: dict[Labels, list[tuple[float, Values]]] = {}
    for labels, values in vector.items():
        bound = dict(labels).get("le")
        if bound is not None:
            groups.setdefault(tuple(pair for pair in labels if pair[0] != "le"), []).append((float(bound), values))
    return {labels: _quantile_of(share, sorted(buckets)) for labels, buckets in groups.items()}


def _quantile_of(share: float, buckets: list[tuple[float, Values]]) -> Values:
    bounds = [bound for bound, _ in buckets]
    found: Values = []
    for row in zip(*(values for _, values in buckets), strict=True):
        present = [(bound, value) for bound, value in zip(bounds, row, strict=True) if value is not None]
        found.append(_quantile(share, present) if present else None)
    return found


def _quantile(share: float, buckets: list[tuple[float, float]]) -> float:
    """Return where the share lies between its bucket's bounds: `bucketQuantile` in Prometheus' promql/quantile.go."""
    counts = list(accumulate((count for _, count in buckets), max))  # a bucket holds what the smaller ones hold
    if buckets[-1][0] != math.inf or len(buckets) < 2 or not counts[-1]:
        return math.nan
    rank = share * counts[-1]
    place = next(place for place, count in enumerate(counts) if count >= rank)
    if place == len(buckets) - 1:
        return buckets[-2][0]
    if place == 0 and buckets[0][0] <= 0:
        return buckets[0][0]
    start, below = (buckets[place - 1][0], counts[place - 1]) if place else (0.0, 0.0)
    return start + (buckets[place][0] - start) * ((rank - below) / (counts[place] - below))
