"""Which expressions stand for a place in the data, and what expressions come to in a world."""

from rules.closures.builder import Builder, Functions
from rules.closures.calls import LOOKUPS
from rules.closures.names import Names
from rules.closures.run import Code
from rules.errors import EvaluationError, Exhausted
from rules.language.scopes import Scope
from rules.language.syntax import Call, Index, Member, MethodCall, Name, Node
from rules.probe.world import Place, World, place_of_path
from rules.values.kinds import Path, Value

MISSING = object()
"""What an expression comes to that has no value."""


class Reader:
    """Evaluates the expressions of one condition, each compiled once."""

    def __init__(self, scope: Scope, wild: tuple[Value, ...]) -> None:
        self._scope = scope
        self._wild = wild
        self._codes: dict[int, tuple[Node, Code]] = {}

    def value(self, node: Node, world: World) -> Value:
        """What an expression comes to, or MISSING."""
        if id(node) not in self._codes:
            functions = Functions()
            self._codes[id(node)] = (node, Builder(Names(self._scope), functions).build(node))
            functions.finish()
        try:
            return self._codes[id(node)][1](world.run(self._wild), [])
        except (EvaluationError, Exhausted, RecursionError):
            return MISSING

    def place(self, node: Node, world: World) -> Place | None:
        """The place in sent, stored or other data that an expression reads, or None where it reads none."""
        match node:
            case Member(object=Member(object=Name(name="request"), field="resource"), field="data"):
                return ("sent",)
            case Member(object=Name(name="resource"), field="data"):
                return ("stored",)
            case Member(object=Call(name=name, arguments=(path,)), field="data") if name in LOOKUPS:
                found = self.value(path, world)
                return place_of_path(found) if isinstance(found, Path) else None
            case Member(object=inner, field=field):
                return self._inside(inner, field, world)
            case Index(object=inner, index=key) | MethodCall(receiver=inner, name="get", arguments=(key, _)):
                return self._inside(inner, self.value(key, world), world)
            case _:
                return None

    def _inside(self, inner: Node, step: Value, world: World) -> Place | None:
        place = self.place(inner, world)
        if place is None or not isinstance(step, str):
            return None
        return (*place, step)
