"""What the SDKs do not say about a resource type: how the real provider and the API behind it treat it.

The rows themselves lie in `tables/`, each with its source. A row's texts are templates: `{name}` stands for a property
of the resource (inputs, then outputs made so far), or for a fact of the moment: `{number}` (the project's number),
`{now}` (RFC 3339), `{uuid}`, `{hex32}`, `{serial}` (18 digits), `{previous}` (the outputs before a change). A text that
is one name alone keeps the value's type.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from string import Formatter
from typing import Any

from localcloud.providers.values import UNKNOWN, Properties, Unknown, Value, children, leaves

Template = Any  # str, list or dict of templates, a constant, or Callable[[Properties], Value]


@dataclass(frozen=True)
class Limit:
    """What a property may be: `allowed` values, or a number from `low` to `high`, or a text matching `pattern`.

    `words` say which values these are, `where` (a path and a value beside it) narrows the limit to such resources.
    """

    path: str
    words: str
    allowed: frozenset[Value] | None = None
    low: float | None = None
    high: float | None = None
    pattern: str | None = None

    def admits(self, value: Value) -> bool:
        """Tell whether the API would take the value."""
        if isinstance(value, Unknown):
            return True
        if self.pattern is not None:
            return isinstance(value, str) and re.fullmatch(self.pattern, value) is not None
        if self.allowed is not None and value in self.allowed:
            return True
        numeric = isinstance(value, int | float) and self.low is not None and self.high is not None
        return numeric and self.low <= value <= self.high


@dataclass(frozen=True)
class Parent:
    """A property that names another resource, which must exist: its path, the type, and how it may be written.

    `forms` are templates of the ways in which the value may name the parent, over the parent's outputs and `{id}`.
    `kinds` are the parent's types. A value matching `foreign` as a whole names something outside of the rehearsal and
    is let pass.
    """

    path: str
    kinds: tuple[str, ...]
    forms: tuple[str, ...] = ("{id}",)
    foreign: str | None = None
    cure: str = ""


@dataclass(frozen=True)
class DeletionProtection:
    """A property that, at this value, makes the real provider or API refuse a deletion, and how to lift it."""

    path: str
    value: Value
    cure: str


@dataclass(frozen=True)
class Traits:
    """One resource type; see the module for templates.

    `service` is the Google API behind it; `autonames` are names that Pulumi makes up; `unique` the properties that no
    two resources may share, besides the id. `minted` outputs are made at creation and kept, `computed` ones follow the
    inputs. `adopts`: creating what exists takes it over. `refused` says why the rehearsal cannot play this type at all.
    `remains` tells from the outputs whether deleting the resource only makes the engine forget it.
    """

    token: str
    id: Template
    source: str
    service: str = ""
    autonames: tuple[str, ...] = ()
    unique: tuple[str, ...] = ()
    defaults: Mapping[str, Template] = field(default_factory=dict)
    minted: Mapping[str, Template] = field(default_factory=dict)
    computed: Mapping[str, Template] = field(default_factory=dict)
    limits: tuple[Limit, ...] = ()
    parents: tuple[Parent, ...] = ()
    guards: tuple[DeletionProtection, ...] = ()
    adopts: bool = False
    refused: str = ""
    remains: Callable[[Mapping[str, Value]], bool] = lambda outputs: outputs.get("deletionPolicy") == "ABANDON"

    @property
    def label(self) -> str:
        """The type's short name, as a person calls it: `Queue`."""
        return self.token.rpartition(":")[2]


def one_of(path: str, *allowed: Value) -> Limit:
    """Return the limit to a few values."""
    return Limit(path, f"one of {', '.join(str(value) for value in allowed)}", allowed=frozenset(allowed))


def between(path: str, low: float, high: float, words: str = "", *, besides: tuple[Value, ...] = ()) -> Limit:
    """Return the limit to a range, both ends included, and to some values `besides`."""
    return Limit(path, words or f"a number from {low:g} to {high:g}", frozenset(besides), low, high)


def like(path: str, pattern: str, words: str) -> Limit:
    """Return the limit to texts that match a pattern as a whole."""
    return Limit(path, words, pattern=pattern)


def broken_limits(traits: Traits, properties: Properties) -> list[tuple[Limit, Value]]:
    """Return the limits that a resource's properties break, each with the value that does."""
    pairs = [(limit, value) for limit in traits.limits for value in leaves(properties, limit.path)]
    return [(limit, value) for limit, value in pairs if not limit.admits(value)]


def render(template: Template, known: Mapping[str, Value]) -> Value:
    """Return what a template stands for, UNKNOWN when it needs what is unknown; raises KeyError for an unset name."""
    if callable(template):
        made: Callable[[Mapping[str, Value]], Value] = template
        return made(known)
    if not isinstance(template, str):
        return children(template, lambda child: render(child, known))
    names = [name for _, name, _, _ in Formatter().parse(template) if name]
    if not names:
        return template
    if template == "{" + names[0] + "}":
        return known[names[0]]
    values = {name: known[name] for name in names}
    if any(isinstance(value, Unknown) for value in values.values()):
        return UNKNOWN
    return template.format_map(values)
