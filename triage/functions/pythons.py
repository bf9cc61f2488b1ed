"""Finds webhook handlers in Python, by `ast`: parsed, never imported."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator

from triage.functions.handler import Attempt, Handler, blanked, is_webhook

Function = ast.FunctionDef | ast.AsyncFunctionDef


def handlers(path: str, data: bytes) -> list[Handler] | None:
    """Return the webhook handlers of a file, None when it is no Python that this version can parse."""
    text = data.decode("utf-8", "replace")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return list(_found(path, text, ast.parse(text)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # hostile nesting, too deep to be walked
        return None


def _found(path: str, text: str, tree: ast.Module) -> Iterator[Handler]:
    plain = blanked(text, python=True)
    lines = plain.splitlines(keepends=True)
    named = {node.name: node for node in ast.walk(tree) if isinstance(node, Function)}
    for node in named.values():
        given = " ".join(ast.unparse(one) for one in node.decorator_list)
        takes = bool(given) or any(arg.arg in {"req", "request"} for arg in node.args.args)
        reach = _reach(node, named, lines)
        if takes and is_webhook(node.name, f"{node.name} {given}", reach):
            yield _handler(node, path, lines, reach, given, plain)


def _source(node: ast.AST, lines: list[str]) -> str:
    return "".join(lines[getattr(node, "lineno", 1) - 1 : getattr(node, "end_lineno", 1)])


def _reach(node: Function, named: dict[str, Function], lines: list[str]) -> str:
    seen, waiting, texts = {node.name}, [(node, 0)], []
    while waiting:
        at, depth = waiting.pop()
        text = _source(at, lines)
        texts.append(text)
        for name in set(re.findall(r"\b([A-Za-z_]\w*)\b", text)) if depth < 3 else ():
            if name in named and name not in seen:
                seen.add(name)
                waiting.append((named[name], depth + 1))
    return "\n".join(texts)


def _handler(node: Function, path: str, lines: list[str], reach: str, given: str, plain: str) -> Handler:
    text = _source(node, lines)
    return Handler(
        node.name,
        path,
        node.lineno,
        text,
        reach,
        given,
        plain,
        tuple(_attempts(node, lines)),
        tuple(_branches(node, lines)),
        tuple(_events(node)),
        python=True,
    )


def _attempts(node: Function, lines: list[str]) -> Iterator[Attempt]:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Try):
            work = "".join(_source(one, lines) for one in inner.body)
            for caught in inner.handlers:
                yield Attempt(work, _source(caught, lines), _place(node, caught, lines))


def _branches(node: Function, lines: list[str]) -> Iterator[tuple[str, str, str, int]]:
    for inner in ast.walk(node):
        if isinstance(inner, ast.If):
            then = "".join(_source(one, lines) for one in inner.body)
            otherwise = "".join(_source(one, lines) for one in inner.orelse)
            yield ast.unparse(inner.test), then, otherwise, _place(node, inner, lines)


def _place(node: Function, inner: ast.AST, lines: list[str]) -> int:
    return sum(len(line) for line in lines[node.lineno - 1 : getattr(inner, "lineno", 1) - 1])


def _events(node: Function) -> Iterator[tuple[str, int]]:
    """Yield the event types that a function compares with."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Compare) and re.search(r"type|event", ast.unparse(inner.left)):
            for constant in ast.walk(inner):
                if (
                    isinstance(constant, ast.Constant)
                    and isinstance(constant.value, str)
                    and constant is not inner.left
                    and "." in constant.value
                ):
                    yield constant.value, constant.lineno
        if (
            isinstance(inner, ast.MatchValue)
            and isinstance(inner.value, ast.Constant)
            and isinstance(inner.value.value, str)
        ):
            yield inner.value.value, inner.value.lineno
