"""Looks for a request that the rules allow."""

from collections.abc import Iterator
from itertools import chain, combinations

from rules.language.syntax import Binary, Node, walk
from rules.probe.answers import Proof
from rules.probe.inline import Inliner, TooLargeError
from rules.probe.places import MISSING, Reader
from rules.probe.solve import Limits, Solver
from rules.probe.world import World
from rules.request import Combined, Query, Where
from rules.ruleset import Rule, Ruleset

_WORLDS = 40
_FILTERS = 6


def prove(ruleset: Ruleset, world: World, limits: Limits) -> Proof | None:
    """The shortest proof found that the world's request is allowed, perhaps with other data; None where none was."""
    found = _proof(ruleset, world)
    candidates = [] if found is None else [found]
    for rule in ruleset.rules:
        if found is None and world.method in rule.allow.methods:
            candidates += _by(ruleset, rule, world, limits)
    smaller = [_smaller(ruleset, one, limits) for one in candidates]
    return min(smaller, key=lambda one: (len(one.stored), len(str(one))), default=None)


def _proof(ruleset: Ruleset, world: World) -> Proof | None:
    if world.method == "update" and world.sent == world.stored:
        return None
    verdict = ruleset.evaluate(world.request(), world)
    return Proof(verdict.line, world.request(), world.documents()) if verdict.allowed else None


def _by(ruleset: Ruleset, rule: Rule, world: World, limits: Limits) -> Iterator[Proof]:
    bound = rule.pattern.bind(world.path if world.method != "list" else (*world.path, "one"))
    if bound is None or rule.allow.condition is None:
        return
    try:
        condition = Inliner().inlined(rule.allow.condition, rule.scope, {})
    except (TooLargeError, RecursionError):
        return
    reader = Reader(rule.scope, bound)
    worlds = (
        _queries(condition, reader, world, limits)
        if world.method == "list"
        else Solver(reader, limits).worlds(condition, True, world)
    )
    for count, candidate in enumerate(worlds):
        proof = _proof(ruleset, candidate)
        if proof is not None:
            yield proof
            return
        if count > _WORLDS:
            return


def _queries(condition: Node, reader: Reader, world: World, limits: Limits) -> Iterator[World]:
    """The query with the equalities that the condition asks of stored data, one by one and together."""
    filters = list(_equalities(condition, reader, world, limits))[:_FILTERS]
    for chosen in chain.from_iterable(combinations(filters, count) for count in range(1, len(filters) + 1)):
        asked = world.copy()
        where = chosen[0] if len(chosen) == 1 else Combined("and", tuple(chosen))
        asked.query = Query(where, world.query.limit)
        yield asked


def _equalities(condition: Node, reader: Reader, world: World, limits: Limits) -> Iterator[Where]:
    for node in walk(condition):
        if isinstance(node, Binary) and node.operator in {"==", "<=", ">="}:
            for left, right in ((node.left, node.right), (node.right, node.left)):
                place, value = reader.place(left, world), reader.value(right, world)
                steps = tuple(str(step) for step in (place or ())[1:])
                fits = place is not None and place[0] == "stored" and steps and value is not MISSING
                if fits and limits.permits(("stored", *steps), value):
                    yield Where(steps, "==", value)
    yield from _flags(condition, reader, world, limits)


def _flags(condition: Node, reader: Reader, world: World, limits: Limits) -> Iterator[Where]:
    for node in walk(condition):
        place = reader.place(node, world)
        if place is not None and place[0] == "stored" and len(place) > 1 and limits.permits(place, True):
            yield Where(tuple(str(step) for step in place[1:]), "==", True)


def _smaller(ruleset: Ruleset, proof: Proof, limits: Limits) -> Proof:
    """The proof without every field that it does not need."""
    request = proof.request
    others = {path: dict(data) for path, data in proof.stored.items() if path != request.path}
    stored = proof.stored.get(request.path)
    world = World(
        request.method,
        request.path,
        request.auth,
        request.time,
        None if request.data is None else dict(request.data),
        None if stored is None else dict(stored),
        others,
        request.query,
    )
    best = proof
    for attempt in _without(world, limits):
        found = _proof(ruleset, attempt)
        if found is not None and len(str(found)) < len(str(best)):
            return _smaller(ruleset, found, limits)
    return best


def _without(world: World, limits: Limits) -> Iterator[World]:
    for name in ("sent", "stored"):
        for key in getattr(world, name) or {}:
            if (name, key) not in limits.pinned:
                less = world.copy()
                del getattr(less, name)[key]
                yield less
    for path in world.others:
        less = world.copy()
        del less.others[path]
        yield less
