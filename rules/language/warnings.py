"""What compiles and cannot be meant: a name that means nothing, an unknown method, a function nobody calls."""

from collections.abc import Iterator

from rules.closures.calls import LOOKUPS
from rules.closures.names import Names
from rules.errors import Problem
from rules.language.scopes import Scope, expressions
from rules.language.source import Source
from rules.language.syntax import GROUPS, Call, File, MethodCall, Name, Node, PathOf, children, walk
from rules.library import FUNCTIONS, METHODS

_Found = Iterator[tuple[int, str]]
SERVICES = frozenset({"cloud.firestore", "firebase.storage"})


def warnings(source: Source, file: File, whole: Scope) -> tuple[Problem, ...]:
    """Everything of this kind, in the order of the text."""
    found = [(one.start, f"{one.name} is not a service.") for one in file.services if one.name not in SERVICES]
    called: set[int] = set()
    for scope in whole.everything():
        found += _methods(scope)
        for root, local in expressions(scope):
            found += _names(root, Names(scope, local))
            found += _calls(root, scope, called)
    for scope in whole.everything():
        found += [
            (one.start, f"Nothing calls {one.name}().") for one in scope.body.functions if one.start not in called
        ]
    return tuple(source.problem(at, message) for at, message in sorted(found))


def _methods(scope: Scope) -> _Found:
    for allow in scope.body.allows:
        for name in allow.names:
            if name not in GROUPS:
                yield allow.start, f"'{name}' is not a method and allows nothing; there are {', '.join(GROUPS)}."


def _names(root: Node, names: Names) -> _Found:
    for node in _outside_templates(root, names):
        if isinstance(node, Name) and not names.knows(node.name):
            yield node.at, f"There is no variable {node.name} here, so this is always an error."


def _outside_templates(node: Node, names: Names) -> Iterator[Node]:
    yield node
    for inner in children(node):
        template = isinstance(node, PathOf) and isinstance(inner, Name) and not names.knows(inner.name)
        if not template:
            yield from _outside_templates(inner, names)


def _calls(root: Node, scope: Scope, called: set[int]) -> _Found:
    for node in walk(root):
        if isinstance(node, MethodCall) and node.name not in METHODS:
            yield node.at, f"No type has a method {node.name}, so this is always an error."
        if not isinstance(node, Call):
            continue
        own = scope.function(node.name)
        if own is not None:
            called.add(own[0].start)
            if len(own[0].parameters) != len(node.arguments):
                yield node.at, f"{node.name}() is called with a wrong number of arguments, so this is always an error."
        elif node.name not in FUNCTIONS and node.name not in {*LOOKUPS, "debug"}:
            yield node.at, f"There is no function {node.name}, so this is always an error."
