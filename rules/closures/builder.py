"""A syntax tree to its closure, with its cost."""

from collections.abc import Callable

from rules.closures import access, arithmetic, calls, comparisons, literals, logic
from rules.closures.names import Names
from rules.closures.run import Code
from rules.language.scopes import Scope
from rules.language.syntax import (
    Binary,
    Call,
    Conditional,
    Function,
    Index,
    IsType,
    ListOf,
    Literal,
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
from rules.library import FUNCTIONS
from rules.values.kinds import Variable

Watch = Callable[[Node, Code], Code]


class Functions:
    """The functions of one file. Each is compiled when all that calls it is, so that no call nests compiling deeper."""

    def __init__(self, watch: Watch | None = None) -> None:
        self.watch = watch
        self._made: dict[Function, calls.Compiled] = {}
        self._waiting: list[tuple[Function, Scope]] = []

    def compiled(self, function: Function, scope: Scope) -> calls.Compiled:
        """The code of a function, which is there after `finish()`."""
        if function not in self._made:
            self._made[function] = calls.Compiled()
            self._waiting.append((function, scope))
        return self._made[function]

    def finish(self) -> None:
        """Compile every function that was asked for, and those that they ask for."""
        while self._waiting:
            function, scope = self._waiting.pop()
            made, seen = self._made[function], function.parameters
            for binding in function.lets:
                code, cost = Builder(Names(scope, seen), self).block(binding.value, 1)
                made.lets.append(code)
                made.cost += cost
                seen = (*seen, binding.name)
            made.result, cost = Builder(Names(scope, seen), self).block(function.result)
            made.cost += cost


class Builder:
    """Compiles the expressions of one place; `cost` grows by what always runs."""

    def __init__(self, names: Names, functions: "Functions") -> None:
        self.names = names
        self.functions = functions
        self.watch = functions.watch
        self.cost = 0

    def build(self, node: Node) -> Code:
        """The code of an expression."""
        self.cost += 1
        code: Code = _BUILD[type(node)](self, node)
        return code if self.watch is None else self.watch(node, code)

    def block(self, node: Node, extra: int = 0) -> tuple[Code, int]:
        """The code and cost of an expression that runs only sometimes."""
        before, self.cost = self.cost, extra
        code = self.build(node)
        cost, self.cost = self.cost, before
        return code, cost

    def all(self, nodes: tuple[Node, ...]) -> list[Code]:
        """The code of several expressions."""
        return [self.build(node) for node in nodes]


def _literal(_: Builder, node: Literal) -> Code:
    return literals.constant(node.value)


def _name(builder: Builder, node: Name) -> Code:
    return builder.names.reader(node.name, node.at)


def _list(builder: Builder, node: ListOf) -> Code:
    items = builder.all(node.items)
    if builder.watch is None and all(isinstance(item, Literal) for item in node.items):
        return literals.constant([item.value for item in node.items if isinstance(item, Literal)])
    return literals.list_of(items)


def _map(builder: Builder, node: MapOf) -> Code:
    return literals.map_of([(builder.build(key), builder.build(value)) for key, value in node.pairs], node.at)


def _path(builder: Builder, node: PathOf) -> Code:
    parts: list[str | Variable | Code] = []
    for part in node.parts:
        if isinstance(part, str):
            builder.cost += 1
            parts.append(part)
        elif isinstance(part, Name) and not builder.names.knows(part.name):
            parts.append(Variable(part.name))
        else:
            parts.append(builder.build(part))
    return literals.path_of(parts, node.at)


def _member(builder: Builder, node: Member) -> Code:
    names, base = [node.field], node.object
    while builder.watch is None and isinstance(base, Member):
        builder.cost += 1
        names.append(base.field)
        base = base.object
    return access.fields(builder.build(base), tuple(reversed(names)), node.at)


def _index(builder: Builder, node: Index) -> Code:
    return access.index(builder.build(node.object), builder.build(node.index), node.at)


def _slice(builder: Builder, node: Slice) -> Code:
    base, first, last = builder.all((node.object, node.first, node.last))
    return access.span(base, first, last, node.at)


def _call(builder: Builder, node: Call) -> Code:
    own = builder.names.scope.function(node.name)
    if own is not None:
        return _own(builder, node, *own)
    entry = FUNCTIONS.get(node.name)
    arguments = builder.all(node.arguments)
    if entry is not None:
        return calls.function(entry, arguments, node.at)
    if node.name not in {*calls.LOOKUPS, "debug"}:
        return calls.unknown(f"There is no function {node.name}.", node.at)
    if len(arguments) != 1:
        return calls.unknown(f"{node.name}() takes 1 argument, not {len(arguments)}.", node.at)
    return calls.debug(arguments[0]) if node.name == "debug" else calls.lookup(node.name, arguments[0], node.at)


def _own(builder: Builder, node: Call, function: Function, scope: Scope) -> Code:
    wanted, given = len(function.parameters), len(node.arguments)
    if wanted != given:
        return calls.unknown(f"{node.name}() takes {wanted} argument(s), not {given}.", node.at)
    arguments = builder.all(node.arguments)
    return calls.own(builder.functions.compiled(function, scope), arguments)


def _method(builder: Builder, node: MethodCall) -> Code:
    return calls.method(builder.build(node.receiver), node.name, builder.all(node.arguments), node.at)


def _unary(builder: Builder, node: Unary) -> Code:
    inner = builder.build(node.operand)
    return arithmetic.negation(inner, node.at) if node.operator == "!" else arithmetic.minus(inner, node.at)


def _binary(builder: Builder, node: Binary) -> Code:
    left, right = builder.build(node.left), builder.build(node.right)
    if node.operator in {"==", "!="}:
        return comparisons.equality(left, right, node.at, wanted=node.operator == "==")
    if node.operator == "in":
        return comparisons.membership(left, right, node.at)
    if node.operator in {"<", "<=", ">", ">="}:
        return comparisons.ordering(node.operator, left, right, node.at)
    return arithmetic.arithmetic(node.operator, left, right, node.at)


def _logic(builder: Builder, node: Logic) -> Code:
    first, *rest = node.operands
    builder.cost += len(rest) - 1
    operands = [(builder.build(first), 0), *(builder.block(operand, 1) for operand in rest)]
    return logic.logic(operands, node.at, decides=node.operator == "||")


def _is(builder: Builder, node: IsType) -> Code:
    builder.cost += 1
    return comparisons.kind(builder.build(node.value), node.type, node.at)


def _conditional(builder: Builder, node: Conditional) -> Code:
    builder.cost += 1
    condition = builder.build(node.condition)
    return logic.conditional(condition, builder.block(node.then), builder.block(node.otherwise, 2), node.at)


_BUILD: dict[type[Node], Callable[..., Code]] = {
    Literal: _literal,
    Name: _name,
    ListOf: _list,
    MapOf: _map,
    PathOf: _path,
    Member: _member,
    Index: _index,
    Slice: _slice,
    Call: _call,
    MethodCall: _method,
    Unary: _unary,
    Binary: _binary,
    Logic: _logic,
    IsType: _is,
    Conditional: _conditional,
}
