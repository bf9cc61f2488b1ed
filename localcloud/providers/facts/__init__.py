"""Facts about each resource type as the real providers' schemas state them, kept as data beside this module.

`gcp.json` and `cloudflare.json` are made by `python -m tools.provider_facts FILE --write` from a list of facts that was
read out of the Terraform providers which the Pulumi SDKs bridge; each file names its provider's version as `source`.
`by_hand.json` is written by hand: IAM members and audit configurations come from code, parts of a Worker from a list.
`exclusions.json` says which properties go together; `unchecked.json` says what is not checked, and why.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
FILES = ("gcp.json", "cloudflare.json", "by_hand.json")

Bounds = tuple[float | None, float | None]
Facts = Mapping[str, "Fact"]


@dataclass(frozen=True)
class Fact:
    """What a provider's schema says of one property, by its Pulumi name.

    `computed` alone is only ever told by the cloud; `optional` and `computed` keep the cloud's value when left out;
    `optional` alone is removed when left out. `replaces` is true when a change makes a new resource. `range` bounds a
    number, `length` a text's characters, `items` a list's count, both ends included and None for no bound. `is_set`: a
    list whose order means nothing. `is_map`: `fields` hold for each value of a map. `needs` are siblings that must be
    there too.
    """

    required: bool = False
    optional: bool = False
    computed: bool = False
    replaces: bool = False
    default: Any = None
    enum: tuple[Any, ...] = ()
    range: Bounds = (None, None)
    length: Bounds = (None, None)
    items: Bounds = (None, None)
    is_set: bool = False
    is_map: bool = False
    needs: tuple[str, ...] = ()
    fields: Facts = field(default_factory=dict)

    @property
    def keeps(self) -> bool:
        """Tell whether the cloud's value stays when the program leaves the property out."""
        return self.computed and not self.required


@dataclass(frozen=True)
class Exclusion:
    """Properties of which `one` (exactly), `some` (at least one) or at most one (`apart`) may be set, by their paths.

    The paths share all but their last step; the exclusion holds where the property that they lie in is there.
    """

    kind: str
    paths: tuple[str, ...]


def facts_of(token: str) -> Facts:
    """Return the facts of a resource type by its properties' names, none for a type that is not known."""
    return _facts(token)


def exclusions_of(token: str) -> tuple[Exclusion, ...]:
    """Return what a resource type's properties exclude of each other."""
    stored = _file("exclusions.json")["types"].get(token, ())
    return tuple(Exclusion(kind, tuple(paths)) for kind, paths in stored)


def unchecked() -> Mapping[str, Mapping[str, str]]:
    """Return token → path → why that property is not checked against facts."""
    found: Mapping[str, Mapping[str, str]] = _file("unchecked.json")
    return found


def parsed(stored: Mapping[str, Any]) -> Facts:
    """Return facts from their kept form; raises KeyError or TypeError for another form."""
    return {name: _fact(told) for name, told in stored.items()}


@cache
def _facts(token: str) -> Facts:
    told: dict[str, Any] = {}
    for name in FILES:
        told |= _file(name)["types"].get(token, {})
    return parsed(told)


@cache
def _file(name: str) -> Any:
    return json.loads((FOLDER / name).read_text())


def _fact(told: Mapping[str, Any]) -> Fact:
    kind = told.get("is", "optional")
    return Fact(
        required=kind == "required",
        optional=kind in ("optional", "kept"),
        computed=kind in ("computed", "kept"),
        replaces=told.get("replaces", False),
        default=told.get("default"),
        enum=tuple(told.get("enum", ())),
        range=_bounds(told, "range"),
        length=_bounds(told, "length"),
        items=_bounds(told, "items"),
        is_set=told.get("set", False),
        is_map=told.get("map", False),
        needs=tuple(told.get("needs", ())),
        fields=parsed(told.get("fields", {})),
    )


def _bounds(told: Mapping[str, Any], name: str) -> Bounds:
    low, high = told.get(name, (None, None))
    return low, high
