"""What changes between the state of a resource and what it will be, property by property, as the real providers say it.

`localcloud.providers.settling` says what it will be; this module compares.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import Enum

from localcloud.providers.check import INTERNAL, step
from localcloud.providers.facts import Fact, Facts
from localcloud.providers.settling import UNTOLD, paired
from localcloud.providers.values import Archive, Asset, Properties, Secret, Value, children


class Kind(Enum):
    """What happens to a property."""

    ADD = "add"
    DELETE = "delete"
    UPDATE = "update"


@dataclass(frozen=True)
class Change:
    """One property that changes; `replaces` when the real API cannot change it on a resource that exists."""

    path: str
    kind: Kind
    replaces: bool = False


@dataclass(frozen=True)
class Manner:
    """How a provider compares.

    `zero_is_unset`: false, 0 and empty texts and lists are the same as nothing (terraform-plugin-sdk, as Google's).
    `inherits`: all below a property that replaces does so too (terraform-plugin-framework, as Cloudflare's); else each
    property speaks for itself.
    """

    zero_is_unset: bool = False
    inherits: bool = True


MANNERS = {"gcp": Manner(zero_is_unset=True, inherits=False), "cloudflare": Manner()}


def diff(
    old: Properties, new: Properties, facts: Facts, ignored: Collection[str] = (), manner: Manner = Manner()
) -> list[Change]:
    """Return the changes from `old` to `new`, both whole.

    `ignored` are paths in the engine's syntax, as in the option ignoreChanges.
    """
    root = Fact(optional=True, fields=facts)
    found = Comparison(manner).maps(comparable(old), comparable(new), root, "")
    return [change for change in found if not _is_covered(change.path, ignored)]


def comparable(value: Value) -> Value:
    """Return the value without what makes no difference: secrecy, empty properties, the place an asset lies at."""
    match value:
        case Secret(inner):
            return comparable(inner)
        case Asset(fields) if "hash" in fields:
            return Asset({"hash": fields["hash"]})
        case Archive(fields, _) if "hash" in fields:
            return Archive({"hash": fields["hash"]})
        case dict():
            return {k: comparable(v) for k, v in value.items() if v is not None and k not in INTERNAL}
        case _:
            return children(value, comparable)


@dataclass(frozen=True)
class Comparison:
    """Compares values in one provider's manner; `replaces` is inherited from what they lie in."""

    manner: Manner
    replaces: bool = False

    def maps(self, old: Properties, new: Properties, fact: Fact, path: str) -> Iterator[Change]:
        """Yield what changes between two objects or maps."""
        named = bool(fact.fields) and not fact.is_map
        for key in {**old, **new}:
            if named and key not in new and key not in fact.fields:
                continue  # the cloud tells it besides
            inner = _inside(fact) if fact.is_map else fact.fields.get(key, UNTOLD if fact.fields else _item(fact))
            yield from self._member(
                key in old, key in new, old.get(key), new.get(key), inner, step(path, key), may_be_zero=named
            )

    def _lists(self, old: list[Value], new: list[Value], fact: Fact, path: str) -> Iterator[Change]:
        if fact.is_set:
            yield from self._sets(old, new, fact, path)
            return
        for at in range(max(len(old), len(new))):
            before, after = at < len(old), at < len(new)
            one, other = old[at] if before else None, new[at] if after else None
            yield from self._member(before, after, one, other, _inside(fact), step(path, at))

    def _sets(self, old: list[Value], new: list[Value], fact: Fact, path: str) -> Iterator[Change]:
        places = paired(fact.fields, new, old)
        gone = [at for at in range(len(old)) if at not in places]
        for at, place in enumerate(places):
            if place is None:
                yield from self._whole(Kind.ADD, new[at], _inside(fact), step(path, at))
        for at in gone:
            yield from self._whole(Kind.DELETE, old[at], _inside(fact), step(path, at))

    def _member(
        self,
        before: bool,
        after: bool,
        old: Value,
        new: Value,
        fact: Fact,
        path: str,
        *,
        may_be_zero: bool = False,
    ) -> Iterator[Change]:
        if fact.computed and not fact.optional:
            return
        if before and after:
            yield from self._values(old, new, fact, path)
        elif not (may_be_zero and self._is_nothing(old if before else new, fact)):
            yield from self._whole(Kind.DELETE if before else Kind.ADD, old if before else new, fact, path)

    def _values(self, old: Value, new: Value, fact: Fact, path: str) -> Iterator[Change]:
        deeper = Comparison(self.manner, self._replaces(fact))
        if isinstance(old, dict) and isinstance(new, dict):
            yield from deeper.maps(old, new, fact, path)
        elif isinstance(old, list) and isinstance(new, list):
            yield from deeper._lists(old, new, fact, path)
        elif old != new or isinstance(old, bool) != isinstance(new, bool):
            yield Change(path, Kind.UPDATE, self._replaces(fact))

    def _whole(self, kind: Kind, value: Value, fact: Fact, path: str) -> Iterator[Change]:
        """Yield that a property comes or goes with all that is in it, of which any part may replace."""
        yield Change(path, kind, self._replaces(fact) or _replaces_within(fact, value))

    def _replaces(self, fact: Fact) -> bool:
        return fact.replaces or (self.manner.inherits and self.replaces)

    def _is_nothing(self, value: Value, fact: Fact) -> bool:
        if isinstance(value, dict) and fact.fields and not fact.is_map:
            return False  # a block that is there says something, even when it is empty
        return self.manner.zero_is_unset and not isinstance(value, Asset | Archive) and not value


def _inside(fact: Fact) -> Fact:
    """Return what is known of an item of a list, or of a value of a map."""
    return Fact(optional=True, replaces=fact.replaces, fields=fact.fields)


def _item(fact: Fact) -> Fact:
    """Return what is known of a part of something that no schema tells more of."""
    return Fact(optional=True, replaces=fact.replaces)


def _replaces_within(fact: Fact, value: Value) -> bool:
    items = value if isinstance(value, list) else [value]
    if fact.is_map and isinstance(value, dict):
        items = list(value.values())
    parts = [item for item in items if isinstance(item, dict)]
    return any(
        inner.replaces or _replaces_within(inner, part[name])
        for part in parts
        for name, inner in fact.fields.items()
        if part.get(name) is not None
    )


def _is_covered(path: str, by: Collection[str]) -> bool:
    return any(path == known or path.startswith((f"{known}.", f"{known}[")) or known == "*" for known in by)
