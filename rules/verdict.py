"""What the rules decided, and why."""

from dataclasses import dataclass
from enum import StrEnum

from rules.values.kinds import Value


class Outcome(StrEnum):
    """What one `allow` statement came to."""

    ALLOW = "allow"
    FALSE = "false"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Statement:
    """One `allow` statement that applied: its line, what it came to, and for an error where and why."""

    line: int
    outcome: Outcome
    message: str = ""
    error_line: int = 0

    def __str__(self) -> str:
        if self.outcome is Outcome.ERROR:
            return f"line {self.line}: error at line {self.error_line}: {self.message}"
        return f"line {self.line}: {self.outcome}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a request is allowed, the statements that were asked in order, and what `debug()` was given."""

    allowed: bool
    statements: tuple[Statement, ...] = ()
    debug: tuple[Value, ...] = ()

    @property
    def line(self) -> int:
        """The line of the statement that allowed, or 0."""
        return next((one.line for one in self.statements if one.outcome is Outcome.ALLOW), 0)

    def __str__(self) -> str:
        if not self.statements:
            return "denied: no allow statement covers this path and method"
        return ("allowed: " if self.allowed else "denied: ") + "; ".join(str(one) for one in self.statements)
