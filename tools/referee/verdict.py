"""Holds Checkov's findings against what is explained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Explained = Mapping[tuple[str, str], str]


@dataclass(frozen=True)
class Verdict:
    """What Checkov said: how many checks passed, findings with and without a reason, and reasons without a finding."""

    passed: int
    explained: tuple[str, ...]
    unexplained: tuple[str, ...]
    stale: tuple[str, ...]

    @property
    def is_well(self) -> bool:
        """Whether everything is explained; a run that judged nothing is not well."""
        return self.passed > 0 and not self.unexplained and not self.stale


def judge(report: Mapping[str, Any], explained: Explained) -> Verdict:
    """Return the verdict on `checkov -o json`; `explained` has reasons by check and beginning of an address."""
    results = report.get("results") or {}
    failed = [
        (str(each["check_id"]), str(each["resource"]), str(each["check_name"]))
        for each in results.get("failed_checks", ())
    ]
    known = {reason for reason in explained for check, address, _ in failed if _fits(reason, check, address)}
    return Verdict(
        len(results.get("passed_checks", ())),
        tuple(f"{check} {address}" for check, address, _ in failed if _has_reason(explained, check, address)),
        tuple(
            f"{check} {address}: {name}"
            for check, address, name in failed
            if not _has_reason(explained, check, address)
        ),
        tuple(f"{check} {address}" for check, address in explained if (check, address) not in known),
    )


def _has_reason(explained: Explained, check: str, address: str) -> bool:
    return any(_fits(reason, check, address) for reason in explained)


def _fits(reason: tuple[str, str], check: str, address: str) -> bool:
    return reason[0] == check and address.startswith(reason[1])
