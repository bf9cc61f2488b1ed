"""What a check found out, in the one form that verification, triage, flows and the handover share."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Status(StrEnum):
    """The four answers a check can give. Unknown is never a pass."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    WARN = "warn"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Finding:
    """One check's answer about one subject.

    `id` is dotted and stable (`mail.spf.single`), `subject` names what was looked at (a host, a record, a resource),
    `expected` and `observed` are sentences a founder understands, `evidence` is the raw proof, `fix` says what to do.
    `path` (relative to the scanned folder) and `line` (from 1) are set only for findings about a file.
    """

    id: str
    subject: str
    status: Status
    expected: str
    observed: str
    evidence: str = ""
    fix: str = ""
    path: str | None = None
    line: int | None = None

    def __post_init__(self) -> None:
        if self.status is not Status.PASS and not self.fix:
            raise ValueError(f"finding {self.id} about {self.subject} is {self.status} but names no fix")

    def to_json(self) -> str:
        """Return the finding as one JSON line, without the fields that are not set."""
        return json.dumps({key: value for key, value in asdict(self).items() if value is not None}, ensure_ascii=False)

    @classmethod
    def from_json(cls, line: str) -> Finding:
        """Read a finding back from its JSON line; raises ValueError or TypeError when it is not one."""
        fields: dict[str, Any] = json.loads(line)
        return cls(**{**fields, "status": Status(fields["status"])})


def verdict(findings: Iterable[Finding]) -> Status:
    """Return the one status of a whole run: the worst one found, and unknown when nothing was checked at all."""
    found = {finding.status for finding in findings}
    for status in (Status.FAIL, Status.UNKNOWN, Status.WARN, Status.PASS):
        if status in found:
            return status
    return Status.UNKNOWN
