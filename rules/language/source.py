"""A rules text and the places in it."""

from bisect import bisect_right
from functools import cached_property

from rules.errors import Problem, RulesError


class Source:
    """A rules text. Places in it are offsets in characters; people are shown lines and columns."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(at + 1 for at, char in enumerate(self.text) if char == "\n")]

    def line(self, offset: int) -> int:
        """The line of a place, counting from 1."""
        return bisect_right(self._starts, offset)

    def column(self, offset: int) -> int:
        """The column of a place, counting from 1."""
        return offset - self._starts[self.line(offset) - 1] + 1

    def problem(self, offset: int, message: str) -> Problem:
        """What is wrong at a place."""
        return Problem(self.line(offset), self.column(offset), message)

    def refuse(self, offset: int, message: str) -> RulesError:
        """The error for a text that is wrong at one place."""
        return RulesError((self.problem(offset, message),))
