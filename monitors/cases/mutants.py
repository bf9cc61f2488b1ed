"""Rules with one mistake each: what the cases have to notice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import cast

from monitors.promql import LONGEST_WINDOW
from monitors.promql.syntax import (
    Aggregation,
    Combined,
    Compared,
    Expression,
    Matcher,
    Node,
    Number,
    OverTime,
    Quantile,
    Selector,
    Subquery,
    children,
    with_child,
)

FIRST = 0.5  # a threshold that lets the first one through
DROPPED = "without"
SOME = 0.15  # by which share a threshold is moved


@dataclass(frozen=True)
class Mutant:
    """An expression with one mistake, or one that has to last for another time, and what the mistake is."""

    mistake: str
    expression: Expression
    sustained: int


def mutants(expression: Expression, sustained: int) -> Iterator[Mutant]:
    """Yield every rule that differs in one threshold, one label or one window, and that Cloud Monitoring would take."""
    for mistake, changed in _changed(expression):
        yield Mutant(mistake, cast(Expression, changed), sustained)
    if sustained:
        for minutes in (sustained // 2, sustained * 2):
            yield Mutant(f"lasts for {minutes} instead of {sustained} minutes", expression, minutes)


def _changed(node: Node) -> Iterator[tuple[str, Node]]:
    yield from _mistakes(node)
    for name, place, child in children(node):
        for mistake, changed in _changed(child):
            if not (mistake.startswith(DROPPED) and _pairs_series(node, name)):
                yield mistake, with_child(node, name, place, changed)
        if isinstance(child, Matcher):
            yield f"{DROPPED} {child.label}{child.operator}{child.value}", with_child(node, name, place, None)


def _pairs_series(node: Node, name: str) -> bool:
    """Return whether series in this field only take away those of the very same labels: further ones change nothing."""
    if name != "right" or not isinstance(node, Combined) or node.operator != "unless":
        return False
    right = node.right.left if isinstance(node.right, Compared) else node.right
    return isinstance(right, OverTime)


def _mistakes(node: Node) -> Iterator[tuple[str, Node]]:
    match node:
        case Selector() | Subquery():
            yield from _windows(node)
        case Matcher(label, _, value):
            yield f"{label} is another than {value}", replace(node, value=f"not-{value}")
        case Number(value):
            yield from ((f"{value:g} is {other:g}", Number(other)) for other in _moved(value))
        case Quantile(share, _):
            yield from ((f"quantile {other}", replace(node, share=other)) for other in (share - 0.05, share + 0.04))
        case Aggregation(_, by, _) if by:
            yield f"not by {by}", replace(node, by=())
        case Compared(operator, _, _) if operator in "><":
            yield f"{operator} the other way", replace(node, operator="<" if operator == ">" else ">")


def _windows(node: Selector | Subquery) -> Iterator[tuple[str, Node]]:
    for window in (node.window // 2, node.window * 2):
        if window <= LONGEST_WINDOW * 60:
            yield f"a window of {window} s instead of {node.window} s", replace(node, window=window)
    if isinstance(node, Selector) and node.offset:
        for offset in (node.offset // 2, node.offset * 2):
            yield f"an offset of {offset} s instead of {node.offset} s", replace(node, offset=offset)


def _moved(value: float) -> tuple[float, float]:
    """Return a threshold moved down and up: one that counts by one, any other by a share."""
    is_count = value % 1 == FIRST or value in (0, 1)
    return (value - 1, value + 1) if is_count else (value * (1 - SOME), value * (1 + SOME))
