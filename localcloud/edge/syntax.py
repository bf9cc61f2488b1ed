"""The syntax tree of Cloudflare's Rules language; `str` of a node is a text that parses to the same node.

Source of the language: developers.cloudflare.com/ruleset-engine/rules-language (operators, values, functions).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


class ExpressionError(ValueError):
    """The text is not an expression of the language; the message says where and why."""


@dataclass(frozen=True)
class Text:
    """A string literal. `source` is what stands between its quotes; `hashes` tells a raw string (None: quoted)."""

    source: str
    hashes: int | None = None

    @property
    def value(self) -> str:
        """The string's bytes, one character each (UTF-8 read as Latin-1); raises ExpressionError for a wrong escape."""
        return self.source.encode().decode("latin-1") if self.hashes is not None else _unescaped(self.source)

    @property
    def pattern(self) -> str:
        """The string as a regular expression: there only an escaped quote is undone."""
        return self.source if self.hashes is not None else self.source.replace('\\"', '"')

    def __str__(self) -> str:
        fence = "#" * (self.hashes or 0)
        return f'"{self.source}"' if self.hashes is None else f'r{fence}"{self.source}"{fence}'


@dataclass(frozen=True)
class Constant:
    """A number, an address, a network (only in sets), or `true` and `false`."""

    value: bool | int | Address | Network

    def __str__(self) -> str:
        return str(self.value).lower()


@dataclass(frozen=True)
class Range:
    """Numbers or addresses from `first` to `last`, both included; only in sets."""

    first: int | Address
    last: int | Address

    def __str__(self) -> str:
        return f"{self.first}..{self.last}"


@dataclass(frozen=True)
class Field:
    """A field such as `http.host`."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Index:
    """An element of a map (string), of an array (number), or each element of it (`[*]`, None)."""

    base: Node
    key: Text | int | None

    def __str__(self) -> str:
        return f"{self.base}[{'*' if self.key is None else self.key}]"


@dataclass(frozen=True)
class Call:
    """A function's result."""

    function: str
    arguments: tuple[Node, ...]

    def __str__(self) -> str:
        return f"{self.function}({', '.join(map(str, self.arguments))})"


@dataclass(frozen=True)
class Comparison:
    """`left operator right`; operators are spelled out in English (`eq`, `strict wildcard`)."""

    left: Node
    operator: str
    right: Node

    def __str__(self) -> str:
        return f"{self.left} {self.operator} {self.right}"


@dataclass(frozen=True)
class Membership:
    """`left in {…}`, or `left in $list`."""

    left: Node
    items: tuple[Item, ...] = ()
    list_name: str | None = None

    def __str__(self) -> str:
        return f"{self.left} in " + (
            f"${self.list_name}" if self.list_name else f"{{{' '.join(map(str, self.items))}}}"
        )


@dataclass(frozen=True)
class Negation:
    """`not operand`."""

    operand: Node

    def __str__(self) -> str:
        return f"not {self.operand}"


@dataclass(frozen=True)
class Junction:
    """Operands joined by one of `and`, `xor`, `or`; a group in parentheses stays one operand."""

    operator: str
    operands: tuple[Node, ...]

    def __str__(self) -> str:
        return f" {self.operator} ".join(map(str, self.operands))


@dataclass(frozen=True)
class Group:
    """An expression in parentheses."""

    inner: Node

    def __str__(self) -> str:
        return f"({self.inner})"


Item = Text | Constant | Range
Node = Text | Constant | Field | Index | Call | Comparison | Membership | Negation | Junction | Group


ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|[0-3][0-7]{2}|.)", re.DOTALL)


def children(node: Node) -> tuple[Node, ...]:
    """Return the nodes directly below this one."""
    match node:
        case Index(base, _):
            return (base,)
        case Call(_, arguments):
            return arguments
        case Comparison(left, _, right):
            return (left, right)
        case Membership(left, _, _):
            return (left,)
        case Negation(operand) | Group(operand):
            return (operand,)
        case Junction(_, operands):
            return operands
        case _:
            return ()


def _unescaped(source: str) -> str:
    """Undo `\\"`, `\\\\`, `\\xHH` and `\\OOO`; raises ExpressionError for any other escape."""
    return ESCAPE.sub(_escape, source.encode().decode("latin-1"))


def _escape(found: re.Match[str]) -> str:
    escape = found[1]
    if escape in {'"', "\\"}:
        return escape
    if len(escape) == 3:
        return chr(int(escape[1:], 16) if escape[0] == "x" else int(escape, 8))
    raise ExpressionError(f"\\{escape} is not an escape sequence; write a backslash itself as two")
