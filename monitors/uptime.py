"""Uptime checks as values: what Google asks from outside, how often, and what counts as up or as down."""

from __future__ import annotations

from dataclasses import dataclass

from monitors.promql import Series

PASSED = "monitoring.googleapis.com/uptime_check/check_passed"
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


@dataclass(frozen=True)
class Unreachable:
    """From at least `places` of the world, none of the last `failures` checks passed.

    One failed check is a lost packet, and one place that fails is a trouble of that place: Google asks from six.
    """

    check: UptimeCheck
    places: int = 2
    failures: int = 3

    def __post_init__(self) -> None:
        if self.places < 2:
            raise ValueError(
                f"{self.check.id}: places is {self.places}; one alone may be cut off itself, choose 2 or more"
            )
        if self.failures < 2:
            raise ValueError(f"{self.check.id}: failures is {self.failures}; one is a lost packet, choose 2 or more")

    @property
    def promql(self) -> str:
        """The expression: from how many places nothing gets through, where there are enough."""
        passed = Series(PASSED, "uptime_url").where(host=self.check.host)
        minutes = self.failures * self.check.period // 60
        return f"count(max by (checker_location) ({passed.most(minutes)}) == 0) > {self.places - 1}"


EXPIRY = "monitoring.googleapis.com/uptime_check/time_until_ssl_cert_expires"
"""Days until the certificate that the check was shown ends (reference of Google Cloud metrics)."""
