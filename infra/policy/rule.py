"""A rule, what it is judged on, and what it says when it is broken."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Properties = Mapping[str, Any]


@dataclass(frozen=True)
class Resource:
    """One resource: `type` is its Pulumi token, keys of `properties` are in camelCase. `urn` may be empty in tests."""

    type: str
    name: str
    properties: Properties
    urn: str = ""


@dataclass(frozen=True)
class Rule:
    """What holds for each resource of `types` (None: of any type), judged before it is made.

    `id` is stable, `asks` a sentence, `source` who asks for it (CIS GCP Benchmark 3.0, Checkov's ids, a vendor's page).
    `judge` returns what is wrong, or None; `cure` says what to do. A rule with `in_rehearsal` False guards what a
    rehearsal throws away.
    """

    id: str
    asks: str
    source: str
    types: frozenset[str] | None
    judge: Callable[[Resource], str | None]
    cure: str
    in_rehearsal: bool = True

    def broken_by(self, resource: Resource) -> str | None:
        """Return the whole message when the resource breaks the rule."""
        is_meant = self.types is None or resource.type in self.types
        wrong = self.judge(resource) if is_meant else None
        return message(self, f"{resource.name} {wrong}") if wrong else None


@dataclass(frozen=True)
class StackRule:
    """What holds for all resources together. `judge` returns each thing that is wrong; see Rule."""

    id: str
    asks: str
    source: str
    judge: Callable[[Sequence[Resource]], Iterable[str]]
    cure: str
    in_rehearsal: bool = True

    def broken_by(self, resources: Sequence[Resource]) -> list[str]:
        """Return a whole message for each way in which the resources break the rule."""
        return [message(self, wrong) for wrong in self.judge(resources)]


def message(rule: Rule | StackRule, wrong: str) -> str:
    """Return what is wrong, the cure, and who says so."""
    return f"{wrong}. {rule.cure} ({rule.source})"


def of(*types: str) -> frozenset[str]:
    """Return Pulumi tokens from their short form: `gcp:storage/Bucket` → `gcp:storage/bucket:Bucket`."""
    return frozenset(_token(*each.rsplit("/", 1)) for each in types)


def _token(module: str, name: str) -> str:
    return f"{module}/{name[0].lower()}{name[1:]}:{name}"


def all_of(resources: Iterable[Resource], type_: str) -> list[Resource]:
    """Return the resources of one type, given in its short form."""
    wanted = of(type_)
    return [resource for resource in resources if resource.type in wanted]
