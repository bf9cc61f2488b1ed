"""A scenario of zonemaster's beside our verdict on it, and which of them docs/testing.md lists as judged otherwise."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.verify.groups.small_world import World

PAGE = Path(__file__).parents[3] / "docs" / "testing.md"
FINE, NOTICE, WARNING, ERROR, OPEN = "fine", "notice", "warning", "error", "no verdict"


@dataclass(frozen=True)
class Scenario:
    """`level` is the worst that zonemaster says of `name`, `ours` what we do not pass.

    `about` are the beginnings of the ids of our findings on the question of its test case.
    """

    case: str
    name: str
    level: str
    world: World
    ours: Mapping[str, str]
    about: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.case} {self.name}"

    @property
    def agrees(self) -> bool:
        """Whether both see a fault, or both see none; a notice, and no verdict at all, go with either."""
        seen = any(finding.startswith(self.about) for finding in self.ours)
        return self.level in (NOTICE, OPEN) or seen is (self.level in (WARNING, ERROR))


def on(id_: str, *names: str, status: str = "fail") -> dict[str, str]:
    """A finding on the domain, or one on each of these name servers; without a dot, the name is one in acme.test."""
    owners = [name if "." in name else f"{name}.acme.test" for name in names]
    return {f"{id_} {owner}": status for owner in owners or ["acme.test"]}


def disagreements(scenarios: Iterable[Scenario]) -> list[str]:
    return sorted(str(scenario) for scenario in scenarios if not scenario.agrees)


def documented(cases: Collection[str]) -> list[str]:
    """The scenarios of these test cases in the table of the docs page: test case and name in its first two columns."""
    rows = [line.split("|")[1:3] for line in PAGE.read_text().splitlines() if line.startswith("| ")]
    found = [(case.strip(), name) for case, names in rows for name in names.replace("`", "").split(",")]
    return sorted(f"{case} {name.strip()}" for case, name in found if case in cases)
