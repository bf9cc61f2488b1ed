"""What was verified from outside, area by area: all checks that ran, whether or not an item takes them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from blueprint.finding import Finding, Status

# The first word of a finding's id → the area's title. Flows and criteria are played, not verified: items tell of them.
AREAS = {
    "dns": "Delegation and DNS",
    "mail": "E-mail",
    "tls": "TLS",
    "web": "Web and edge",
    "uptime": "Uptime",
    "rules": "Security rules",
}
WORST_FIRST = (Status.FAIL, Status.UNKNOWN, Status.WARN, Status.PASS)


@dataclass(frozen=True)
class Area:
    """One area with its findings, the worst first."""

    title: str
    findings: tuple[Finding, ...]

    @property
    def counts(self) -> str:
        """How many checks came out how, in words."""
        words = {Status.FAIL: "failed", Status.UNKNOWN: "could not be checked", Status.WARN: "to be fixed"}
        bad = [f"{count} {word}" for status, word in words.items() if (count := self._count(status))]
        return ", ".join([f"{self._count(Status.PASS)} of {len(self.findings)} checks passed", *bad])

    def _count(self, status: Status) -> int:
        return sum(finding.status is status for finding in self.findings)


def areas(findings: Iterable[Finding]) -> tuple[Area, ...]:
    """Return the areas in which something was verified."""
    ordered = sorted(findings, key=lambda finding: WORST_FIRST.index(finding.status))
    by_area = {word: tuple(one for one in ordered if one.id.partition(".")[0] == word) for word in AREAS}
    return tuple(Area(AREAS[word], found) for word, found in by_area.items() if found)
