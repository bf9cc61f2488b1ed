"""From the text of an expression to its syntax tree."""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import ip_address, ip_network

from lark import Lark, Token, Transformer, UnexpectedInput, UnexpectedToken, v_args

from localcloud.edge.syntax import (
    Address,
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

MAX_LENGTH = 4096  # characters (Cloudflare: "Edit expressions in the dashboard")
MAX_DEPTH = 64  # our own limit, so that no expression exhausts the interpreter's stack
MAX_INTEGER = 2**63 - 1
ENGLISH = {"==": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge", "~": "matches"}

GRAMMAR = r"""
?start: disjunction
?disjunction: exclusion (_OR exclusion)*
?exclusion: conjunction (_XOR conjunction)*
?conjunction: negation (_AND negation)*
?negation: _NOT negation -> negated
    | comparison
?comparison: operand
    | operand OPERATOR operand                 -> compared
    | operand _IN "{" item* "}"                -> member
    | operand _IN LIST                         -> listed
?operand: primary | operand "[" (STRING | RAW) "]" -> keyed
    | operand "[" INTEGER "]"                  -> indexed
    | operand "[" "*" "]"                      -> each
?primary: NAME "(" [disjunction ("," disjunction)*] ")" -> call
    | NAME                                     -> field
    | BOOLEAN                                  -> boolean
    | "(" disjunction ")"                      -> group
    | literal
?item: literal | INTEGER ".." INTEGER -> integers | (V4 | V6) ".." (V4 | V6) -> addresses
?literal: STRING -> quoted | RAW -> raw | INTEGER -> integer | (V4 | V6) -> address | (NET4 | NET6) -> network

_OR: /or\b|\|\|/
_XOR: /xor\b|\^\^/
_AND: /and\b|&&/
_NOT.2: /not\b|!(?!=)/
_IN: /in\b/
OPERATOR.2: /(eq|ne|lt|le|gt|ge|contains|matches|wildcard|strict\s+wildcard)\b|==|!=|<=|<|>=|>|~/
BOOLEAN.2: /(true|false)\b(?!\.)/
NAME: /[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)*/
LIST: /\$[a-z0-9_]+(\.[a-z0-9_]+)*/
STRING: /"(?:\\.|[^"\\])*"/s
RAW.3: /r(?P<hashes>#{0,255})"(?:.|\n)*?"(?P=hashes)/
NET4.6: /\d{1,3}(\.\d{1,3}){3}\/\d{1,2}/
NET6.5: /[0-9a-fA-F]{0,4}:(?:[0-9a-fA-F:]|\.(?!\.))+\/\d{1,3}/
V4.4: /\d{1,3}(\.\d{1,3}){3}/
V6.3: /[0-9a-fA-F]{0,4}:(?:[0-9a-fA-F:]|\.(?!\.))+/
INTEGER: /-?\d+/
%ignore /\s+/
"""


@lru_cache(maxsize=1024)
def parse(text: str) -> Node:
    """Return the expression's syntax tree; raises ExpressionError."""
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"the expression has {len(text)} characters; Cloudflare takes at most {MAX_LENGTH}")
    try:
        node: Node = PARSER.parse(text)  # type: ignore[assignment]  # the transformer makes nodes of the tree
    except UnexpectedInput as error:
        raise ExpressionError(_place(text, error)) from error
    if _is_too_deep(node):
        raise ExpressionError(f"the expression is nested more than {MAX_DEPTH} deep")
    return node


@v_args(inline=True)
class _Nodes(Transformer[Token, Node]):
    """Makes a node of each rule of the grammar."""

    def quoted(self, token: Token) -> Text:
        return _text(token)

    def raw(self, token: Token) -> Text:
        return _text(token)

    def integer(self, token: Token) -> Constant:
        return Constant(_number(token))

    def boolean(self, word: Token) -> Constant:
        return Constant(word == "true")

    def address(self, token: Token) -> Constant:
        return Constant(_address(token))

    def network(self, token: Token) -> Constant:
        try:
            return Constant(ip_network(token))
        except ValueError as error:
            raise ExpressionError(f"{token} is not a network: {error}") from error

    def integers(self, first: Token, last: Token) -> Range:
        return _range(_number(first), _number(last))

    def addresses(self, first: Token, last: Token) -> Range:
        return _range(_address(first), _address(last))

    def field(self, name: Token) -> Field:
        return Field(str(name))

    def keyed(self, base: Node, key: Token) -> Index:
        return Index(base, _text(key))

    def indexed(self, base: Node, key: Token) -> Index:
        if _number(key) < 0:
            raise ExpressionError(f"[{key}] is not an index; elements are counted from 0")
        return Index(base, _number(key))

    def each(self, base: Node) -> Index:
        return Index(base, None)

    def call(self, name: Token, *arguments: Node | None) -> Call:
        return Call(str(name), tuple(one for one in arguments if one is not None))

    def compared(self, left: Node, operator: Token, right: Node) -> Comparison:
        spelled = " ".join(operator.split())
        return Comparison(left, ENGLISH.get(spelled, spelled), right)

    def member(self, left: Node, *items: Item) -> Membership:
        return Membership(left, items)

    def listed(self, left: Node, name: Token) -> Membership:
        return Membership(left, list_name=name[1:])

    def group(self, inner: Node) -> Group:
        return Group(inner)

    def negated(self, operand: Node) -> Negation:
        return Negation(operand)

    def disjunction(self, *operands: Node) -> Junction:
        return Junction("or", operands)

    def exclusion(self, *operands: Node) -> Junction:
        return Junction("xor", operands)

    def conjunction(self, *operands: Node) -> Junction:
        return Junction("and", operands)


# Made on import, so that it is there when the servers that need it are forked: making it takes 6 MiB, it takes 1.
PARSER = Lark(GRAMMAR, parser="lalr", transformer=_Nodes(), maybe_placeholders=True)


def _text(token: Token) -> Text:
    if token.startswith('"'):
        return Text(token[1:-1])
    hashes = token.index('"') - 1
    return Text(token[hashes + 2 : len(token) - hashes - 1], hashes)


def _number(token: Token) -> int:
    number = int(token)
    if abs(number) > MAX_INTEGER:
        raise ExpressionError(f"{token} is too large for a number")
    return number


def _address(token: Token) -> Address:
    try:
        return ip_address(token)
    except ValueError as error:
        raise ExpressionError(f"{token} is not an address, IPv4 or IPv6") from error


def _range(first: int | Address, last: int | Address) -> Range:
    if type(first) is not type(last) or int(first) > int(last):
        raise ExpressionError(f"{first}..{last} is not a range; the first end has to be the smaller one")
    return Range(first, last)


def _is_too_deep(node: Node) -> bool:
    level: tuple[Node, ...] = (node,)
    for _ in range(MAX_DEPTH):
        level = tuple(child for one in level for child in children(one))
        if not level:
            return False
    return True


def _place(text: str, error: UnexpectedInput) -> str:
    at = error.pos_in_stream or 0
    if isinstance(error, UnexpectedToken) and error.token.type == "$END":
        return "the expression ends too early"
    start = int(at)
    word = re.match(r"\S+", text[start:])
    return f"unexpected {word[0] if word else ''!r} at character {start + 1}"
