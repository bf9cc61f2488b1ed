"""What the grammar cannot see: limits, names declared twice, recursion, patterns that are not regular expressions."""

from collections.abc import Iterator

from rules.errors import Problem
from rules.language.calls import cycles
from rules.language.scopes import Scope, expressions
from rules.language.source import Source
from rules.language.syntax import File, Function, Literal, MethodCall, walk
from rules.limits import MAX_ARGUMENTS, MAX_LETS, MAX_MATCH_DEPTH, MAX_PATH_SEGMENTS, MAX_PATH_VARIABLES
from rules.values.pattern import compiled

_Found = Iterator[tuple[int, str]]


def check(source: Source, file: File, whole: Scope) -> tuple[Problem, ...]:
    """Everything that keeps a parsed text from compiling, in the order of the text."""
    found: list[tuple[int, str]] = []
    for scope in whole.everything():
        found += [*_paths(scope, file.version), *_sizes(scope), *_functions(scope, file.version), *_patterns(scope)]
    found += _services(file)
    found += cycles(whole)
    return tuple(source.problem(at, message) for at, message in sorted(set(found)))


def _services(file: File) -> _Found:
    seen: set[str] = set()
    for service in file.services:
        if service.name in seen:
            yield service.start, f"The service {service.name} is declared twice."
        seen.add(service.name)


def _paths(scope: Scope, version: int) -> _Found:
    around = [segment for outer in scope.chain() for segment in outer.path if outer is not scope]
    globs = sum(segment.kind == "recursive" for segment in around)
    seen: set[str] = set()
    for place, segment in enumerate(scope.path):
        if segment.kind == "recursive":
            globs += 1
            if version == 1 and place != len(scope.path) - 1:
                yield segment.start, "In rules version 1 a recursive wildcard has to be the last segment of its path."
            if version == 2 and globs > 1:
                yield segment.start, "A path may have one recursive wildcard, counting those of the blocks around it."
        if segment.kind != "literal" and segment.text in seen:
            yield segment.start, f"The variable {segment.text} is bound twice in this path."
        seen.add(segment.text if segment.kind != "literal" else "")


def _sizes(scope: Scope) -> _Found:
    chain = [outer for outer in scope.chain() if outer.path]
    segments = sum(len(outer.path) for outer in chain)
    variables = len(scope.names())
    if len(chain) > MAX_MATCH_DEPTH + 1:
        yield scope.start, f"Match blocks nest deeper than {MAX_MATCH_DEPTH}, which is the limit."
    if segments > MAX_PATH_SEGMENTS:
        yield scope.start, f"This path and those around it have {segments} segments; the limit is {MAX_PATH_SEGMENTS}."
    if variables > MAX_PATH_VARIABLES:
        yield scope.start, f"This path and those around it bind {variables} names; the limit is {MAX_PATH_VARIABLES}."


def _functions(scope: Scope, version: int) -> _Found:
    for function in scope.body.functions:
        if scope.functions[function.name] is not function:
            yield function.start, f"The function {function.name} is declared twice in this block."
        yield from _bindings(function, version)


def _bindings(function: Function, version: int) -> _Found:
    name = function.name
    if len(function.parameters) > MAX_ARGUMENTS:
        yield function.start, f"The function {name} has more than {MAX_ARGUMENTS} parameters, which is the limit."
    if len(function.lets) > MAX_LETS:
        yield function.start, f"The function {name} has more than {MAX_LETS} 'let' bindings, which is the limit."
    if len(set(function.parameters)) < len(function.parameters):
        yield function.start, f"The function {name} has two parameters of one name."
    seen = set(function.parameters)
    for binding in function.lets:
        if binding.name in seen:
            yield binding.start, f"The name {binding.name} is bound already in the function {name}."
        if version == 1:
            yield binding.start, "'let' needs rules_version = '2' at the top of the file."
        seen.add(binding.name)


def _patterns(scope: Scope) -> _Found:
    for root, _ in expressions(scope):
        for node in walk(root):
            if isinstance(node, MethodCall) and node.name in {"matches", "split", "replace"} and node.arguments:
                pattern = node.arguments[0]
                if isinstance(pattern, Literal) and isinstance(pattern.value, str) and compiled(pattern.value) is None:
                    yield pattern.start, f"'{pattern.value}' is not a regular expression that RE2 accepts."
