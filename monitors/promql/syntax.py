"""The part of PromQL that our rules are written in, as values: https://prometheus.io/docs/prometheus/latest/querying/basics/."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, TypeAlias

Match = Literal["=", "!=", "=~", "!~"]
Comparison = Literal[">", "<", ">=", "<=", "==", "!="]
COMPARISONS = (">=", "<=", "==", "!=", ">", "<")
SETS = ("and", "unless", "or")
AGGREGATIONS = ("sum", "max", "min", "count")
OVER_TIME = ("increase", "rate", "max_over_time", "min_over_time", "count_over_time")


@dataclass(frozen=True)
class Matcher:
    """One condition on a label, such as `service_name="intake"`."""

    label: str
    operator: Match
    value: str


@dataclass(frozen=True)
class Number:
    """A number in its own right."""

    value: float


@dataclass(frozen=True)
class Selector:
    """The samples of a metric within the last `window` seconds, `offset` seconds ago."""

    metric: str
    matchers: tuple[Matcher, ...]
    window: int
    offset: int = 0


@dataclass(frozen=True)
class Subquery:
    """The values of `expression` every `step` seconds within the last `window` seconds."""

    expression: Expression
    window: int
    step: int


@dataclass(frozen=True)
class OverTime:
    """A function of a range of samples, one of OVER_TIME."""

    function: str
    samples: Selector | Subquery


@dataclass(frozen=True)
class Aggregation:
    """One value out of all series that agree in the labels `by`; without any, out of all."""

    operator: str
    by: tuple[str, ...]
    expression: Expression


@dataclass(frozen=True)
class Quantile:
    """`histogram_quantile`: the value below which the share `share` of what the buckets count lies."""

    share: float
    buckets: Expression


@dataclass(frozen=True)
class Constant:
    """`vector(value)`: one series without labels that always has this value."""

    value: float


@dataclass(frozen=True)
class Compared:
    """The values of `left` for which the comparison holds, with a number or with the series of the same labels."""

    operator: str
    left: Expression
    right: Expression | Number


@dataclass(frozen=True)
class Ratio:
    """Each series on the left divided by the one of the same labels on the right."""

    left: Expression
    right: Expression


@dataclass(frozen=True)
class Scaled:
    """Every value times a number."""

    expression: Expression
    factor: float


@dataclass(frozen=True)
class Combined:
    """Two sets of series, combined by one of SETS."""

    operator: str
    left: Expression
    right: Expression


Expression: TypeAlias = OverTime | Aggregation | Quantile | Constant | Compared | Ratio | Scaled | Combined
Node: TypeAlias = Expression | Selector | Subquery | Number | Matcher


def text(node: Node) -> str:
    """Return a node as PromQL; parsing it yields the same node."""
    match node:
        case Number(value) | Constant(value):
            plain = f"{value:.10g}"
            return f"vector({plain})" if isinstance(node, Constant) else plain
        case Matcher(label, operator, value):
            quoted = value.replace("\\", "\\\\").replace('"', '\\"')
            return f'{label}{operator}"{quoted}"'
        case Selector() | Subquery():
            return _range(node)
        case OverTime(function, samples):
            return f"{function}({text(samples)})"
        case Aggregation(name, by, inside):
            return f"{name} by ({', '.join(by)}) ({text(inside)})" if by else f"{name}({text(inside)})"
        case Quantile(share, buckets):
            return f"histogram_quantile({share:.10g}, {text(buckets)})"
    return _operation(node)


def _range(node: Selector | Subquery) -> str:
    if isinstance(node, Subquery):
        return f"({text(node.expression)})[{duration(node.window)}:{duration(node.step)}]"
    inside = ",".join(text(matcher) for matcher in node.matchers)
    offset = f" offset {duration(node.offset)}" if node.offset else ""
    return f"{node.metric}{{{inside}}}[{duration(node.window)}]{offset}"


def _operation(node: Compared | Ratio | Scaled | Combined) -> str:
    match node:
        case Scaled(inside, factor):
            return f"({text(inside)}) * {factor:.10g}"
        case Ratio(left, right):
            return f"({text(left)}) / ({text(right)})"
        case Compared(operator, left, right) | Combined(operator, left, right):
            after = text(right) if isinstance(right, Number) else f"({text(right)})"
            return f"({text(left)}) {operator} {after}"


def duration(seconds: int) -> str:
    """Return a duration as PromQL writes it."""
    for unit, size in (("h", 3_600), ("m", 60)):
        if seconds % size == 0 and seconds:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def children(node: Node) -> Iterator[tuple[str, int | None, Node]]:
    """Yield every node right below this one: the field it stands in, and its place there if the field holds several."""
    for each in fields(node):
        value = getattr(node, each.name)
        if isinstance(value, tuple):
            yield from ((each.name, place, item) for place, item in enumerate(value) if not isinstance(item, str))
        elif not isinstance(value, (str, int, float)):
            yield each.name, None, value


def with_child(node: Node, name: str, place: int | None, child: Node | None) -> Node:
    """Return the node with another child in that place; None takes it out of a field that holds several."""
    changes: dict[str, Any] = {name: child}
    if place is not None:
        items = getattr(node, name)
        changes[name] = (*items[:place], *(() if child is None else (child,)), *items[place + 1 :])
    return replace(node, **changes)


def depth(node: Node) -> int:
    """Return how many windows lie within each other at most: each may shift what is seen by one sample."""
    below = max((depth(child) for _, _, child in children(node)), default=0)
    return below + isinstance(node, Selector | Subquery)
