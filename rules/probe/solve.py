"""Finds worlds in which a condition holds, by working back from the condition."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from rules.language.syntax import Conditional, Logic, Node, Unary
from rules.probe.places import Reader
from rules.probe.propose import lookup, proposals
from rules.probe.world import Place, World
from rules.values.kinds import Value


@dataclass(slots=True)
class Limits:
    """What may be assumed.

    `stored`: whether stored data may be chosen; `own`: values that stored data may not hold (who asks may not own
    what is asked for); `pinned`: places that stay as they are; `steps`: how many expressions may still be tried.
    """

    stored: bool
    own: frozenset[str]
    pinned: Mapping[Place, Value]
    steps: int = 400

    def permits(self, place: Place, value: Value) -> bool:
        """Whether a value may be put at a place."""
        if any(place[: len(pin)] == pin for pin in self.pinned):
            return False
        if place[0] == "sent":
            return len(place) > 1 or all(self._kept(pin, value) for pin in self.pinned)
        return self.stored and not self._holds(value) and not self._holds(place[1] if place[0] == "other" else None)

    def _kept(self, pin: Place, value: Value) -> bool:
        return pin[0] != "sent" or (isinstance(value, dict) and value.get(str(pin[1])) == self.pinned[pin])

    def _holds(self, value: Any) -> bool:
        if isinstance(value, (list, tuple)):
            return any(self._holds(item) for item in value)
        if isinstance(value, dict):
            return any(self._holds(item) for pair in value.items() for item in pair)
        return isinstance(value, str) and value in self.own


@dataclass(slots=True)
class Solver:
    """Works on one condition within limits."""

    reader: Reader
    limits: Limits
    _depth: int = field(default=0, init=False)

    def worlds(self, node: Node, want: bool, world: World) -> Iterator[World]:
        """Worlds in which the expression comes to `want`, those that assume least first."""
        self.limits.steps -= 1
        if self.limits.steps < 0 or self._depth > 80:
            return
        if self.reader.value(node, world) is want:
            yield world
        self._depth += 1
        yield from self._structure(node, want, world)
        self._depth -= 1

    def _structure(self, node: Node, want: bool, world: World) -> Iterator[World]:
        match node:
            case Unary(operator="!", operand=operand):
                yield from self.worlds(operand, not want, world)
            case Logic(operator=operator, operands=operands) if (operator == "&&") is want:
                yield from self._all(operands, want, world)
            case Logic(operands=operands):
                for operand in operands:
                    yield from self.worlds(operand, want, world)
            case Conditional(condition=condition, then=then, otherwise=otherwise):
                for branch, chosen in ((True, then), (False, otherwise)):
                    for found in self.worlds(condition, branch, world):
                        yield from self.worlds(chosen, want, found)
            case _:
                yield from self._single(node, want, world)

    def _all(self, operands: tuple[Node, ...], want: bool, world: World) -> Iterator[World]:
        if not operands:
            yield world
            return
        for found in self.worlds(operands[0], want, world):
            yield from self._all(operands[1:], want, found)

    def _single(self, node: Node, want: bool, world: World) -> Iterator[World]:
        document = lookup(node, world, self.reader)
        if document is not None and want and self.limits.stored:
            changed = world.copy()
            changed.others.setdefault(document, {})
            yield changed
        yield from self._proposed(node, want, world, 2)

    def _proposed(self, node: Node, want: bool, world: World, rounds: int) -> Iterator[World]:
        """One change, or two where the first alone is not enough (both sides of `==` may be missing)."""
        for place, value in proposals(node, want, world, self.reader):
            changed = world.copy()
            if self.limits.steps < 0 or not self.limits.permits(place, value) or not _put(changed, place, value):
                continue
            self.limits.steps -= 1
            if self.reader.value(node, changed) is want:
                yield changed
            elif rounds > 1:
                yield from self._proposed(node, want, changed, rounds - 1)


def _put(world: World, place: Place, value: Value) -> bool:
    if len(place) == 1 and isinstance(value, dict):
        if place[0] == "sent" and world.sent is not None:
            world.sent = value
            return True
        if place[0] == "stored" and world.stored is not None:
            world.stored = value
            return True
        return False
    return world.put(place, value)
