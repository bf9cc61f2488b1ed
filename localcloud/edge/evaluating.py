"""What an expression of Cloudflare's Rules language says about a request.

Source of fields and functions: developers.cloudflare.com/ruleset-engine/rules-language. What is not in the tables below
is refused by `check` when a ruleset is made, so that no rule is silently without effect.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from ipaddress import ip_address

from localcloud.edge.parsing import parse
from localcloud.edge.request import Request
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
    children,
)

Value = object
FIELDS: Mapping[str, Callable[[Request], Value]] = {
    "http.host": lambda request: request.host,
    "http.request.method": lambda request: request.method,
    "http.request.uri": lambda request: request.uri,
    "http.request.uri.path": lambda request: request.path,
    "http.request.uri.query": lambda request: request.query,
    "http.request.full_uri": lambda request: request.full_uri,
    "http.request.headers": lambda request: {name: [value] for name, value in request.headers.items()},
    "http.cookie": lambda request: request.headers.get("cookie", ""),
    "http.user_agent": lambda request: request.headers.get("user-agent", ""),
    "http.referer": lambda request: request.headers.get("referer", ""),
    "ip.src": lambda request: ip_address(request.client),
    "ssl": lambda request: request.scheme == "https",
}
FUNCTIONS: Mapping[str, Callable[..., Value]] = {
    "starts_with": lambda text, start: str(text).startswith(str(start)),
    "ends_with": lambda text, end: str(text).endswith(str(end)),
    "lower": lambda text: str(text).lower(),
    "upper": lambda text: str(text).upper(),
    "len": lambda text: len(text),
    "concat": lambda *parts: "".join(str(part) for part in parts),
}
COMPARISONS: Mapping[str, Callable[[Value, Value], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "contains": lambda left, right: str(right) in str(left),
}


def check(text: str) -> str | None:
    """Return why the edge would refuse the expression, None when it takes it."""
    try:
        _check(parse(text))
    except ExpressionError as error:
        return str(error)
    return None


def _check(node: Node) -> None:
    if isinstance(node, Field) and node.name not in FIELDS:
        raise ExpressionError(f"the rehearsal does not know the field {node.name}; it knows {', '.join(FIELDS)}")
    if isinstance(node, Call) and node.function not in FUNCTIONS:
        raise ExpressionError(
            f"the rehearsal does not know the function {node.function}; it knows {', '.join(FUNCTIONS)}"
        )
    if isinstance(node, Comparison) and node.operator not in COMPARISONS:
        raise ExpressionError(f"the rehearsal does not know the operator {node.operator}")
    if isinstance(node, Membership) and node.list_name:
        raise ExpressionError(f"the rehearsal does not know the list ${node.list_name}")
    for child in children(node):
        _check(child)


def matches(text: str, request: Request) -> bool:
    """Return whether the expression is true of the request; raises ExpressionError for what `check` refuses."""
    return bool(value(parse(text), request))


def text(expression: str, request: Request) -> str:
    """Return the text that the expression makes of the request; raises ExpressionError."""
    return str(value(parse(expression), request))


def value(node: Node, request: Request) -> Value:  # noqa: C901 - one case for each kind of node
    """Return the node's value for the request; raises ExpressionError."""
    match node:
        case Text() | Constant():
            return node.value
        case Group(inner):
            return value(inner, request)
        case Negation(operand):
            return not value(operand, request)
        case Junction(kind, operands):
            return _joined(kind, [bool(value(operand, request)) for operand in operands])
        case Membership(left, items, _):
            found = value(left, request)
            return any(_is_among(found, item) for item in items)
    _check(node)
    match node:
        case Field(name):
            return FIELDS[name](request)
        case Call(function, arguments):
            return FUNCTIONS[function](*(value(argument, request) for argument in arguments))
        case Comparison(left, kind, right):
            return COMPARISONS[kind](value(left, request), value(right, request))
        case Index(base, key):
            return _element(value(base, request), key)
    raise ExpressionError(f"{node} has no value")


def _joined(kind: str, values: list[bool]) -> bool:
    if kind == "xor":
        return sum(values) % 2 == 1
    return all(values) if kind == "and" else any(values)


def _is_among(found: Value, item: Item) -> bool:
    if isinstance(item, Range):
        return type(found) is type(item.first) and int(item.first) <= int(found) <= int(item.last)  # type: ignore[call-overload]  # the same type
    known = item.value
    return found in known if hasattr(known, "network_address") else found == known


def _element(container: Value, key: Text | int | None) -> Value:
    if isinstance(container, dict) and isinstance(key, Text):
        return container.get(key.value.lower(), [])
    if isinstance(container, list) and isinstance(key, int):
        return container[key] if key < len(container) else ""
    raise ExpressionError(f"[{key}] has no value here")
