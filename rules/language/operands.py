"""Tokens to what stands between operators: literals, names, calls, lists, maps, paths, and their members."""

from collections.abc import Callable
from typing import TypeAlias

from rules.language.cursor import Cursor
from rules.language.lexer import bytes_value, string_value
from rules.language.syntax import (
    Call,
    Index,
    ListOf,
    Literal,
    MapOf,
    Member,
    MethodCall,
    Name,
    Node,
    PathOf,
    Slice,
)
from rules.limits import MAX_CHAIN

Parse: TypeAlias = Callable[[Cursor], Node]

NAMESPACES = frozenset({"math", "hashing", "duration", "timestamp", "latlng"})
_WORDS = {"null": None, "true": True, "false": False}
_LARGEST = 2**63 - 1


def operand(cursor: Cursor, parse: Parse) -> Node:
    """Read a value and whatever is taken of it. `parse` reads a whole expression (inside brackets)."""
    value = _primary(cursor, parse)
    for _ in range(MAX_CHAIN):
        if cursor.at("."):
            value = _member(cursor, value, parse)
        elif cursor.at("["):
            value = _index(cursor, value, parse)
        else:
            return value
    raise cursor.wrong(f"More than {MAX_CHAIN} fields are taken one of another here; move a part into a function.")


def _member(cursor: Cursor, value: Node, parse: Parse) -> Node:
    cursor.next()
    token = cursor.token
    if token.kind not in {"name", "keyword"} or token.text == "rules_version":
        raise cursor.wrong(f"Expected the name of a field or method after '.', but found {cursor.found()}.")
    cursor.next()
    if not cursor.at("("):
        return Member(value.start, token.end, token.start, value, token.text)
    if token.kind == "keyword":
        raise cursor.wrong(f"'{token.text}' is a word of the language and cannot name a method.", token.start)
    cursor.next()
    arguments = _items(cursor, ")", parse)
    return MethodCall(value.start, cursor.previous_end, token.start, value, token.text, arguments)


def _index(cursor: Cursor, value: Node, parse: Parse) -> Node:
    at = cursor.next().start
    first = parse(cursor)
    if cursor.take(":"):
        last = parse(cursor)
        cursor.expect("]", "after a range")
        return Slice(value.start, cursor.previous_end, at, value, first, last)
    cursor.expect("]", "after an index")
    return Index(value.start, cursor.previous_end, at, value, first)


def _items(cursor: Cursor, close: str, parse: Parse) -> tuple[Node, ...]:
    items = []
    while not cursor.at(close):
        items.append(parse(cursor))
        if not cursor.take(","):
            break
    cursor.expect(close, "after the last value")
    return tuple(items)


def _primary(cursor: Cursor, parse: Parse) -> Node:
    token = cursor.token
    start = token.start
    if token.kind in {"int", "float", "string", "bytes"} or (token.kind == "keyword" and token.text in _WORDS):
        return _literal(cursor)
    if token.kind == "name":
        return _named(cursor, parse)
    if token.kind in {"segment", "slash"}:
        return _path(cursor, parse)
    if cursor.take("("):
        inner = parse(cursor)
        cursor.expect(")", "to close the bracket")
        return inner
    if cursor.take("["):
        items = _items(cursor, "]", parse)
        return ListOf(start, cursor.previous_end, start, items)
    if cursor.take("{"):
        pairs = _pairs(cursor, parse)
        return MapOf(start, cursor.previous_end, start, pairs)
    raise cursor.wrong(f"Expected an expression, but found {cursor.found()}.")


def _literal(cursor: Cursor) -> Node:
    token = cursor.next()
    if token.kind == "int" and int(token.text) > _LARGEST:
        raise cursor.wrong(f"The number {token.text} does not fit into 64 bits.", token.start)
    readers: dict[str, Callable[[str], object]] = {
        "int": int,
        "float": float,
        "string": string_value,
        "bytes": bytes_value,
        "keyword": _WORDS.get,
    }
    return Literal(token.start, token.end, token.start, readers[token.kind](token.text))


def _named(cursor: Cursor, parse: Parse) -> Node:
    token = cursor.next()
    name = token.text
    if name in NAMESPACES and cursor.at(".") and cursor.ahead(1).kind == "name" and cursor.ahead(2).text == "(":
        cursor.next()
        name += "." + cursor.next().text
    if cursor.take("("):
        arguments = _items(cursor, ")", parse)
        return Call(token.start, cursor.previous_end, token.start, name, arguments)
    if name in NAMESPACES:
        raise cursor.wrong(f"'{name}' is a namespace, not a variable; call one of its functions.", token.start)
    return Name(token.start, token.end, token.start, name)


def _pairs(cursor: Cursor, parse: Parse) -> tuple[tuple[Node, Node], ...]:
    pairs = []
    while not cursor.at("}"):
        key = parse(cursor)
        cursor.expect(":", "between a key and its value")
        pairs.append((key, parse(cursor)))
        if not cursor.take(","):
            break
    cursor.expect("}", "after the last entry of a map")
    return tuple(pairs)


def _path(cursor: Cursor, parse: Parse) -> Node:
    start = cursor.token.start
    parts: list[str | Node] = []
    while cursor.token.kind in {"segment", "slash"}:
        token = cursor.next()
        if token.kind == "segment":
            parts.append(token.text[1:])
            continue
        if not (cursor.at("$") and cursor.ahead(1).text == "("):
            raise cursor.wrong("Expected a name or '$(…)' after the '/' of a path; a division needs a value before it.")
        cursor.next()
        cursor.next()
        parts.append(parse(cursor))
        cursor.expect(")", "to close '$('")
    return PathOf(start, cursor.previous_end, start, tuple(parts))
