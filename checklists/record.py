"""What is kept of a handover beside the stack's state: evidence, signatures, waivers, answers, and dates of secrets.

Several people and CI may keep something at the same moment. Each file is changed from what it holds at that moment, so
nothing that another kept is lost; see Store.change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, NamedTuple, Protocol

from blueprint.finding import Finding
from checklists import evidence, signoffs
from checklists.canonical import digest
from checklists.evidence import LASTS, EvidenceError, Kept, Proof, Sheet, file_of
from checklists.signoffs import Signoff, SignoffError, Waiver
from checklists.subject import Subject

REGISTER, SIGNED, WAIVED, ANSWERS, FACTS = "register", "signatures", "waivers", "accounts", "facts"
"""What lies in the record beside the sheets of evidence; see `file`."""


class Change(NamedTuple):
    """The values of a file before and after a change; before is None where there was no file."""

    before: Any
    after: Any


class Store(Protocol):
    """Where the record is: JSON values by name, on this machine, in the repository or in the state's bucket."""

    @property
    def where(self) -> str:
        """The place, as a person finds it."""
        ...

    def get(self, name: str) -> Any:
        """Return the values that were kept by that name, None when there are none; raises ValueError if not JSON."""
        ...

    def change(self, name: str, make: Callable[[Any], Any]) -> Change:
        """Keep what `make` returns for the values that are there, or for None where there are none.

        Nobody else's change is lost: `make` is called again when the values became others meanwhile. What it raises is
        raised, and then nothing is kept; raises ValueError where what is there is not JSON.
        """
        ...

    def put(self, name: str, values: Any) -> None:
        """Keep values by a name that nobody else writes to."""
        ...

    def remove(self, name: str) -> None:
        """Remove what was kept by that name; nothing happens where there is nothing."""
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
    found, written = evidence.by_sheet(findings, now), set()

    def renewed(values: Any) -> dict[str, str]:
        register = dict(_checked(values, store, REGISTER))
        for name, proofs in found.items():
            former = _former(store, name, register, taken)
            fresh = evidence.renewed(former, replace(taken, proofs=tuple(proofs)), replaces, now)
            if fresh.proofs == (former.proofs if former else ()):
                continue
            sheet = fresh.to_values()
            register[name] = digest(sheet)
            written.add(file_of(name, register[name]))
            store.put(file_of(name, register[name]), sheet)
        return register

    was, is_ = _change(store, REGISTER, renewed)
    for old in sorted((written | _files(was or {})) - _files(is_)):
        store.remove(old)


def sign(store: Store, item: str, signed: Signoff) -> None:
    """Keep one signature, in place of an earlier one of the same item; raises SignoffError for a broken file."""

    def signed_too(values: Any) -> dict[str, Any]:
        others = signoffs.signatures(values, _at(store, SIGNED))
        return {key: one.to_values() for key, one in {**others, item: signed}.items()}

    _change(store, SIGNED, signed_too)


def waive(store: Store, item: str, waived: Waiver) -> None:
    """Keep one waiver, in place of an earlier one of the same item; raises SignoffError for a broken file."""

    def waived_too(values: Any) -> dict[str, Any]:
        others = signoffs.waivers(values, _at(store, WAIVED))
        return {key: one.to_values() for key, one in {**others, item: waived}.items()}

    _change(store, WAIVED, waived_too)


def answer(store: Store, account: str, answers: Mapping[str, str]) -> None:
    """Keep what is known of one account."""
    _change(store, ANSWERS, lambda values: {**_checked(values, store, ANSWERS), account: dict(answers)})


def keep_facts(store: Store, newest: Mapping[str, str] | None, dmarc_policy: str, today: date) -> None:
    """Keep when each secret's newest version was made (None where nobody could ask), and since when DMARC says so."""

    def seen_too(values: Any) -> dict[str, Any]:
        facts = dict(_checked(values, store, FACTS))
        if newest is not None:
            facts["secrets"] = dict(newest)
        if facts.get("dmarc", {}).get("policy") != dmarc_policy:
            facts["dmarc"] = {"policy": dmarc_policy, "since": today.isoformat()}
        return facts

    _change(store, FACTS, seen_too)


def snapshot(store: Store, name: str) -> Any:
    """Return the handover that was kept by that name as values, None when none was."""
    return _values(store, name)


def keep_snapshot(store: Store, name: str, values: Mapping[str, Any]) -> None:
    """Keep a handover as values, to compare a later one with it."""
    _change(store, name, lambda _: dict(values))


def _former(store: Store, name: str, register: Mapping[str, str], taken: Sheet) -> Sheet | None:
    """Return a sheet that can be relied on, None where there is none: what was tampered with is not carried on."""
    if name not in register:
        return None
    kept = _sheet(store, name, register[name], taken.subject, taken.deployment)
    return None if kept.refused else kept.sheet


def _sheets(store: Store, now: Subject, deployment: str) -> tuple[Kept, ...]:
    register = _mapping(store, REGISTER)
    kept = _registered(store, register, now, deployment)
    if any(one.is_gone for one in kept) and (newer := _mapping(store, REGISTER)) != register:
        return _registered(store, newer, now, deployment)  # somebody renewed it between our two questions
    return kept


def _registered(store: Store, register: Mapping[str, str], now: Subject, deployment: str) -> tuple[Kept, ...]:
    return tuple(_sheet(store, name, register[name], now, deployment) for name in LASTS if name in register)


def _sheet(store: Store, name: str, expected: str, now: Subject, deployment: str) -> Kept:
    at = file_of(name, expected)
    try:
        values = store.get(at)
    except ValueError as error:
        return Kept(name, at, refused=f"{at} was changed after it was taken ({error})")
    return evidence.read(name, values, expected, now, deployment)


def _files(register: Mapping[str, str]) -> set[str]:
    return {file_of(name, digest) for name, digest in register.items()}


def _values(store: Store, name: str) -> Any:
    with _reading(store, name):
        return store.get(file(name))


def _change(store: Store, name: str, make: Callable[[Any], Any]) -> Change:
    with _reading(store, name):
        return store.change(file(name), make)


@contextmanager
def _reading(store: Store, name: str) -> Iterator[None]:
    try:
        yield
    except (SignoffError, EvidenceError):
        raise
    except ValueError as error:
        raise SignoffError(f"{_at(store, name)} is not JSON ({error}); fix it or move it away") from error


def _mapping(store: Store, name: str) -> Mapping[str, Any]:
    return _checked(_values(store, name), store, name)


def _checked(values: Any, store: Store, name: str) -> Mapping[str, Any]:
    if values is not None and not isinstance(values, Mapping):
        raise EvidenceError(f"{_at(store, name)} is not a mapping; fix it or move it away")
    return values or {}


def _at(store: Store, name: str) -> str:
    return f"{store.where}/{file(name)}"
