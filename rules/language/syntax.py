"""The syntax tree of a rules text. `start` and `end` of a node are offsets in characters."""

from dataclasses import dataclass
from typing import Any, TypeAlias

METHODS = ("get", "list", "create", "update", "delete")
GROUPS = {"read": ("get", "list"), "write": ("create", "update", "delete"), **{name: (name,) for name in METHODS}}


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """An expression. `at` is its most telling place: an operator, a field, the name of a function."""

    start: int
    end: int
    at: int


@dataclass(frozen=True, slots=True, eq=False)
class Literal(Node):
    """`null`, a bool, a number, a string or bytes."""

    value: Any


@dataclass(frozen=True, slots=True, eq=False)
class Name(Node):
    """A variable."""

    name: str


@dataclass(frozen=True, slots=True, eq=False)
class ListOf(Node):
    """`[a, b]`."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True, eq=False)
class MapOf(Node):
    """`{key: value}`."""

    pairs: tuple[tuple[Node, Node], ...]


@dataclass(frozen=True, slots=True, eq=False)
class PathOf(Node):
    """`/users/$(uid)`: a part is the text of a segment, or an expression."""

    parts: tuple[str | Node, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Member(Node):
    """`object.field`."""

    object: Node
    field: str


@dataclass(frozen=True, slots=True, eq=False)
class Index(Node):
    """`object[index]`."""

    object: Node
    index: Node


@dataclass(frozen=True, slots=True, eq=False)
class Slice(Node):
    """`object[first:last]`."""

    object: Node
    first: Node
    last: Node


@dataclass(frozen=True, slots=True, eq=False)
class Call(Node):
    """`name(…)`, or `math.abs(…)` with the dot in `name`."""

    name: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True, eq=False)
class MethodCall(Node):
    """`receiver.name(…)`."""

    receiver: Node
    name: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Unary(Node):
    """`!operand` or `-operand`."""

    operator: str
    operand: Node


@dataclass(frozen=True, slots=True, eq=False)
class Binary(Node):
    """A comparison, a sum, `in` and the like."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True, eq=False)
class Logic(Node):
    """`a && b && …` or `a || b || …`, from left to right; at least two operands."""

    operator: str
    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True, eq=False)
class IsType(Node):
    """`value is type`."""

    value: Node
    type: str


@dataclass(frozen=True, slots=True, eq=False)
class Conditional(Node):
    """`condition ? then : otherwise`."""

    condition: Node
    then: Node
    otherwise: Node


Expression: TypeAlias = Node


@dataclass(frozen=True, slots=True, eq=False)
class Let:
    """`let name = value;`."""

    start: int
    name: str
    value: Node


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """`function name(parameters) { lets return result; }`. `start` is where its name is."""

    start: int
    name: str
    parameters: tuple[str, ...]
    lets: tuple[Let, ...]
    result: Node


@dataclass(frozen=True, slots=True, eq=False)
class Allow:
    """`allow methods: if condition;`. No condition means always.

    `names` are the methods as written; unknown ones allow nothing.
    """

    start: int
    end: int
    names: tuple[str, ...]
    methods: frozenset[str]
    condition: Node | None


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment of a `match` path: `text` (kind `literal`), or a variable's name (`single` or `recursive`)."""

    start: int
    kind: str
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """What lies between the braces of a service or a `match`."""

    functions: tuple[Function, ...]
    matches: tuple["Match", ...]
    allows: tuple[Allow, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Match:
    """`match path { body }`."""

    start: int
    path: tuple[Segment, ...]
    body: Body


@dataclass(frozen=True, slots=True, eq=False)
class Service:
    """`service name { body }`."""

    start: int
    name: str
    body: Body


@dataclass(frozen=True, slots=True, eq=False)
class File:
    """A whole rules text. `version` is 1 where it does not say."""

    version: int
    functions: tuple[Function, ...]
    services: tuple[Service, ...]


def children(node: Node) -> tuple[Node, ...]:
    """The expressions directly inside an expression, in the order of the text."""
    match node:
        case ListOf(items=parts) | Logic(operands=parts) | Call(arguments=parts):
            return parts
        case MapOf(pairs=pairs):
            return tuple(part for pair in pairs for part in pair)
        case PathOf(parts=mixed):
            return tuple(part for part in mixed if isinstance(part, Node))
        case MethodCall(receiver=receiver, arguments=arguments):
            return (receiver, *arguments)
        case _:
            return _few(node)


def _few(node: Node) -> tuple[Node, ...]:
    match node:
        case Member(object=inner) | Unary(operand=inner) | IsType(value=inner):
            return (inner,)
        case Index(object=left, index=right) | Binary(left=left, right=right):
            return (left, right)
        case Slice(object=one, first=two, last=three) | Conditional(condition=one, then=two, otherwise=three):
            return (one, two, three)
        case _:
            return ()


def walk(node: Node) -> list[Node]:
    """An expression and every expression inside it, outermost first, in the order of the text."""
    found, waiting = [], [node]
    while waiting:
        found.append(waiting.pop())
        waiting.extend(reversed(children(found[-1])))
    return found
