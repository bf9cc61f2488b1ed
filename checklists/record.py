"""What is kept of a handover beside the stack's state: evidence, signatures, waivers, answers, and dates of secrets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Protocol

from blueprint.finding import Finding
from checklists import evidence, signoffs
from checklists.canonical import digest
from checklists.evidence import LASTS, EvidenceError, Kept, Proof, Sheet, file_of
from checklists.signoffs import Signoff, SignoffError, Waiver
from checklists.subject import Subject

REGISTER, SIGNED, WAIVED, ANSWERS, FACTS = "register", "signatures", "waivers", "accounts", "facts"
"""What lies in the record beside the sheets of evidence; see `file`."""


class Store(Protocol):
    """Where the record is: JSON values by name, on this machine, in the repository or in the state's bucket."""

    @property
    def where(self) -> str:
        """The place, as a person finds it."""
        ...

    def get(self, name: str) -> Any:
        """Return the values that were kept by that name, None when there are none; raises ValueError if not JSON."""
        ...

    def put(self, name: str, values: Any) -> None:
        """Keep values by that name, in place of those before."""
        ...


@dataclass(frozen=True)
class Record:
    """All that is kept of one stack's handover.

    `answers` are by account and question, `secrets` when each one's newest version was made (ISO 8601),
    `dmarc_since` the day on which DMARC's policy was first seen as it is.
    """

    kept: tuple[Kept, ...] = ()
    signatures: Mapping[str, Signoff] = field(default_factory=dict)
    waivers: Mapping[str, Waiver] = field(default_factory=dict)
    answers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    dmarc_since: str = ""

    @property
    def proofs(self) -> tuple[Proof, ...]:
        """The findings of the sheets that can be relied on."""
        return tuple(proof for one in self.kept if one.sheet and not one.refused for proof in one.sheet.proofs)

    def refusal(self, proof: str) -> str:
        """Return why the sheet that a proof would be in is not relied on, nothing where it is or there is none."""
        name = evidence.sheet_of(proof)
        return next((one.refused for one in self.kept if one.name == name), "")

    def source(self, finding_id: str) -> Kept | None:
        """Return the sheet that a finding lies in."""
        name = evidence.sheet_of(finding_id)
        return next((one for one in self.kept if one.name == name), None)


def file(name: str) -> str:
    """Return the file of a part of the record."""
    return f"{name}.json"


def load(store: Store, now: Subject, deployment: str) -> Record:
    """Return the record as far as it holds for this launch; raises SignoffError where a file of it is broken."""
    facts = _mapping(store, FACTS)
    return Record(
        _sheets(store, now, deployment),
        signoffs.signatures(_values(store, SIGNED), _at(store, SIGNED)),
        signoffs.waivers(_values(store, WAIVED), _at(store, WAIVED)),
        _mapping(store, ANSWERS),
        facts.get("secrets", {}),
        facts.get("dmarc", {}).get("since", ""),
    )


def keep_findings(
    store: Store, taken: Sheet, findings: Sequence[Finding], replaces: Callable[[str], bool], now: datetime
) -> None:
    """Keep findings that were just made in their sheets, and register those.

    `taken` says of what, by which command and at which commit; `replaces` which ids of earlier findings they replace.
    """
    register = dict(_mapping(store, REGISTER))
    for name, proofs in evidence.by_sheet(findings, now).items():
        former = _former(store, name, register, taken)
        fresh = evidence.renewed(former, replace(taken, proofs=tuple(proofs)), replaces, now)
        if fresh.proofs == (former.proofs if former else ()):
            continue
        values = fresh.to_values()
        store.put(file_of(name), values)
        register[name] = digest(values)
    store.put(file(REGISTER), register)


def sign(store: Store, item: str, signed: Signoff) -> None:
    """Keep one signature, in place of an earlier one of the same item; raises SignoffError for a broken file."""
    others = signoffs.signatures(_values(store, SIGNED), _at(store, SIGNED))
    store.put(file(SIGNED), {key: one.to_values() for key, one in {**others, item: signed}.items()})


def waive(store: Store, item: str, waived: Waiver) -> None:
    """Keep one waiver, in place of an earlier one of the same item; raises SignoffError for a broken file."""
    others = signoffs.waivers(_values(store, WAIVED), _at(store, WAIVED))
    store.put(file(WAIVED), {key: one.to_values() for key, one in {**others, item: waived}.items()})


def answer(store: Store, account: str, answers: Mapping[str, str]) -> None:
    """Keep what is known of one account."""
    store.put(file(ANSWERS), {**_mapping(store, ANSWERS), account: dict(answers)})


def keep_facts(store: Store, newest: Mapping[str, str] | None, dmarc_policy: str, today: date) -> None:
    """Keep when each secret's newest version was made (None where nobody could ask), and since when DMARC says so."""
    facts = dict(_mapping(store, FACTS))
    if newest is not None:
        facts["secrets"] = dict(newest)
    if facts.get("dmarc", {}).get("policy") != dmarc_policy:
        facts["dmarc"] = {"policy": dmarc_policy, "since": today.isoformat()}
    store.put(file(FACTS), facts)


def snapshot(store: Store, name: str) -> Any:
    """Return the handover that was kept by that name as values, None when none was."""
    return _values(store, name)


def keep_snapshot(store: Store, name: str, values: Mapping[str, Any]) -> None:
    """Keep a handover as values, to compare a later one with it."""
    store.put(file(name), dict(values))


def _former(store: Store, name: str, register: Mapping[str, str], taken: Sheet) -> Sheet | None:
    """Return a sheet that can be relied on, None where there is none: what was tampered with is not carried on."""
    if name not in register:
        return None
    kept = evidence.read(name, store.get(file_of(name)), register[name], taken.subject, taken.deployment)
    return None if kept.refused else kept.sheet


def _sheets(store: Store, now: Subject, deployment: str) -> tuple[Kept, ...]:
    register = _mapping(store, REGISTER)
    return tuple(_sheet(store, name, register[name], now, deployment) for name in LASTS if name in register)


def _sheet(store: Store, name: str, expected: str, now: Subject, deployment: str) -> Kept:
    try:
        values = store.get(file_of(name))
    except ValueError as error:
        return Kept(name, refused=f"{file_of(name)} was changed after it was taken ({error})")
    return evidence.read(name, values, expected, now, deployment)


def _values(store: Store, name: str) -> Any:
    try:
        return store.get(file(name))
    except ValueError as error:
        raise SignoffError(f"{_at(store, name)} is not JSON ({error}); fix it or move it away") from error


def _mapping(store: Store, name: str) -> Mapping[str, Any]:
    values = _values(store, name)
    if values is not None and not isinstance(values, Mapping):
        raise EvidenceError(f"{_at(store, name)} is not a mapping; fix it or move it away")
    return values or {}


def _at(store: Store, name: str) -> str:
    return f"{store.where}/{file(name)}"
