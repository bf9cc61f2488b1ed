"""What every part of a launch spec is: frozen, strict, and closed to keys that nobody knows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict


class Part(BaseModel):
    """One mapping of the spec."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)


class Problem(NamedTuple):
    """One mistake: its place within the part (dotted, empty for the part as a whole), and what to tell of it."""

    place: str
    text: str


class PartError(ValueError):
    """Values of one part contradict each other; `problems` are all of them."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("; ".join(problem.text for problem in problems))


def raise_all(problems: Iterable[Problem]) -> None:
    """Raise PartError when there are any problems."""
    found = tuple(problems)
    if found:
        raise PartError(found)
