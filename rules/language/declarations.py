"""Tokens to a file: its version, services, `match` blocks, functions and `allow` statements."""

from rules.language.cursor import Cursor
from rules.language.expressions import expression
from rules.language.lexer import string_value
from rules.language.source import Source
from rules.language.syntax import (
    GROUPS,
    Allow,
    Body,
    File,
    Function,
    Let,
    Match,
    Node,
    Segment,
    Service,
)
from rules.limits import MAX_PATH_SEGMENTS

_MAX_BODIES = 60


def parse(source: Source) -> File:
    """The syntax tree of a text. Raises RulesError at the first place that does not fit the grammar."""
    cursor = Cursor(source)
    version = _version(cursor)
    functions, services = [], []
    while cursor.token.kind != "end":
        if cursor.at("function"):
            functions.append(_function(cursor))
        elif cursor.at("service"):
            services.append(_service(cursor))
        else:
            raise cursor.wrong(f"Expected 'service' or 'function' here, but found {cursor.found()}.")
    if not functions and not services:
        raise cursor.wrong("The file has no 'service' block; write 'service cloud.firestore { … }'.")
    return File(version, tuple(functions), tuple(services))


def _version(cursor: Cursor) -> int:
    if not cursor.take("rules_version"):
        return 1
    cursor.expect("=", "after 'rules_version'")
    token = cursor.token
    value = string_value(token.text) if token.kind == "string" else ""
    if value not in {"1", "2"}:
        raise cursor.wrong(f"rules_version has to be '1' or '2', but is {cursor.found()}.")
    cursor.next()
    cursor.take(";")
    return int(value)


def _service(cursor: Cursor) -> Service:
    cursor.next()
    first = cursor.name("the name of a service, such as cloud.firestore,")
    name = first.text
    while cursor.take("."):
        name += "." + cursor.name("the rest of the service's name").text
    return Service(first.start, name, _body(cursor, "service", 0))


def _body(cursor: Cursor, owner: str, depth: int) -> Body:
    cursor.expect("{", f"to open the {owner} block")
    functions, matches, allows = [], [], []
    if depth > _MAX_BODIES:
        raise cursor.wrong("These match blocks nest too deep.")
    while not cursor.at("}"):
        if cursor.at("function"):
            functions.append(_function(cursor))
        elif cursor.at("match"):
            matches.append(_match(cursor, depth))
        elif cursor.at("allow") and owner == "match":
            allows.append(_allow(cursor))
        else:
            raise cursor.wrong(f"Expected {_allowed(owner)} or '}}' in this {owner} block, but found {cursor.found()}.")
    if not (functions or matches or allows):
        raise cursor.wrong(f"This {owner} block is empty; it needs at least one declaration.")
    cursor.next()
    return Body(tuple(functions), tuple(matches), tuple(allows))


def _allowed(owner: str) -> str:
    return "'match', 'allow', 'function'" if owner == "match" else "'match', 'function'"


def _match(cursor: Cursor, depth: int) -> Match:
    start = cursor.next().start
    path = []
    while cursor.token.kind in {"segment", "slash"}:
        path.append(_segment(cursor))
        if len(path) > MAX_PATH_SEGMENTS:
            raise cursor.wrong(f"This path has more than {MAX_PATH_SEGMENTS} segments, which is the limit.")
    if not path:
        raise cursor.wrong(f"Expected a path that starts with '/' after 'match', but found {cursor.found()}.")
    return Match(start, tuple(path), _body(cursor, "match", depth + 1))


def _segment(cursor: Cursor) -> Segment:
    token = cursor.next()
    if token.kind == "segment":
        return Segment(token.start, "literal", token.text[1:])
    cursor.expect("{", "or a name after the '/' of a match path")
    name = cursor.name("the name of a variable")
    kind = "single"
    if cursor.take("="):
        cursor.expect("*", "after the '=' of a variable")
        kind = "recursive" if cursor.take("*") else "single"
    cursor.expect("}", "after the variable of a match path")
    return Segment(name.start, kind, name.text)


def _allow(cursor: Cursor) -> Allow:
    start = cursor.next().start
    names = [_method(cursor)]
    while cursor.take(","):
        names.append(_method(cursor))
    condition = _condition(cursor)
    cursor.take(";")
    methods = frozenset(method for name in names for method in GROUPS.get(name, ()))
    return Allow(start, cursor.previous_end, tuple(names), methods, condition)


def _method(cursor: Cursor) -> str:
    return cursor.name("a method such as read or write after 'allow'").text


def _condition(cursor: Cursor) -> Node | None:
    if cursor.take(":"):
        cursor.expect("if", "before the condition")
        return expression(cursor)
    if cursor.at("if"):
        raise cursor.wrong("Expected ':' between the methods and 'if'.")
    if cursor.at(";", "}", "allow", "match", "function"):
        return None
    raise cursor.wrong(f"Expected ': if' and a condition, or ';', after the methods, but found {cursor.found()}.")


def _function(cursor: Cursor) -> Function:
    cursor.next()
    name = cursor.name("the name of the function")
    cursor.expect("(", "after the function's name")
    parameters = []
    while not cursor.at(")"):
        parameters.append(cursor.name("the name of a parameter").text)
        if not cursor.take(","):
            break
        if cursor.at(")"):
            raise cursor.wrong("Expected another parameter after ','.")
    cursor.expect(")", "after the parameters")
    cursor.expect("{", "to open the function's body")
    lets = []
    while cursor.at("let"):
        lets.append(_let(cursor))
    cursor.expect("return", "in the function's body")
    result = expression(cursor)
    cursor.take(";")
    cursor.expect("}", "after the function's result")
    return Function(name.start, name.text, tuple(parameters), tuple(lets), result)


def _let(cursor: Cursor) -> Let:
    cursor.next()
    name = cursor.name("the name of a variable after 'let'")
    cursor.expect("=", "after the variable's name")
    value = expression(cursor)
    cursor.expect(";", "after the value of 'let'")
    return Let(name.start, name.text, value)
