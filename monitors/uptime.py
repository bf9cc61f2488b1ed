"""Uptime checks as values: what Google asks from outside, how often, and what counts as up."""

from __future__ import annotations

from dataclasses import dataclass

PERIODS = (60, 300, 600, 900)  # seconds; the API refuses others, and only when it is applied


@dataclass(frozen=True)
class UptimeCheck:
    """`https://HOST/PATH` answers 2xx with a valid certificate. `period` and `timeout` are in seconds."""

    id: str
    host: str
    path: str
    period: int = 60
    timeout: int = 10

    def __post_init__(self) -> None:
        if self.period not in PERIODS:
            raise ValueError(f"uptime check {self.id}: period is {self.period} s; choose one of {PERIODS}")
        if not 1 <= self.timeout <= min(60, self.period):
            raise ValueError(f"uptime check {self.id}: timeout is {self.timeout} s; choose 1 to 60, below the period")
        if not self.path.startswith("/"):
            raise ValueError(f"uptime check {self.id}: path {self.path!r} has to start with /")

    @property
    def url(self) -> str:
        """What is asked for."""
        return f"https://{self.host}{self.path}"
