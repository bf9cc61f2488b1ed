"""One provider's knowledge: its resource types, launch rules and functions, and what a type does besides."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from localcloud.base.world import Resource, World
from localcloud.providers.launch_rules import Case, LaunchRule
from localcloud.providers.traits import Traits
from localcloud.providers.values import Properties

Function = Callable[[World, Properties], Properties]


@dataclass(frozen=True)
class Effect:
    """What a resource does besides being listed in the world.

    `prepare` and `allocate` return more facts for the table's templates, the first before the world is locked, the
    second while it is and nothing refused the resource. `keep` says why a resource cannot be deleted now, `erase` runs
    when it is removed, and `bury` when somebody asked for that, which a recovery after a kill does not.
    """

    prepare: Callable[[Case], Properties] = lambda _case: {}
    allocate: Callable[[Case], Properties] = lambda _case: {}
    keep: Callable[[World, Resource], str | None] = lambda _world, _resource: None
    erase: Callable[[World, Path, Resource], None] = lambda _world, _home, _resource: None
    bury: Callable[[World, Resource, float], None] = lambda _world, _resource, _now: None


@dataclass(frozen=True)
class Package:
    """A Pulumi package served here.

    `settings` are names of provider settings that resources take over, `foresees` the types whose previews are
    remembered for the rules about other types. `told` are outputs of a resource that change without its inputs.
    """

    name: str
    traits: Mapping[str, Traits]
    rules: tuple[LaunchRule, ...] = ()
    functions: Mapping[str, Function] = field(default_factory=dict)
    settings: tuple[str, ...] = ()
    foresees: tuple[str, ...] = ()
    surroundings: Callable[[World, Properties], Properties] = lambda _world, _inputs: {}
    told: Callable[[World, Resource], Properties] = lambda _world, _resource: {}
