"""Which function and which variable a name means at a place: the innermost `match` first, the file last."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from rules.language.syntax import Body, File, Function, Match, Node, Segment, Service


@dataclass(slots=True, eq=False)
class Scope:
    """The file, a service or a `match`. `variables` are those of its own path, in order."""

    parent: "Scope | None"
    start: int
    body: Body
    path: tuple[Segment, ...] = ()
    functions: dict[str, Function] = field(default_factory=dict)
    inner: "list[Scope]" = field(default_factory=list)

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables that its own path binds."""
        return tuple(segment.text for segment in self.path if segment.kind != "literal")

    def chain(self) -> "Iterator[Scope]":
        """This scope and those around it, innermost first."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent

    def function(self, name: str) -> "tuple[Function, Scope] | None":
        """The function that a call means here, and the scope that declares it."""
        return next(((scope.functions[name], scope) for scope in self.chain() if name in scope.functions), None)

    def names(self) -> tuple[str, ...]:
        """All variables of `match` paths that are seen here, outermost first."""
        return tuple(name for scope in reversed([*self.chain()]) for name in scope.variables)

    def everything(self) -> "Iterator[Scope]":
        """This scope and all scopes inside it, in the order of the text."""
        yield self
        for scope in self.inner:
            yield from scope.everything()


def scopes(file: File) -> Scope:
    """The scope of the file, with its services as `inner`."""
    whole = Scope(None, 0, Body(file.functions, (), ()))
    _declare(whole)
    whole.inner = [_scope(whole, service) for service in file.services]
    return whole


def _scope(parent: Scope, block: Service | Match) -> Scope:
    scope = Scope(parent, block.start, block.body, block.path if isinstance(block, Match) else ())
    _declare(scope)
    scope.inner = [_scope(scope, match) for match in block.body.matches]
    return scope


def _declare(scope: Scope) -> None:
    for function in scope.body.functions:
        scope.functions.setdefault(function.name, function)


def expressions(scope: Scope) -> Iterator[tuple[Node, tuple[str, ...]]]:
    """Every whole expression written in one scope itself, with the names of parameters and `let`s seen by it."""
    for allow in scope.body.allows:
        if allow.condition is not None:
            yield allow.condition, ()
    for function in scope.body.functions:
        seen = function.parameters
        for binding in function.lets:
            yield binding.value, seen
            seen = (*seen, binding.name)
        yield function.result, seen
