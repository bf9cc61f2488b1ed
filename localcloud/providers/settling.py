"""What a resource will be: the program's inputs, and for what they leave out, what the real provider takes.

The real providers compare with the state. Left out, a property that is optional and computed keeps the value that the
cloud has, one with a default falls back to it, and one that is optional alone is removed (Terraform's plugin protocol,
"planned state"; terraform-plugin-sdk, helper/schema; terraform-plugin-framework, internal/fwserver).
"""

from __future__ import annotations

from collections.abc import Mapping

from localcloud.providers.facts import Fact, Facts
from localcloud.providers.values import Archive, Asset, Properties, Unknown, Value, is_unknown

UNTOLD = Fact(optional=True)  # what no schema tells of is taken as the program wrote it


def settled(facts: Facts, given: Properties, held: Properties | None, *, defaults: bool = True) -> Properties:
    """Return the inputs that a resource will have, of those `given` and those it has so far (`held`, None for none).

    Both are plain, without secrets. Without `defaults`, only what the cloud keeps is filled in.
    """
    before = held or {}
    found = {
        name: _settled(facts.get(name, UNTOLD), value, before.get(name), defaults) for name, value in given.items()
    }
    for name, fact in facts.items():
        if found.get(name) is None:
            found[name] = _left_out(fact, before.get(name), is_new=held is None, defaults=defaults)
    return {name: value for name, value in found.items() if value is not None}


def paired(facts: Facts, new: list[Value], old: list[Value]) -> list[int | None]:
    """Return, for each item of a new set, the position of its likeness in the old one, None for an item that is new."""
    free = dict(enumerate(old))
    pairs: list[int | None] = []
    for item in new:
        at = next((at for at, before in free.items() if is_like(facts, item, before)), None)
        free.pop(-1 if at is None else at, None)
        pairs.append(at)
    return pairs


def is_like(facts: Facts, item: Value, before: Value) -> bool:
    """Tell whether an item of a set is the one that is there, once what it leaves out is filled in."""
    if is_unknown(item):
        return False
    if not isinstance(item, dict) or not isinstance(before, dict):
        return type(item) is type(before) and bool(item == before)
    whole = settled(facts, item, before)
    return _told(facts, whole) == _told(facts, {name: before[name] for name in before if name in facts or name in item})


def _left_out(fact: Fact, before: Value, *, is_new: bool, defaults: bool) -> Value:
    if fact.default is not None and defaults:
        return fact.default if is_new or before is not None else None  # what an older state lacks is no change
    return before if fact.keeps and fact.default is None else None


def _settled(fact: Fact, value: Value, before: Value, defaults: bool) -> Value:
    if not fact.fields or value is None or isinstance(value, Unknown):
        return value
    if isinstance(value, list):
        return _settled_items(fact, value, before if isinstance(before, list) else [], defaults)
    if not isinstance(value, dict):
        return value
    known: Mapping[str, Value] = before if isinstance(before, dict) else {}
    if fact.is_map:
        return {key: _settled_item(fact.fields, child, known.get(key), defaults) for key, child in value.items()}
    return settled(fact.fields, value, before if isinstance(before, dict) else None, defaults=defaults)


def _settled_items(fact: Fact, value: list[Value], before: list[Value], defaults: bool) -> list[Value]:
    at = paired(fact.fields, value, before) if fact.is_set else list(range(len(value)))
    olds = [before[place] if place is not None and place < len(before) else None for place in at]
    return [_settled_item(fact.fields, item, old, defaults) for item, old in zip(value, olds, strict=True)]


def _settled_item(facts: Facts, item: Value, before: Value, defaults: bool) -> Value:
    if not isinstance(item, dict):
        return item
    return settled(facts, item, before if isinstance(before, dict) else None, defaults=defaults)


def _told(facts: Facts, properties: Properties) -> Properties:
    """Return the properties without what only the cloud tells, and without what is empty."""
    return {
        name: value
        for name, value in properties.items()
        if (value or isinstance(value, Asset | Archive)) and not _is_told_only(facts.get(name, UNTOLD))
    }


def _is_told_only(fact: Fact) -> bool:
    return fact.computed and not fact.optional
