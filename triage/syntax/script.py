"""Parses TypeScript and JavaScript; the grammar for TSX reads all of them but old-style type assertions."""

from __future__ import annotations

from functools import cache

import tree_sitter_typescript
from tree_sitter import Language, Parser, Query

from triage.syntax.source import Source

FUNCTIONS = frozenset({"function_declaration", "function_expression", "arrow_function", "method_definition"})


@cache
def _parser(grammar: str) -> tuple[Parser, dict[str, Query]]:
    made = tree_sitter_typescript.language_tsx() if grammar == "tsx" else tree_sitter_typescript.language_typescript()
    language = Language(made)
    return Parser(language), {
        "arguments": Query(language, "(call_expression arguments: (arguments) @a)"),
        "strings": Query(language, "[(string) (template_string)] @s"),
        "catches": Query(language, "(try_statement) @t"),
        "cases": Query(language, "(switch_case) @c"),
        "comparisons": Query(language, "(binary_expression) @b"),
        "functions": Query(
            language, "[(function_declaration) (function_expression) (arrow_function) (method_definition)] @f"
        ),
    }


def parse(path: str, data: bytes) -> Source:
    """Return a TypeScript or JavaScript file parsed."""
    parser, queries = _parser("typescript" if path.endswith((".ts", ".mts", ".cts")) else "tsx")
    return Source(path, data, parser.parse(data), queries, FUNCTIONS)
