"""A condition without calls of the file's own functions: each is replaced by what it returns."""

from dataclasses import replace

from rules.language.scopes import Scope
from rules.language.syntax import (
    Binary,
    Call,
    Conditional,
    Index,
    IsType,
    ListOf,
    Logic,
    MapOf,
    Member,
    MethodCall,
    Name,
    Node,
    PathOf,
    Slice,
    Unary,
)

_MOST = 5_000


class TooLargeError(ValueError):
    """A condition whose functions call each other so often that writing them out is of no use."""


class Inliner:
    """Writes the functions of one condition out. Raises TooLargeError past a few thousand expressions."""

    def __init__(self) -> None:
        self._left = _MOST

    def inlined(self, node: Node, scope: Scope, known: dict[str, Node]) -> Node:
        """The expression with parameters and `let`s replaced by what they stand for."""
        self._left -= 1
        if self._left < 0:
            raise TooLargeError
        if isinstance(node, Name):
            return known.get(node.name, node)
        if isinstance(node, Call):
            return self._call(node, scope, known)
        return self._parts(node, scope, known)

    def _call(self, node: Call, scope: Scope, known: dict[str, Node]) -> Node:
        arguments = self._all(node.arguments, scope, known)
        found = scope.function(node.name)
        if found is None or len(found[0].parameters) != len(arguments):
            return replace(node, arguments=arguments)
        function, home = found
        inside = dict(zip(function.parameters, arguments, strict=True))
        for binding in function.lets:
            inside[binding.name] = self.inlined(binding.value, home, inside)
        return self.inlined(function.result, home, inside)

    def _all(self, nodes: tuple[Node, ...], scope: Scope, known: dict[str, Node]) -> tuple[Node, ...]:
        return tuple(self.inlined(node, scope, known) for node in nodes)

    def _parts(self, node: Node, scope: Scope, known: dict[str, Node]) -> Node:
        def one(inner: Node) -> Node:
            return self.inlined(inner, scope, known)

        match node:
            case Logic():
                return replace(node, operands=self._all(node.operands, scope, known))
            case ListOf():
                return replace(node, items=self._all(node.items, scope, known))
            case MapOf():
                return replace(node, pairs=tuple((one(key), one(value)) for key, value in node.pairs))
            case PathOf():
                return replace(node, parts=tuple(part if isinstance(part, str) else one(part) for part in node.parts))
            case IsType():
                return replace(node, value=one(node.value))
            case MethodCall():
                arguments = self._all(node.arguments, scope, known)
                return replace(node, receiver=one(node.receiver), arguments=arguments)
            case _:
                return self._small(node, scope, known)

    def _small(self, node: Node, scope: Scope, known: dict[str, Node]) -> Node:
        def one(inner: Node) -> Node:
            return self.inlined(inner, scope, known)

        match node:
            case Binary():
                return replace(node, left=one(node.left), right=one(node.right))
            case Unary():
                return replace(node, operand=one(node.operand))
            case Member():
                return replace(node, object=one(node.object))
            case Index():
                return replace(node, object=one(node.object), index=one(node.index))
            case Slice():
                return replace(node, object=one(node.object), first=one(node.first), last=one(node.last))
            case Conditional():
                return replace(node, condition=one(node.condition), then=one(node.then), otherwise=one(node.otherwise))
            case _:
                return node
