"""Parses Dart by tree-sitter's grammar, which is lenient: broken code gives a tree with gaps, never an exception."""

from __future__ import annotations

from functools import cache

import tree_sitter_dart
from tree_sitter import Language, Parser, Query

from triage.syntax.source import Source

FUNCTIONS = frozenset({"function_body", "function_expression_body"})


@cache
def _parser() -> tuple[Parser, dict[str, Query]]:
    language = Language(tree_sitter_dart.language())
    return Parser(language), {
        "arguments": Query(language, "(arguments) @a"),
        "strings": Query(language, "(string_literal) @s"),
        "definitions": Query(
            language,
            "[(static_final_declaration) (initialized_identifier) (initialized_variable_definition)] @d",
        ),
        "catches": Query(language, "(try_statement) @t"),
        "functions": Query(language, "(function_body) @f"),
    }


def parse(path: str, data: bytes) -> Source:
    """Return a Dart file parsed."""
    parser, queries = _parser()
    return Source(path, data, parser.parse(data), queries, FUNCTIONS)
