"""The documents to ask about: one for each path of the rules, with the victim's ID in every variable."""

from collections.abc import Iterator
from dataclasses import dataclass

from rules.language.syntax import Segment
from rules.probe.people import VICTIM
from rules.ruleset import Ruleset

DATABASE = "(default)"
UNNAMED = ("unnamed", "one")
"""A document that no rules name: only a recursive wildcard opens it."""


@dataclass(frozen=True, slots=True)
class Target:
    """A document and its path as the rules write it. `wild`: whether a recursive wildcard takes a part of it."""

    shown: str
    path: tuple[str, ...]
    wild: bool

    @property
    def collection(self) -> tuple[str, ...]:
        """The path of the document's collection."""
        return self.path[:-1]


def targets(ruleset: Ruleset) -> list[Target]:
    """Every document path that an `allow` may cover, once, in the order of the text."""
    found: dict[str, Target] = {}
    for rule in ruleset.rules:
        segments = [segment for scope in reversed([*rule.scope.chain()]) for segment in scope.path]
        for target in _target(segments):
            found.setdefault(target.shown, target)
    return list(found.values())


def named(path: str) -> Target:
    """The target of a path such as `users/{userId}`, whether or not the rules name it."""
    parts = tuple(VICTIM if part.startswith("{") else part for part in path.split("/"))
    return Target(path, ("databases", DATABASE, "documents", *parts), wild=False)


def _target(segments: list[Segment]) -> Iterator[Target]:
    shown = "/".join(_shown(segment) for segment in segments[3:])
    path: list[str] = []
    for place, segment in enumerate(segments):
        if segment.kind == "literal":
            path.append(segment.text)
        elif segment.kind == "single":
            path.append(DATABASE if place == 1 else VICTIM)
    wild = [place for place, segment in enumerate(segments) if segment.kind == "recursive"]
    if wild:
        even = len(path) % 2 == 1
        filler = UNNAMED if even else UNNAMED[:1]
        path[wild[0] : wild[0]] = filler
    if len(path) >= 5 and len(path) % 2 == 1 and path[0] == "databases" and path[2] == "documents":
        yield Target(shown, tuple(path), bool(wild))


def _shown(segment: Segment) -> str:
    return {"literal": segment.text, "single": f"{{{segment.text}}}"}.get(segment.kind, f"{{{segment.text}=**}}")
