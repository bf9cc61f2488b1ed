"""Holds inputs against what the real provider's schema allows: values, ranges, counts, and what goes together.

The real provider refuses these itself, at preview, before any call.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from functools import partial

from localcloud.providers.check import Failure, step
from localcloud.providers.facts import Bounds, Exclusion, Fact, Facts
from localcloud.providers.values import Properties, Unknown, Value, every, plain

MANY = 12  # values that a sentence lists; of more it names those that are alike


def broken_facts(properties: Properties, facts: Facts) -> Iterator[Failure]:
    """Yield what the plain properties of a resource break of its type's facts, with the place of each."""
    yield from _object(properties, facts, "")


def broken_exclusions(properties: Properties, exclusions: tuple[Exclusion, ...]) -> Iterator[Failure]:
    """Yield where properties that exclude each other are set, or none is of those of which one must be."""
    for exclusion in exclusions:
        prefix = exclusion.paths[0].rpartition(".")[0]
        names = [path.rpartition(".")[2] for path in exclusion.paths]
        for around in every(properties, prefix) if prefix else [plain(properties)]:
            for one in around if isinstance(around, list) else [around]:
                pairs = zip(exclusion.paths, names, strict=True)
                given = [path for path, name in pairs if isinstance(one, dict) and one.get(name) is not None]
                if isinstance(one, dict) and not _is_met(exclusion.kind, len(given)):
                    yield Failure(prefix, _excluded(exclusion, given))


def within(number: float, bounds: Bounds) -> bool:
    """Tell whether a number is inside of bounds, both ends included."""
    low, high = bounds
    return (low is None or number >= low) and (high is None or number <= high)


def worded(bounds: Bounds) -> str:
    """Return bounds in words: `1 to 30`, `at least 1`."""
    low, high = (None if end is None else f"{end:g}" if end < 1e6 else f"{end:.0f}" for end in bounds)
    if low is None:
        return f"at most {high}"
    return f"at least {low}" if high is None else f"{low} to {high}"


def choices(value: Value, allowed: tuple[Value, ...]) -> str:
    """Return what may stand in the place of a value, and what it was probably meant to be."""
    texts = [str(one) for one in allowed]
    plainer = {text.lower(): text for text in texts}
    close = [plainer[text] for text in difflib.get_close_matches(str(value).lower(), plainer, n=3, cutoff=0.6)]
    if len(texts) <= MANY:
        return f"use one of {', '.join(texts)}"
    return f"did you mean {' or '.join(close)}?" if close else f"use one of {len(texts)} values, such as {texts[0]}"


def _object(properties: Properties, facts: Facts, path: str) -> Iterator[Failure]:
    for name, value in properties.items():
        fact = facts.get(name)
        if fact is None or value is None or isinstance(value, Unknown):
            continue
        here = step(path, name)
        yield from _needs(properties, fact, here, name)
        yield from _value(value, fact, here)


def _needs(properties: Properties, fact: Fact, path: str, name: str) -> Iterator[Failure]:
    missing = [other for other in fact.needs if properties.get(other) is None]
    if missing:
        yield Failure(path, f"{name} is set without {' and '.join(missing)}, which the provider refuses; set both")


def _value(value: Value, fact: Fact, path: str) -> Iterator[Failure]:
    if fact.computed and not fact.optional:
        yield Failure(path, "only the cloud tells this value, and the provider refuses to be given it; leave it out")
    elif isinstance(value, list):
        if not value and fact.required and fact.fields:
            yield Failure(path, "none is given where the provider takes at least 1")
        elif not within(len(value), fact.items):
            yield Failure(path, f"{len(value)} are given where the provider takes {worded(fact.items)}")
        for at, item in enumerate(value):
            yield from _single(item, fact, step(path, at))
    else:
        yield from _single(value, fact, path)


def _single(value: Value, fact: Fact, path: str) -> Iterator[Failure]:
    if isinstance(value, dict):
        deeper = partial(_object, facts=fact.fields)
        if fact.is_map:
            for key, child in value.items():
                yield from deeper(child, path=step(path, key)) if isinstance(child, dict) else ()
        elif fact.fields:
            yield from deeper(value, path=path)
    elif value is not None and not isinstance(value, Unknown | list):
        yield from _scalar(value, fact, path)


def _scalar(value: Value, fact: Fact, path: str) -> Iterator[Failure]:
    if fact.enum and value not in fact.enum:
        yield Failure(path, f"{value} is not what the provider takes here; {choices(value, fact.enum)}")
    elif isinstance(value, int | float) and not isinstance(value, bool) and not within(value, fact.range):
        yield Failure(path, f"{value:g} is not what the provider takes here; use {worded(fact.range)}")
    elif isinstance(value, str) and not within(len(value), fact.length):
        yield Failure(
            path, f"a text of {len(value)} characters is given where the provider takes {worded(fact.length)}"
        )


def _is_met(kind: str, count: int) -> bool:
    return {"one": count == 1, "some": count >= 1, "apart": count <= 1}[kind]


def _excluded(exclusion: Exclusion, given: list[str]) -> str:
    need = {"one": "exactly one of", "some": "at least one of", "apart": "at most one of"}[exclusion.kind]
    found = f"sets {' and '.join(given)}" if given else "sets none of them"
    names = ", ".join(exclusion.paths)
    return f"needs {need} {names}, and {found}, which the provider refuses; keep the one that is meant"
