"""When an alert is open: its expression at every time of a grid, and how long it has had a value there."""

from __future__ import annotations

from collections.abc import Sequence

from monitors.alerts import Alert
from monitors.promql.evaluating import Evaluation
from monitors.promql.parsing import parse
from monitors.promql.syntax import Expression
from monitors.promql.windows import Values


def timeline(alert: Alert, evaluation: Evaluation, grid: range) -> list[bool]:
    """Return at which times (seconds) of the grid the alert is open. Raises RefusedError."""
    return fires(parse(alert.promql), alert.sustained * 60, evaluation, grid)


def fires(expression: Expression, sustained: int, evaluation: Evaluation, grid: range) -> list[bool]:
    """Return at which times some series of the expression has had a value for `sustained` seconds without a break."""
    rows = [_lasting(values, sustained, grid) for values in evaluation(expression, grid).values()]
    return [any(row) for row in zip(*rows, strict=True)] if rows else [False] * len(grid)


def _lasting(values: Values, sustained: int, grid: range) -> list[bool]:
    if not sustained:
        return [value is not None for value in values]
    found, since = [], None
    for now, value in zip(grid, values, strict=True):
        since = None if value is None else now if since is None else since
        found.append(since is not None and now - since >= sustained)
    return found


def stretches(open_at: Sequence[bool], grid: range) -> tuple[tuple[int, int], ...]:
    """Return from when to when (both open, in the grid's seconds) each incident lasts."""
    found: list[tuple[int, int]] = []
    begun: int | None = None
    for now, is_open in zip(grid, open_at, strict=True):
        if is_open and begun is None:
            begun = now
        elif not is_open and begun is not None:
            found.append((begun, now - grid.step))
            begun = None
    return (*found, (begun, grid[-1])) if begun is not None else tuple(found)
