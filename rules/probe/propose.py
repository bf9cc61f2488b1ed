"""What to put where so that one comparison or method call comes out as wanted."""

from collections.abc import Iterator

from rules.language.syntax import Binary, Call, IsType, MethodCall, Node
from rules.probe import samples
from rules.probe.places import MISSING, Reader
from rules.probe.world import Place, World
from rules.values.kinds import Path, RulesSet, Value

_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
Proposal = tuple[Place, Value]


def proposals(node: Node, want: bool, world: World, reader: Reader) -> Iterator[Proposal]:
    """Places and values, each of which may make an expression come to `want`. None is certain to."""
    place = reader.place(node, world)
    if place is not None:
        yield place, want
    match node:
        case Binary(operator="in", left=left, right=right):
            yield from _membership(left, right, want, world, reader)
        case Binary(operator=operator, left=left, right=right) if operator in _FLIPPED:
            wanted = operator if want else _OPPOSITE[operator]
            yield from _comparison(left, wanted, right, world, reader)
            yield from _comparison(right, _FLIPPED[wanted], left, world, reader)
        case IsType(value=value, type=kind):
            place = reader.place(value, world)
            if place is not None:
                yield place, samples.OF_TYPE.get(kind if want else "string" if kind != "string" else "int", "x")
        case MethodCall(receiver=receiver, name=name, arguments=(argument,)):
            yield from _method(receiver, name, reader.value(argument, world), want, world, reader)


def _comparison(left: Node, operator: str, right: Node, world: World, reader: Reader) -> Iterator[Proposal]:
    value = reader.value(right, world)
    if isinstance(left, MethodCall) and left.name == "size" and isinstance(value, int):
        yield from _sized(left.receiver, operator, value, world, reader)
    place = reader.place(left, world)
    if place is None:
        return
    if value is MISSING:
        value = "same"
        other = reader.place(right, world)
        if operator == "==" and other is not None:
            yield other, reader.value(left, world) if reader.value(left, world) is not MISSING else value
    if operator == "==":
        yield place, value
    elif operator == "!=":
        yield place, samples.different(value)
    else:
        found = samples.beside(operator, value)
        if found is not None:
            yield place, found


def _sized(receiver: Node, operator: str, size: int, world: World, reader: Reader) -> Iterator[Proposal]:
    place = reader.place(receiver, world)
    if place is not None:
        wanted = size + {"<": -1, ">": 1, "!=": 1}.get(operator, 0)
        for kind in ("string", "list", "map"):
            yield place, samples.of_size(kind, wanted)


def _membership(left: Node, right: Node, want: bool, world: World, reader: Reader) -> Iterator[Proposal]:
    place, among = reader.place(left, world), reader.value(right, world)
    if place is not None and want:
        items = among.items if isinstance(among, RulesSet) else among
        yield from ((place, item) for item in items if isinstance(items, (list, dict)))
    if place is not None and not want:
        yield place, "something else"
    inside, value = reader.place(right, world), reader.value(left, world)
    if inside is not None and value is not MISSING:
        yield inside, [value] if want else []
        if isinstance(value, str):
            yield inside, {value: True} if want else {}


def _method(receiver: Node, name: str, value: Value, want: bool, world: World, reader: Reader) -> Iterator[Proposal]:
    place = reader.place(receiver, world)
    if name == "matches" and isinstance(value, str) and place is not None:
        yield from ((place, text) for text in samples.matching(value) if want)
    if name not in {"hasAll", "hasAny", "hasOnly"} or not isinstance(value, list):
        return
    if place is not None:
        yield place, value if want else []
    if isinstance(receiver, MethodCall) and receiver.name in {"keys", "toSet"}:
        yield from _keys(reader.place(_root(receiver), world), name, value, world)
    if isinstance(receiver, MethodCall) and receiver.name in {"affectedKeys", "changedKeys"}:
        yield from _changed(value, world)


def _root(node: MethodCall) -> Node:
    inner = node.receiver
    return inner.receiver if isinstance(inner, MethodCall) and inner.name == "keys" else inner


def _keys(place: Place | None, name: str, keys: list[Value], world: World) -> Iterator[Proposal]:
    if place is None or len(place) > 2 or (len(place) == 1) != (place[0] in {"sent", "stored"}):
        return
    data = world.base(place) or {}
    names = [key for key in keys if isinstance(key, str)]
    if name == "hasOnly":
        kept = {key: value for key, value in data.items() if key in names}
        yield from ((place, {**kept, **dict.fromkeys(more, "x")}) for more in ([], names[:1]))
    else:
        yield place, {**dict.fromkeys(names, "x"), **data}


def _changed(keys: list[Value], world: World) -> Iterator[Proposal]:
    if world.sent is not None and world.stored is not None:
        changed = {key: value for key, value in world.sent.items() if key in keys}
        named = [key for key in keys if isinstance(key, str)][:1]
        yield from ((("sent",), {**world.stored, **more}) for more in (changed, dict.fromkeys(named, "x")))


def lookup(node: Node, world: World, reader: Reader) -> tuple[str, ...] | None:
    """The document that an `exists()` asks for, or None."""
    if isinstance(node, Call) and node.name.startswith("exists") and len(node.arguments) == 1:
        path = reader.value(node.arguments[0], world)
        if isinstance(path, Path):
            return tuple(str(part) for part in path.segments)
    return None
