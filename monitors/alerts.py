"""Alerts as values: what is watched, how bad it is, who looks after it and whom it wakes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal, Protocol, runtime_checkable

Severity = Literal["CRITICAL", "ERROR", "WARNING"]
STACK = "STACK"
"""Where a runbook's commands name the stack; the name of the one that fired takes its place."""
LONGEST_MESSAGE = 8_192
"""Characters of an alert's documentation that Cloud Monitoring keeps (reference of projects.alertPolicies)."""


class Owner(Enum):
    """Who sees to it that the cause goes away."""

    ENGINEERING = "engineering"
    SUPPORT = "support"
    FOUNDER = "founder"


class Wakes(Enum):
    """Whom a notification may reach at which hour."""

    ON_CALL = "the on-call engineer, day and night"
    NOBODY = "nobody at night: it is read on the next working day"


class Condition(Protocol):
    """What an alert watches."""

    @property
    def promql(self) -> str:
        """The expression that has a value while the alert fires."""
        ...


@runtime_checkable
class Logged(Protocol):
    """A condition that Cloud Monitoring sees in the log itself; its PromQL says the same of a count of lines."""

    @property
    def log_filter(self) -> str:
        """The lines that raise the alert, in Cloud Logging's query language."""
        ...

    @property
    def minutes(self) -> int:
        """How long the alert stays open after the last such line, and the least time between two notifications."""
        ...


@dataclass(frozen=True)
class Alert:
    """Somebody is told while `condition` holds, after it has held for `sustained` minutes without a break.

    `message` is what the notification says first, so that a founder understands it. `docs/runbooks/ID.md` follows it.
    """

    id: str
    title: str
    severity: Severity
    owner: Owner
    condition: Condition
    message: str
    sustained: int = 0

    def __post_init__(self) -> None:
        if not self.message.strip():
            raise ValueError(f"alert {self.id} has no message; say what its reader notices and what is not lost")
        if self.sustained < 0:
            raise ValueError(f"alert {self.id} is sustained for {self.sustained} minutes; choose 0 or more")

    @property
    def promql(self) -> str:
        """The expression that Cloud Monitoring, the rehearsal and the tests evaluate."""
        return self.condition.promql

    @property
    def wakes(self) -> Wakes:
        """A warning can wait until morning, everything else cannot."""
        return Wakes.NOBODY if self.severity == "WARNING" else Wakes.ON_CALL

    @property
    def runbook(self) -> str:
        """What is wrong, and where it says what to do first."""
        return f"{self.message} What to do first: `{self.runbook_path}`."

    @property
    def runbook_path(self) -> str:
        """Where the runbook lies, below the project's folder."""
        return f"docs/runbooks/{self.id}.md"

    def notification(self, runbook: str, stack: str) -> str:
        """Return the whole text of a notification: the message, and the runbook with commands for the stack that fired.

        Raises ValueError if Cloud Monitoring would cut it off.
        """
        text = f"{self.message}\n\nWakes {self.wakes.value}.\n\n{runbook.replace(STACK, stack)}"
        if len(text) > LONGEST_MESSAGE:
            raise ValueError(
                f"the notification of {self.id} has {len(text)} characters, and Cloud Monitoring keeps "
                f"{LONGEST_MESSAGE}; shorten {self.runbook_path}"
            )
        return text
