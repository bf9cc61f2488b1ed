"""Mutations of what the program itself makes: each property changed, removed, shortened or put in another order.

What Diff must answer follows from the mutation alone and from the facts of the one property that it touches: left out,
what is optional and computed keeps the cloud's value, what has a default falls back to it, what is optional alone is
removed; a set has no order; what cannot change replaces.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from localcloud.providers.facts import Fact, facts_of
from localcloud.providers.values import Archive

SAMPLE = 400
Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Mutation:
    """One change of a resource's inputs, and what Diff must say: whether anything changes, and whether it replaces."""

    token: str
    name: str
    path: Path
    kind: str
    inputs: dict[str, Any]
    changes: bool
    replaces: bool


def mutations(made: Any, defaults: dict[str, Any]) -> Iterator[Mutation]:
    """Yield each mutation of a resource."""
    is_google = made.token.startswith("gcp:")
    for path, value, chain in walked(made.inputs, facts_of(made.token), (), ()):
        fact = chain[-1]
        fixed = fact.replaces if is_google else any(each.replaces for each in chain)
        fixed = fixed or any(an_item_is_fixed(each) for each in chain)
        for kind, other in others(value):
            mutated = put(made.inputs, path, other)
            yield Mutation(made.token, made.name, path, kind, mutated, True, fixed or within(fact, value, kind))
        if isinstance(value, list) and len(value) > 1 and value[::-1] != value:
            reordered = not fact.is_set
            yield Mutation(
                made.token, made.name, path, "reordered", put(made.inputs, path, value[::-1]), reordered, None
            )
        if isinstance(path[-1], str) and not fact.required:
            default = fact.default
            if default is None and not fact.computed and len(path) == 1:
                default = defaults.get(path[0])  # the API's own
            gone = default != value if default is not None else not fact.keeps
            if is_google and default is None and not value and not (fact.fields and isinstance(value, dict)):
                gone = False  # Google's provider takes nothing and zero for the same
            removed = put(made.inputs, path, None)
            yield Mutation(
                made.token, made.name, path, "removed", removed, gone, gone and (fixed or within(fact, value, ""))
            )


def an_item_is_fixed(fact: Fact) -> bool:
    """Tell whether no item of a set can change: whatever changes in one makes it another item."""
    always = [inner for inner in fact.fields.values() if inner.required]
    return fact.is_set and any(inner.replaces for inner in always)


def walked(value: Any, facts: Any, path: Path, chain: tuple[Fact, ...]) -> Iterator[tuple[Path, Any, tuple[Fact, ...]]]:
    """Yield each property within an object: its path, its value, and the facts of it and of what it lies in."""
    for name, child in value.items():
        fact = facts.get(name, Fact(optional=True))
        yield from deeper(child, fact, (*path, name), (*chain, fact))


def deeper(value: Any, fact: Fact, path: Path, chain: tuple[Fact, ...]) -> Iterator[tuple[Path, Any, tuple[Fact, ...]]]:
    if isinstance(path[-1], str):
        yield path, value, chain
    items = enumerate(value) if isinstance(value, list) else value.items() if fact.is_map else ()
    for at, item in items:
        yield from (
            deeper(item, fact, (*path, at), chain)
            if isinstance(at, int)
            else walked(item, fact.fields, (*path, at), chain)
        )
    if isinstance(value, dict) and fact.fields and not fact.is_map:
        yield from walked(value, fact.fields, path, chain)


def others(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield other values in the place of one: changed, and shortened."""
    match value:
        case bool():
            yield "changed", not value
        case int() | float():
            yield "changed", value + 1
        case str():
            yield "changed", f"{value}x"
        case [str(first), *rest]:
            yield "changed", [f"{first}x", *rest]
        case Archive():
            yield "changed", Archive({"hash": "2"})
    if isinstance(value, str | list) and len(value) > 1:
        yield "shortened", value[:-1]


def within(fact: Fact, value: Any, kind: str) -> bool:
    """Tell whether a block that comes or goes holds something that cannot change."""
    if kind == "changed":
        return False
    items = value[-1:] if kind == "shortened" else value if isinstance(value, list) else [value]
    parts = [item for item in items if isinstance(item, dict)]
    return any(
        inner.replaces or within(inner, part[name], "")
        for part in parts
        for name, inner in fact.fields.items()
        if name in part
    )


def put(inputs: dict[str, Any], path: Path, value: Any) -> dict[str, Any]:
    """Return a copy with another value at a path, without it for None."""
    whole = copy.deepcopy(inputs)
    around: Any = whole
    for step in path[:-1]:
        around = around[step]
    if value is None:
        del around[path[-1]]
    else:
        around[path[-1]] = value
    return whole


def wrong(mutation: Mutation, made: Any, cloud: Any) -> str | None:
    """Return what Diff says otherwise than it must."""
    found = cloud.difference(mutation.token, made.outputs, mutation.inputs)
    replaces = any(change.replaces for change in found)
    if bool(found) == mutation.changes and mutation.replaces in (None, replaces):
        return None
    wanted = ("change" if mutation.changes else "not change") + (" by replacing" if mutation.replaces else "")
    path = ".".join(map(str, mutation.path))
    return f"{mutation.token} {mutation.name} {path} {mutation.kind}: must {wanted}, is {found}"


def all_of(own: Any, own_clouds: Any) -> list[tuple[Mutation, Any, Any]]:
    found = []
    for made in own:
        cloud = own_clouds[made.token.partition(":")[0]]
        constants = {name: value for name, value in cloud.traits(made.token).defaults.items() if not callable(value)}
        found += [(mutation, made, cloud) for mutation in mutations(made, constants)]
    return found


def test_diff_says_of_some_mutations_what_the_real_providers_say(own: Any, own_clouds: Any) -> None:
    some = random.Random(18).sample(all_of(own, own_clouds), SAMPLE)
    assert [told for told in (wrong(*each) for each in some) if told] == []


@pytest.mark.long
def test_diff_says_of_every_mutation_what_the_real_providers_say(own: Any, own_clouds: Any, verdict: Any) -> None:
    every = all_of(own, own_clouds)
    assert len(every) > 1_500
    assert [told for told in (wrong(*each) for each in every) if told] == []
    verdict(f"{len(every)} mutations of {len(own)} resources: Diff says what the real providers say of each")
