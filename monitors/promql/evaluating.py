"""Expressions over measured series, at every time of a grid: in one pass, for a step at a time costs a window each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import singledispatchmethod

from monitors.promql.joining import (
    Vector,
    aggregated,
    combined,
    compared,
    compared_with,
    divided,
    quantiles,
)
from monitors.promql.parsing import RefusedError
from monitors.promql.samples import Dialect, Labels, Measured, Samples, Span, spans
from monitors.promql.syntax import (
    Aggregation,
    Combined,
    Compared,
    Constant,
    Expression,
    Number,
    OverTime,
    Quantile,
    Ratio,
    Scaled,
    Selector,
    Subquery,
)
from monitors.promql.windows import OVER, Values, increase


@dataclass(frozen=True)
class Evaluation:
    """Evaluates expressions over `measured`; what several of them have in common is worked out once.

    Its grids hold seconds, as the times of the samples do.
    """

    measured: Measured
    dialect: Dialect = Dialect.CLOSED
    _known: dict[tuple[Expression, range], Vector] = field(default_factory=dict, repr=False)
    _cuts: dict[tuple[int, range, int, int], tuple[Sequence[int], list[Span]]] = field(default_factory=dict, repr=False)

    def __call__(self, expression: Expression, grid: range) -> Vector:
        """Return the expression's series at the times of the grid."""
        key = (expression, grid)
        if key not in self._known:
            self._known[key] = self._worked_out(expression, grid)
        return self._known[key]

    @singledispatchmethod
    def _worked_out(self, expression: Expression, grid: range) -> Vector:
        raise RefusedError(f"{expression!r}, asked for {len(grid)} times, is not a part of PromQL that rules use")

    @_worked_out.register
    def _(self, expression: OverTime, grid: range) -> Vector:
        asked = expression.samples
        offset = 0 if isinstance(asked, Subquery) else asked.offset
        found: Vector = {}
        for labels, samples in self._samples(asked, grid):
            cut = self._cut(samples.times, grid, asked.window, offset)
            if expression.function in OVER:
                found[labels] = OVER[expression.function](samples.values, cut)
            else:
                grown = increase(samples, cut, grid, asked.window, offset, self.dialect)
                found[labels] = grown if expression.function == "increase" else _each(grown, 1 / asked.window)
        return found

    @_worked_out.register
    def _(self, expression: Aggregation, grid: range) -> Vector:
        return aggregated(expression.operator, expression.by, self(expression.expression, grid))

    @_worked_out.register
    def _(self, expression: Quantile, grid: range) -> Vector:
        return quantiles(expression.share, self(expression.buckets, grid))

    @_worked_out.register
    def _(self, expression: Constant, grid: range) -> Vector:
        return {(): [expression.value] * len(grid)}

    @_worked_out.register
    def _(self, expression: Compared, grid: range) -> Vector:
        left, right = self(expression.left, grid), expression.right
        if isinstance(right, Number):
            return compared(expression.operator, left, right.value)
        return compared_with(expression.operator, left, self(right, grid))

    @_worked_out.register
    def _(self, expression: Ratio, grid: range) -> Vector:
        return divided(self(expression.left, grid), self(expression.right, grid))

    @_worked_out.register
    def _(self, expression: Scaled, grid: range) -> Vector:
        scaled = self(expression.expression, grid)
        return {labels: _each(values, expression.factor) for labels, values in scaled.items()}

    @_worked_out.register
    def _(self, expression: Combined, grid: range) -> Vector:
        return combined(expression.operator, self(expression.left, grid), self(expression.right, grid))

    def _samples(self, asked: Selector | Subquery, grid: range) -> list[tuple[Labels, Samples]]:
        if isinstance(asked, Selector):
            return self.measured.select(asked)
        first = -((asked.window - grid.start) // asked.step) * asked.step  # the first multiple of the step within reach
        inner = range(first, grid[-1] + 1, asked.step)
        return [(labels, _present(inner, values)) for labels, values in self(asked.expression, inner).items()]

    def _cut(self, times: Sequence[int], grid: range, window: int, offset: int) -> list[Span]:
        key = (id(times), grid, window, offset)
        if key not in self._cuts:
            # The times are kept beside: an id may be given again to a list that came after.
            self._cuts[key] = (times, spans(times, grid, window, offset, self.dialect))
        return self._cuts[key][1]


def _present(grid: range, values: Values) -> Samples:
    kept = [(time, value) for time, value in zip(grid, values, strict=True) if value is not None]
    return Samples([time for time, _ in kept], [value for _, value in kept])


def _each(values: Values, factor: float) -> Values:
    return [None if value is None else value * factor for value in values]
