"""Launch rules: what the real clouds refuse at a launch, each a small pure decision about one resource about to be."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from localcloud.base.world import World
from localcloud.providers.traits import Traits
from localcloud.providers.values import Properties

REFUSED = "400 INVALID_ARGUMENT"


@dataclass(frozen=True)
class Case:
    """A resource about to be created, changed or checked.

    `inputs` are plain, with defaults, and may hold UNKNOWN while checking. `id` is its id where it has one already,
    `now` the moment in seconds since the epoch. `foreseen` are the inputs of resources that a preview was told of and
    that rules about others look for (`Package.foresees`), by their URNs.
    """

    world: World
    home: Path
    traits: Traits
    urn: str
    inputs: Properties
    id: str = ""
    now: float = 0.0
    foreseen: Mapping[str, Properties] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """How a sentence names the resource: `Queue "events"`."""
        return f'{self.traits.label} "{self.urn.rpartition("::")[2]}"'

    def told(self, problems: Iterator[str]) -> str | None:
        """Return the first problem as a sentence about the resource, None when there is none."""
        found = next(problems, None)
        return f"{self.title}: {found}" if found else None


class Stage(Enum):
    """When a rule can be decided: on the inputs alone, so that a preview fails, or only against the cloud."""

    CHECK = "check"
    APPLY = "apply"


@dataclass(frozen=True)
class LaunchRule:
    """One rule: its name, when it is decided, where it comes from, and the decision (a refusal's sentence or None)."""

    name: str
    stage: Stage
    source: str
    decide: Callable[[Case], str | None]


def refusal(rules: Iterable[LaunchRule], stage: Stage, case: Case) -> str | None:
    """Return the sentence of the first rule of that stage that refuses the case, None when all let it pass."""
    stated = (rule.decide(case) for rule in rules if rule.stage is stage)
    return next((sentence for sentence in stated if sentence), None)
