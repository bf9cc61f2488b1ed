"""Addresses of the developer's own machine in code that ships."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from triage.flutter.calls import HARMLESS, defined_name, enclosing_call
from triage.model import Hit, Sure
from triage.syntax.source import Source, unquoted

LOCAL = re.compile(
    r"^(?:https?|wss?)://(localhost|127\.0\.0\.1|10\.0\.2\.2|0\.0\.0\.0|192\.168\.\d+\.\d+|\[::1\])(?=[:/]|$)"
    r"|^(localhost|127\.0\.0\.1|10\.0\.2\.2)(:\d+)?$"
)
HINT = re.compile(rb"localhost|127\.0\.0\.1|10\.0\.2\.2|0\.0\.0\.0|192\.168\.|\[::1\]")
EMULATOR = re.compile(r"^(use\w*Emulator|useEmulator)$")
DEBUG = re.compile(
    r"(?i)kDebugMode|kProfileMode|!\s*kReleaseMode|fromEnvironment|\b(is|use|enable|in|run)?_?(emulators?|debug|dev"
    r"|development|local|localhost|test|mock|staging)(\w*)\b|\w+(Emulators?|Debug|Dev|Development|Local)\b|flavor"
    r"|environment|\benv\b"
)
DEV_FILE = re.compile(
    r"(?i)(^|[/_.-])(dev|debug|emulators?|local|development|mock|staging|test)([/_.-]|$)|main_(dev|local|debug|stag)"
)
DEV_NAME = re.compile(r"(?i)dev|debug|emulator|local|mock|test|staging|stg|loopback")
NOT_CALLED = re.compile(
    r"(?i)(^|\.)(bind|serve|lookup|contains|startsWith|endsWith|isLoopback|InternetAddress|validate\w*|hintText"
    r"|replace\w*|text|print|debugPrint|TextFormField|InputDecoration)$"
)


def address_hits(source: Source) -> Iterator[Hit]:
    """Yield the local addresses and emulator switches that a release build keeps."""
    if DEV_FILE.search(source.path):
        return
    for call in source.calls:
        if EMULATOR.match(call.method) and not _guarded(source, call.arguments):
            yield _hit(source, call.arguments, call.method, f"{call.method} runs in every build.", Sure.CERTAIN)
    for literal in source.strings if HINT.search(source.data) else ():
        found = LOCAL.match(unquoted(source.text(literal)))
        if found and not _is_meant(source, literal):
            yield _hit(source, literal, found[0], f"{found[0]} is used in every build.", Sure.LIKELY)


def _hit(source: Source, node: Node, subject: str, observed: str, sure: Sure) -> Hit:
    line = source.line(node.start_byte)
    return Hit("client.address.local", line, subject, observed, source.text(node)[:100], sure)


def _is_meant(source: Source, literal: Node) -> bool:
    """Return whether an address is meant for development only, or is no address that is asked."""
    parent = literal.parent
    if parent is not None and parent.type in {"equality_expression", "relational_expression", "constant_pattern"}:
        return True
    call = enclosing_call(source, literal)
    if call is not None and call.callee.endswith(".fromEnvironment"):  # what a build names takes its place
        return True
    if call is not None and (
        (HARMLESS.search(call.callee) and not call.callee.lower().endswith(("parse", "link")))
        or NOT_CALLED.search(call.callee)
        or EMULATOR.match(call.method)
    ):
        return True
    if (
        call is None
        and not defined_name(source, literal)
        and parent is not None
        and parent.type in {"set_or_map_literal", "list_literal"}
    ):
        return True
    return DEV_NAME.search(defined_name(source, literal)) is not None or _guarded(source, literal)


def _guarded(source: Source, node: Node) -> bool:
    """Return whether what is around a node keeps it out of releases: a condition, an assert, a name that says so."""
    inner = node
    for parent in source.parents(node):
        if parent.type in {
            "if_statement",
            "conditional_expression",
            "assert_statement",
            "switch_statement_case",
            "switch_expression_case",
            "if_element",
            "assertion",
        }:
            condition = source.text(parent)[: max(inner.start_byte - parent.start_byte, 0)] or source.text(parent)[:200]
            if parent.type.startswith("assert") or DEBUG.search(condition):
                return True
        if parent.type == "function_body" and _named_for_debug(source, parent):
            return True
        if parent.type == "block" and _returned_before(source, parent, inner):
            return True
        if parent.type == "named_argument" and DEV_NAME.search(source.text(parent).partition(":")[0]):
            return True
        if parent.type == "class_definition" and re.match(
            r"(?:abstract\s+|final\s+)?class\s+\w*(Dev|Debug|Local|Mock|Emulator|Staging|Test)",
            source.text(parent)[:120],
        ):
            return True
        inner = parent
    return False


def _returned_before(source: Source, block: Node, inner: Node) -> bool:
    """Return whether a release has left the block before it gets to a statement: `if (!kDebugMode) return;`."""
    before = source.data[block.start_byte : inner.start_byte].decode("utf-8", "replace")
    return (
        re.search(
            r"if\s*\(\s*(!\s*kDebugMode|kReleaseMode|!\s*_?(use|is)\w+|!\s*\w*(Emulator|Debug"
            r"|Dev)\w*)\s*\)\s*\{?\s*(return|throw)",
            before,
        )
        is not None
    )


def _named_for_debug(source: Source, body: Node) -> bool:
    signature = body.prev_named_sibling
    found = re.search(r"(\w+)\s*\(|get\s+(\w+)", source.text(signature)) if signature else None
    return (
        found is not None
        and re.search(r"(?i)debug|emulator|local|dev(?!ice)|mock|test", found[1] or found[2] or "") is not None
    )
