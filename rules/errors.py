"""What goes wrong with rules: a text that does not compile, and an expression that cannot be evaluated."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing the compiler found: where (line and column count from 1) and what, as a sentence."""

    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"{self.line}:{self.column}: {self.message}"


class RulesError(ValueError):
    """A rules text that does not compile. `problems` has at least one entry, in the order of the text."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class EvaluationError(Exception):
    """An expression that has no value. `&&` and `||` may absorb it; at the top of a condition it denies.

    `offset` is where in the rules text it happened, or -1 while that is not known yet.
    """

    __slots__ = ("message", "offset")

    def __init__(self, message: str, offset: int = -1) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


class UndecidedError(EvaluationError):
    """A query does not say enough about its documents to decide a condition."""

    __slots__ = ()


class Exhausted(Exception):  # noqa: N818 - it is a limit reached, and no operator absorbs it
    """A request evaluated more expressions than it may: nothing absorbs this, and the request is denied."""

    __slots__ = ("message",)

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
