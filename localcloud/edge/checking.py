"""What Cloudflare would refuse about an expression: unknown names, wrong types, functions out of place, plans."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from localcloud.edge import fields, functions
from localcloud.edge.functions import Function
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
    children,
)
from localcloud.edge.types import ARRAY, ELEMENT, Type, includes

ORDERED = frozenset({Type.STRING, Type.INTEGER})
COMPARED = ORDERED | {Type.IP}
TEXTUAL = frozenset({Type.STRING})
OPERANDS = {
    "eq": COMPARED,
    "ne": COMPARED,
    "lt": ORDERED,
    "le": ORDERED,
    "gt": ORDERED,
    "ge": ORDERED,
    "contains": TEXTUAL,
    "matches": TEXTUAL,
    "wildcard": TEXTUAL,
    "strict wildcard": TEXTUAL,
}
RESPONSE_PHASES = frozenset({"http_response_headers_transform", "http_response_compression", "http_custom_errors"})


@dataclass(frozen=True)
class Place:
    """Where an expression stands: the zone's plan, the ruleset's phase ("" if unknown), and whether it is a filter."""

    plan: str = "enterprise"
    phase: str = ""
    is_filter: bool = True


@dataclass(frozen=True)
class _Typed:
    """A node's type (None when it has none, which has been said already), and whether `[*]` waits to be applied."""

    type: Type | None
    mapped: bool = False


def check(text: str, plan: str, *, result: Type = Type.BOOLEAN, phase: str = "") -> list[str]:
    """Return what is wrong with an expression, as sentences; an empty list when the real API would take it.

    A filter evaluates to a BOOLEAN; the values of redirects and headers evaluate to a STRING. `phase` is the ruleset's.
    Raises ValueError when `plan` is not a plan.
    """
    place = Place(plan, phase, result is Type.BOOLEAN)
    try:
        node = parse(text)
        return problems(node, place, result)
    except ExpressionError as error:
        return [str(error)]


def fields_of(text: str) -> frozenset[str]:
    """Return the names of the fields that an expression asks for; none when it is not an expression."""
    try:
        return frozenset(_fields(parse(text)))
    except ExpressionError:
        return frozenset()


def _fields(node: Node) -> Iterator[str]:
    if isinstance(node, Field):
        yield node.name
    for child in children(node):
        yield from _fields(child)


def problems(node: Node, place: Place, result: Type) -> list[str]:
    """Return what is wrong with a parsed expression that has to come to a `result`; may raise ExpressionError."""
    checker = _Checker(place)
    found = checker.visit(node)
    if found.mapped or (found.type is not None and found.type is not result):
        checker.say(f"{node} evaluates to {'an array of ' if found.mapped else ''}{found.type}, not to {result}")
    checker.say_all(_repeated(node))
    return checker.found


class _Checker:
    def __init__(self, place: Place) -> None:
        self._place = place
        self.found: list[str] = []

    def say(self, problem: str) -> None:
        if problem not in self.found:
            self.found.append(problem)

    def say_all(self, found: Iterable[str]) -> None:
        for problem in found:
            self.say(problem)

    def visit(self, node: Node) -> _Typed:
        match node:
            case Text() | Constant():
                return _Typed(_literal_type(node))
            case Field(name):
                return self._field(name)
            case Index():
                return self._index(node)
            case Call():
                return self._call(node)
            case _:
                return self._condition(node)

    def _condition(self, node: Node) -> _Typed:
        match node:
            case Comparison():
                return self._comparison(node)
            case Membership():
                return self._membership(node)
            case Negation(operand):
                return self._truth(operand, also=Type.BOOLEANS)
            case Junction(_, operands):
                for operand in operands:
                    self._truth(operand)
                return _Typed(Type.BOOLEAN)
            case Group(inner):
                return self.visit(inner)
            case _:
                raise ExpressionError(f"{node} stands where a condition has to stand")

    def _truth(self, node: Node, also: Type = Type.BOOLEAN) -> _Typed:
        found = self.visit(node)
        if found.type is not None and (found.type not in (Type.BOOLEAN, also) or found.mapped):
            self.say(f"{node} is {found.type}, not a condition")
        return _Typed(found.type)

    def _field(self, name: str) -> _Typed:
        known = fields.FIELDS.get(name)
        if known is None:
            self.say(_unknown_field(name))
            return _Typed(None)
        if not includes(self._place.plan, known.plan):
            self.say(f"{name} needs the {known.plan.title()} plan or a larger one")
        if known.response and self._place.phase and self._place.phase not in RESPONSE_PHASES:
            self.say(f"{name} is not known yet in the phase {self._place.phase}")
        return _Typed(known.type)

    def _index(self, node: Index) -> _Typed:
        base = self.visit(node.base)
        if isinstance(node.key, Text):
            self.visit(node.key)
        if base.type is None:
            return base
        fits = base.type is Type.MAP if isinstance(node.key, Text) else base.type in ARRAY.values()
        if base.mapped or not fits:
            self.say(f"{node.base} is {base.type} and has no element [{'*' if node.key is None else node.key}]")
            return _Typed(None)
        return _Typed(ELEMENT[base.type], mapped=node.key is None)

    def _call(self, node: Call) -> _Typed:
        function = functions.FUNCTIONS.get(node.function)
        if function is None:
            self.say(_unknown_function(node.function))
            return _Typed(None)
        self.say_all(_misplaced(node.function, function, self._place))
        self.say_all(_ill_literals(node, function))
        found = [self.visit(one) for one in node.arguments]
        self.say_all(_ill_arguments(node, function, found))
        mapped = bool(found) and found[0].mapped
        return _Typed(ARRAY.get(function.result) if mapped else function.result)

    def _comparison(self, node: Comparison) -> _Typed:
        left = self._compared(node.left)
        allowed = OPERANDS[node.operator]
        if node.operator == "matches":
            self._require_regex()
        if not isinstance(node.right, Text | Constant):
            self.say(f"{node.right} stands right of {node.operator}, where only a literal may stand")
        elif left.type is not None and left.type not in allowed:
            self.say(f"{node.operator} does not work on {node.left}, which is {left.type}")
        else:
            self.say_all(_ill_right(node, left.type, node.right))
        return _Typed(Type.BOOLEANS if left.mapped else Type.BOOLEAN)

    def _membership(self, node: Membership) -> _Typed:
        left = self._compared(node.left)
        if node.list_name is not None:
            self.say(f"${node.list_name} is a list, and the rehearsal has no lists; write the values between braces")
        elif not node.items:
            self.say("a set between braces needs at least one value")
        for item in node.items:
            if left.type is not None and _item_type(item) is not left.type:
                self.say(f"{node.left} is {left.type} and cannot be compared with {item}")
        return _Typed(Type.BOOLEANS if left.mapped else Type.BOOLEAN)

    def _compared(self, node: Node) -> _Typed:
        if isinstance(node, Text | Constant):
            self.say(f"{node} stands on the left of a comparison, where a field or a function has to stand")
        return self.visit(node)

    def _require_regex(self) -> None:
        if not includes(self._place.plan, "business"):
            self.say("the operator matches (~) needs the Business plan or a larger one; try wildcard, or starts_with()")


def _literal_type(node: Text | Constant) -> Type | None:
    match node:
        case Text():
            node.value  # noqa: B018 - raises when an escape is wrong
            return Type.STRING
        case Constant(bool()):
            return Type.BOOLEAN
        case Constant(int()):
            return Type.INTEGER
        case _:
            return Type.IP


def _item_type(item: Item) -> Type | None:
    if isinstance(item, Range):
        return Type.INTEGER if isinstance(item.first, int) else Type.IP
    return _literal_type(item)


def _ill_right(node: Comparison, left: Type | None, right: Text | Constant) -> Iterator[str]:
    """Yield what is wrong with the right side; raises ExpressionError when it is not a pattern for the operator."""
    if node.operator == "matches" and isinstance(right, Text):
        regular(right.pattern)
    elif left is not None and left is not _literal_type(right):
        yield f"{node.left} is {left} and cannot be compared with {right}"
    elif node.operator.endswith("wildcard") and isinstance(right, Text):
        wildcard(right.value, node.operator.startswith("strict"))


def _unknown_field(name: str) -> str:
    if name.startswith(fields.NOT_REHEARSED):
        return f"the rehearsal does not know the field {name}"
    close = get_close_matches(name, fields.FIELDS, n=1)
    return f"{name} is not a field of the Rules language" + (f"; did you mean {close[0]}?" if close else "")


def _unknown_function(name: str) -> str:
    if name in functions.NOT_REHEARSED:
        return f"the rehearsal does not know the function {name}()"
    close = get_close_matches(name, functions.FUNCTIONS, n=1)
    return f"{name}() is not a function of the Rules language" + (f"; did you mean {close[0]}()?" if close else "")


def _misplaced(name: str, function: Function, place: Place) -> Iterator[str]:
    if not includes(place.plan, function.plan):
        yield f"{name}() needs the {function.plan.title()} plan or a larger one"
    if function.values_only and place.is_filter:
        yield f"{name}() may be used only where a value is made, not in a filter"
    if place.phase and function.phases and place.phase not in function.phases:
        yield f"{name}() is not available in the phase {place.phase}"


def _ill_arguments(node: Call, function: Function, found: list[_Typed]) -> Iterator[str]:
    least, most = len(function.parameters) - function.optional, len(function.parameters)
    if len(found) < least or (len(found) > most and not function.variadic):
        yield f"{node.function}() takes {least if least == most else f'{least} to {most}'} arguments, not {len(found)}"
        return
    for position, (argument, typed) in enumerate(zip(node.arguments, found, strict=True)):
        wanted = function.parameters[min(position, most - 1)]
        if typed.type is not None and typed.type not in wanted:
            yield f"{argument} is {typed.type}, which {node.function}() does not take there"
        if typed.mapped and position:
            yield f"[*] may stand only in the first argument of {node.function}()"


def _ill_literals(node: Call, function: Function) -> Iterator[str]:
    if function.derived and node.arguments and isinstance(node.arguments[0], Text | Constant):
        yield f"the first argument of {node.function}() has to be a field, not the literal {node.arguments[0]}"
    for position in function.literals:
        if position < len(node.arguments) and not isinstance(node.arguments[position], Text | Constant):
            yield f"{node.arguments[position]} in {node.function}() has to be a literal"
    yield from _ill_values(node)


def _ill_values(node: Call) -> Iterator[str]:
    """Yield what is wrong with the literal arguments of functions that are choosy."""
    match node:
        case Call("wildcard_replace", (_, Text() as pattern, *_)):
            wildcard(pattern.value, strict=False)
        case Call("regex_replace", (_, Text() as pattern, *_)):
            regular(pattern.value)
        case Call("split", (_, Text() as separator, Constant(int(limit)))) if (
            not separator.value or not 1 <= limit <= 128
        ):
            yield "split() takes a separator that is not empty, and a limit from 1 to 128"
        case Call("cidr", (_, Constant(int(four)), Constant(int(six)))) if not (1 <= four <= 32 and 1 <= six <= 128):
            yield "cidr() takes 1 to 32 bits for IPv4 and 1 to 128 for IPv6"
        case Call("cidr6", (_, Constant(int(six)))) if not 1 <= six <= 128:
            yield "cidr6() takes 1 to 128 bits"


def _repeated(node: Node) -> Iterator[str]:
    names = [one.function for one in _walk(node) if isinstance(one, Call)]
    once = [name for name in names if name in functions.FUNCTIONS and functions.FUNCTIONS[name].once]
    if len(once) > 1:
        yield f"only one of {' and '.join(f'{name}()' for name in once)} may be used in an expression, and once"


def _walk(node: Node) -> Iterator[Node]:
    yield node
    for child in children(node):
        yield from _walk(child)
