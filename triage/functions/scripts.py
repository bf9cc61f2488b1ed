"""Finds webhook handlers in TypeScript and JavaScript."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from triage.functions.handler import Attempt, Handler, blanked, is_webhook
from triage.syntax.source import Call, Source, unquoted

REGISTERS = re.compile(
    r"(?i)(^|\.)(onRequest|http)$|(^|\.)?(\w*app|\w*router|server|api|fastify|express\(\)|webhooks?)\.(post|all|use"
    r"|put|get|route)$"
)
HANDLER_NAME = re.compile(r"(?i)web_?hook")
TAKES_REQUEST = re.compile(r"^\(?\s*\{?\s*_?(req|request|c|ctx|event)\b")
TYPE_OF = re.compile(r"(?i)(\.|\[['\"])(type|event_?type|eventType|name)\b|^(type|eventType|event_type|event)$")
FUNCTIONS = ("arrow_function", "function_expression", "function_declaration", "method_definition")


def handlers(source: Source) -> list[Handler]:
    """Return the webhook handlers of a file."""
    named = _named_functions(source)
    text = blanked(source.data.decode("utf-8", "replace"))
    made: dict[int, Handler] = {}
    for name, node, given in _candidates(source, named):
        reach = _reach(source, node, named)
        if node.start_byte not in made and is_webhook(name, given, reach):
            made[node.start_byte] = _handler(source, name, node, given, reach, text)
    return _outermost(list(made.values()))


def _outermost(found: list[Handler]) -> list[Handler]:
    """Return the handlers that lie in no other one."""
    return [one for one in found if not any(other is not one and one.text in other.text for other in found)]


def _candidates(source: Source, named: dict[str, Node]) -> Iterator[tuple[str, Node, str]]:
    """Yield the functions that are registered for requests, with a name and the call that registers them."""
    for call in source.calls:
        if REGISTERS.search(call.callee):
            node = _given_function(source, call, named)
            if node is not None:
                yield (
                    _bound_name(source, call.arguments) or call.callee,
                    node,
                    call.callee + blanked(call.args[:300]) + _tail(source, call, node),
                )
    for name, node in named.items():
        parameters = source.text(node)[:400].partition("(")[2]
        answers = re.match(r"\s*_?(req|request)\b[^,)]*,\s*_?(res|response|reply)\b", parameters)
        if (
            answers
            or (HANDLER_NAME.search(name) and TAKES_REQUEST.search(parameters))
            or (name == "POST" and re.search(r"(?i)web-?hook", source.path))
        ):
            yield name, node, name


def _tail(source: Source, call: Call, node: Node) -> str:
    """Return what stands in a call's arguments before the handler: routes, options, middleware."""
    return blanked(source.data[call.arguments.start_byte : node.start_byte].decode("utf-8", "replace"))[-300:]


def _given_function(source: Source, call: Call, named: dict[str, Node]) -> Node | None:
    for argument in reversed(call.arguments.named_children):
        if argument.type in FUNCTIONS:
            return argument
        if argument.type == "identifier" and source.text(argument) in named:
            return named[source.text(argument)]
        if argument.type == "call_expression":  # cors(handler), asyncHandler(async (req, res) => …)
            inner = next((child for child in argument.children if child.type == "arguments"), None)
            nested = source.call_of(inner) if inner else None
            return _given_function(source, nested, named) if nested else None
    return None


def _named_functions(source: Source) -> dict[str, Node]:
    """Return the functions of a file by the names they are bound to."""
    found: dict[str, Node] = {}
    for node in source.captured("functions"):
        name = node.child_by_field_name("name")
        label = source.text(name) if name else _bound_name(source, node)
        if label:
            found.setdefault(label, node)
    return found


def _bound_name(source: Source, node: Node) -> str:
    """Return the variable, export or key that a value is given to."""
    for parent in source.parents(node):
        if parent.type in {"variable_declarator", "pair", "public_field_definition"}:
            name = parent.child_by_field_name("name") or parent.child_by_field_name("key")
            return source.text(name) if name else ""
        if parent.type == "assignment_expression":
            left = parent.child_by_field_name("left")
            return source.text(left).split(".")[-1] if left else ""
        if parent.type in {"statement_block", "program", "arrow_function", "function_declaration"}:
            return ""
    return ""


def _reach(source: Source, node: Node, named: dict[str, Node]) -> str:
    """Return the text of a function and of the functions of its file that it calls, three calls deep."""
    seen, waiting, texts = {node.start_byte}, [(node, 0)], []
    while waiting:
        at, depth = waiting.pop()
        text = blanked(source.text(at))
        texts.append(text)
        if depth == 3:
            continue
        for name in dict.fromkeys(re.findall(r"\b([A-Za-z_$][\w$]*)\b", text)):
            called = named.get(name)
            if called is not None and called.start_byte not in seen:
                seen.add(called.start_byte)
                waiting.append((called, depth + 1))
    return "\n".join(texts)


def _handler(source: Source, name: str, node: Node, given: str, reach: str, file: str) -> Handler:
    attempts: list[Attempt] = []
    branches: list[tuple[str, str, str, int]] = []
    for child in _inside(node):
        if child.type == "try_statement":
            attempts += _attempt(source, node, child)
        elif child.type == "if_statement":
            branches += _branch(source, node, child)
    events = [(label, source.line(place)) for label, place in _events(source)]
    return Handler(
        name,
        source.path,
        source.line(node.start_byte),
        blanked(source.text(node)),
        reach,
        given,
        file,
        tuple(attempts),
        tuple(branches),
        tuple(events),
    )


def _inside(node: Node) -> Iterator[Node]:
    waiting = [node]
    while waiting:
        at = waiting.pop()
        yield at
        waiting.extend(at.named_children)


def _attempt(source: Source, root: Node, node: Node) -> Iterator[Attempt]:
    body, handler = node.child_by_field_name("body"), node.child_by_field_name("handler")
    if body and handler:
        yield Attempt(blanked(source.text(body)), blanked(source.text(handler)), _place(source, root, handler))


def _branch(source: Source, root: Node, node: Node) -> Iterator[tuple[str, str, str, int]]:
    parts = [node.child_by_field_name(name) for name in ("condition", "consequence", "alternative")]
    texts = [blanked(source.text(part)) if part else "" for part in parts]
    yield texts[0], texts[1], texts[2], _place(source, root, node)


def _place(source: Source, root: Node, node: Node) -> int:
    """Return a node's place in the text of another, in characters."""
    return len(source.data[root.start_byte : node.start_byte].decode("utf-8", "replace"))


def _events(source: Source) -> Iterator[tuple[str, int]]:
    """Yield the event types that a file tells apart, with their places."""
    for case in source.captured("cases"):
        value, switch = case.child_by_field_name("value"), case.parent.parent if case.parent else None
        subject = switch.child_by_field_name("value") if switch else None
        if (
            value is not None
            and value.type == "string"
            and subject
            and TYPE_OF.search(source.text(subject).strip("()"))
        ):
            yield unquoted(source.text(value)), value.start_byte
    for compared in source.captured("comparisons"):
        left, right = compared.child_by_field_name("left"), compared.child_by_field_name("right")
        if left and right and right.type == "string" and TYPE_OF.search(source.text(left)):
            yield unquoted(source.text(right)), right.start_byte
