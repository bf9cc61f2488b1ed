"""Cloudflare's Rules language: check an expression as the real API does, and evaluate it for a request."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network
from operator import ge, gt, le, lt
from typing import Any

from localcloud.edge.checking import Place, check, problems
from localcloud.edge.fields import FIELDS
from localcloud.edge.functions import FUNCTIONS
from localcloud.edge.http_message import Request, Response
from localcloud.edge.parsing import parse
from localcloud.edge.patterns import regular, wildcard
from localcloud.edge.syntax import (
    Call,
    Comparison,
    Constant,
    ExpressionError,
    Field,
    Group,
    Index,
    Item,
    Junction,
    Membership,
    Negation,
    Node,
    Range,
    Text,
)
from localcloud.edge.types import Each, Type

__all__ = ["ExpressionError", "Type", "check", "evaluate", "holds", "text_of"]

ORDER = {"lt": lt, "le": le, "gt": gt, "ge": ge}


def holds(expression: str, request: Request, response: Response | None = None) -> bool:
    """Tell whether a filter is true of a request; raises ExpressionError when it is not a filter."""
    return bool(evaluate(expression, request, response, Type.BOOLEAN))


def text_of(expression: str, request: Request, response: Response | None = None) -> str | None:
    """Return the string that a value expression evaluates to, None for the missing value; raises ExpressionError."""
    found = evaluate(expression, request, response, Type.STRING)
    return None if found is None else str(found)


def evaluate(expression: str, request: Request, response: Response | None, result: Type) -> Any:
    """Return what the expression evaluates to, a value of the type `result` or None (the missing value).

    Pure. Raises ExpressionError for what is not an expression of that type, on whatever plan.
    """
    return _Evaluation(request, response).of(_sound(expression, result))


@lru_cache(maxsize=1024)
def _sound(expression: str, result: Type) -> Node:
    node = parse(expression)
    found = problems(node, Place(is_filter=False), result)
    if found:
        raise ExpressionError("; ".join(found))
    return node


class _Evaluation:
    """Evaluates a sound expression. The missing value makes every comparison false and every other function missing."""

    def __init__(self, request: Request, response: Response | None) -> None:
        self._request = request
        self._response = response

    def of(self, node: Node) -> Any:
        match node:
            case Text():
                return node.value
            case Constant(value):
                return value
            case Field(name):
                return FIELDS[name].read(self._request, self._response)
            case Index(base, key):
                return _element(self.of(base), key)
            case Call(function, arguments):
                return _applied(function, [self.of(one) for one in arguments])
            case Group(inner):
                return self.of(inner)
            case _:
                return self._truth(node)

    def _truth(self, node: Node) -> bool | list[bool]:
        match node:
            case Comparison(left, operator, right):
                return _each(self.of(left), lambda value: _compared(value, operator, right))
            case Membership(left, items, _):
                return _each(self.of(left), lambda value: any(_is_in(value, item) for item in items))
            case Negation(operand):
                found = self.of(operand)
                return [not one for one in found] if isinstance(found, list) else not found
            case Junction(operator, operands):
                return self._joined(operator, operands)
            case _:
                raise ExpressionError(f"{node} cannot be evaluated")

    def _joined(self, operator: str, operands: tuple[Node, ...]) -> bool:
        if operator == "xor":
            return sum(bool(self.of(one)) for one in operands) % 2 == 1
        decide = all if operator == "and" else any
        return decide(bool(self.of(one)) for one in operands)


def _element(base: Any, key: Text | int | None) -> Any:
    if key is None:
        return Each(tuple(base or ()))
    if base is None:
        return None
    if isinstance(key, Text):
        return base.get(key.value)
    return base[key] if key < len(base) else None


def _each(value: Any, decide: Callable[[Any], bool]) -> bool | list[bool]:
    return [decide(one) for one in value.elements] if isinstance(value, Each) else decide(value)


def _applied(name: str, arguments: list[Any]) -> Any:
    first = arguments[0] if arguments else None
    if isinstance(first, Each):
        return [_applied(name, [one, *arguments[1:]]) for one in first.elements]
    if name == "concat":
        arguments = ["" if one is None else one for one in arguments]
    if any(one is None for one in arguments):
        return None
    return FUNCTIONS[name].apply(*arguments)


def _compared(value: Any, operator: str, right: Node) -> bool:
    if value is None or not isinstance(right, Text | Constant):
        return False
    if operator == "matches" and isinstance(right, Text):
        return bool(regular(right.pattern).search(value))
    if operator.endswith("wildcard") and isinstance(right, Text):
        return bool(wildcard(right.value, operator.startswith("strict")).fullmatch(value))
    if operator == "contains":
        return right.value in value
    if operator in ORDER:
        return bool(ORDER[operator](value, right.value))
    return (value == right.value) is (operator == "eq")


def _is_in(value: Any, item: Item) -> bool:
    if value is None:
        return False
    if isinstance(item, Range):
        first, last = item.first, item.last
        return type(value) is type(first) and int(first) <= int(value) <= int(last)
    if isinstance(item.value, IPv4Network | IPv6Network):
        return value in item.value
    return bool(value == item.value)
