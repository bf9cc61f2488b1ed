"""What was found, kept so that a second machine can tell whether it still counts: of what, when, at which commit.

Findings lie in sheets, one for each way of finding out. The register holds each sheet's digest, so a sheet that was
changed afterwards is refused. A sheet's file is named after its digest and never written twice, so two runs at once
cannot mix theirs. Nothing here reads a clock or a file.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from blueprint.finding import Finding
from blueprint.outputs import Outputs
from checklists import subject as subjects
from checklists.canonical import digest
from checklists.subject import Subject

VERIFIED = "verified"
SHEETS: Mapping[str, str] = {"flow.": "flows", "accept.": "accepted"}
"""Beginning of a finding's id → the sheet it lies in; all others were verified from outside."""
LASTS: Mapping[str, timedelta] = {
    VERIFIED: timedelta(days=10),  # a workflow verifies every week, and may be late
    "flows": timedelta(days=90),
    "accepted": timedelta(days=90),
}
"""How long a finding counts. What was played counts as long as nothing changes, and for a quarter at most."""


class EvidenceError(ValueError):
    """A sheet or the register is not one; the message says which."""


@dataclass(frozen=True)
class Proof:
    """A finding and when it was found."""

    finding: Finding
    taken_at: datetime

    @property
    def sheet(self) -> str:
        """The sheet it lies in."""
        return sheet_of(self.finding.id)

    @property
    def valid_until(self) -> datetime:
        """When it stops to count."""
        return self.taken_at + LASTS[self.sheet]


@dataclass(frozen=True)
class Sheet:
    """Findings about one deployment of one launch: `deployment` is the digest of the outputs, `commit` the program's.

    `command` is what found them out.
    """

    subject: Subject
    deployment: str
    commit: str
    command: str
    proofs: tuple[Proof, ...]

    def to_values(self) -> dict[str, Any]:
        """Return the sheet as JSON values."""
        found = [{"taken_at": _moment(one.taken_at), **json.loads(one.finding.to_json())} for one in self.proofs]
        return {
            "subject": self.subject.to_values(),
            "deployment": self.deployment,
            "commit": self.commit,
            "command": self.command,
            "findings": found,
        }


@dataclass(frozen=True)
class Kept:
    """A sheet as it was read: its name, where it lies in the record, and its digest now.

    `refused` says why nothing in it counts, and `is_gone` that it is registered and not there.
    """

    name: str
    file: str
    digest: str = ""
    sheet: Sheet | None = None
    refused: str = ""
    is_gone: bool = False


def file_of(sheet: str, digest: str) -> str:
    """Return where the sheet of this digest lies in the record."""
    return f"evidence/{sheet}-{digest[:12]}.json"


def sheet_of(finding_id: str) -> str:
    """Return the sheet that a finding of this id, or a beginning of ids, lies in."""
    return next((sheet for start, sheet in SHEETS.items() if finding_id.startswith(start)), VERIFIED)


def deployment_of(outputs: Outputs) -> str:
    """Return the digest of what a stack promises: another image, redirect or record makes another deployment."""
    return digest(outputs.model_dump(mode="json", exclude_defaults=True))


def read(name: str, values: Any, expected: str, now: Subject, deployment: str) -> Kept:
    """Return a sheet as far as it can be relied on: unchanged since it was registered, and of this very deployment."""
    file = file_of(name, expected)
    if values is None:
        return Kept(name, file, refused=f"{file} is registered, and is not there", is_gone=True)
    if digest(values) != expected:
        why = f"{file} was changed after it was taken (its hash does not match)"
        return Kept(name, file, digest(values), refused=why)
    try:
        sheet = _parse(values)
    except (KeyError, TypeError, ValueError) as error:
        return Kept(name, file, expected, refused=f"{file} holds no evidence ({error})")
    return Kept(name, file, expected, sheet, _refusal(sheet, now, deployment))


def _refusal(sheet: Sheet, now: Subject, deployment: str) -> str:
    if foreign := sheet.subject.difference(now):
        return f"the evidence does not count here: {foreign}"
    if sheet.deployment != deployment:
        return "the stack has changed since the evidence was taken"
    return ""


def renewed(former: Sheet | None, fresh: Sheet, replaces: Callable[[str], bool], now: datetime) -> Sheet:
    """Return the fresh findings, with those of the former sheet that they do not replace and that still count."""
    is_same = former is not None and (former.subject, former.deployment) == (fresh.subject, fresh.deployment)
    old = former.proofs if former and is_same else ()
    kept = (proof for proof in old if not replaces(proof.finding.id) and proof.valid_until > now)
    return Sheet(fresh.subject, fresh.deployment, fresh.commit, fresh.command, (*kept, *fresh.proofs))


def by_sheet(findings: Iterable[Finding], now: datetime) -> Mapping[str, Sequence[Proof]]:
    """Return the findings by the sheet they belong in, all taken now."""
    sorted_: dict[str, list[Proof]] = {name: [] for name in LASTS}
    for finding in findings:
        sorted_[sheet_of(finding.id)].append(Proof(finding, now))
    return sorted_


def _parse(values: Any) -> Sheet:
    proofs = tuple(_proof(dict(one)) for one in values["findings"])
    subject = subjects.parse(values["subject"])
    return Sheet(subject, values["deployment"], values["commit"], values["command"], proofs)


def _proof(values: dict[str, Any]) -> Proof:
    taken_at = datetime.fromisoformat(values.pop("taken_at"))
    return Proof(Finding.from_json(json.dumps(values)), taken_at)


def _moment(time: datetime) -> str:
    return time.isoformat(timespec="seconds")
