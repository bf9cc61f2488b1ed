"""Decides how one item stands, from the evidence and the signatures that count at a moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from blueprint.finding import Finding, Status, verdict
from blueprint.outputs import Outputs
from checklists.canonical import digest
from checklists.evidence import Proof
from checklists.items import Detail, Item, proven_by
from checklists.record import Record
from checklists.signoffs import Signoff, Waiver
from checklists.subject import Subject


class ItemState(StrEnum):
    """Where an item stands. REHEARSED is what PROVEN is called on the local cloud, which proves less."""

    PROVEN = "proven"
    REHEARSED = "rehearsed"
    SIGNED = "signed"
    WARNED = "works, to be fixed"
    FAILED = "failed"
    UNKNOWN = "not checked"
    EXPIRED = "expired"
    OPEN = "to be signed"
    NOT_APPLICABLE = "not applicable"


class Result(StrEnum):
    """What an item comes to; only PASS and NA let a launch be ready."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    NA = "na"
    UNKNOWN = "unknown"


_BY_VERDICT = {
    Status.WARN: ItemState.WARNED,
    Status.FAIL: ItemState.FAILED,
    Status.UNKNOWN: ItemState.UNKNOWN,
}
WORST_FIRST = (ItemState.FAILED, ItemState.UNKNOWN, ItemState.EXPIRED, ItemState.WARNED)
DONE = (ItemState.PROVEN, ItemState.REHEARSED, ItemState.SIGNED)
_BAD = (ItemState.FAILED, ItemState.WARNED)


@dataclass(frozen=True)
class Evidence:
    """Where an item's proof lies, its digest, when the oldest part was taken, until when it counts, at which commit."""

    file: str
    digest: str
    taken_at: datetime
    valid_until: datetime
    commit: str


@dataclass(frozen=True)
class Line:
    """One item with its state, what was found about it, the values it names, and its signature if there is one.

    `missing` names proofs that the item asks for and nobody has, or that do not count any more; `reason` says why, in
    words, and for an item that does not apply why not. `by_hand` says that a person's signature closes it here, by the
    `steps`; `held` that it must not be done yet. `void` says why the signature does not count. `shown` is what a
    signature is for.
    """

    item: Item
    state: ItemState
    findings: tuple[Finding, ...]
    missing: tuple[str, ...]
    details: tuple[Detail, ...]
    signoff: Signoff | None
    by_hand: bool = False
    reason: str = ""
    void: str = ""
    waiver: Waiver | None = None
    steps: tuple[str, ...] = ()
    shown: str = ""
    evidence: Evidence | None = None
    valid_until: datetime | None = None
    held: bool = False

    @property
    def done(self) -> bool:
        """Whether nothing is left to do."""
        return self.state in DONE

    @property
    def result(self) -> Result:
        """What the item comes to."""
        if self.state is ItemState.NOT_APPLICABLE:
            return Result.NA
        if self.done:
            return Result.PASS
        return Result.FAIL if self.state in _BAD else Result.UNKNOWN

    @property
    def ready(self) -> bool:
        """Whether it lets the launch be ready: done, not applicable, or waived for now."""
        return self.result in (Result.PASS, Result.NA) or self.waiver is not None

    @property
    def passed(self) -> int:
        """How many of the findings are good."""
        return sum(finding.status is Status.PASS for finding in self.findings)

    @property
    def command(self) -> str:
        """The command that proves it, or by which a person says that it is done."""
        return f"./launch checklist sign {self.item.id}" if self.by_hand else self.item.proven_with

    @property
    def expected(self) -> str:
        """What has to be so, in words."""
        return "; ".join(dict.fromkeys(one.expected for one in self.findings)) or self.item.title

    @property
    def signature_is_void(self) -> bool:
        """Whether somebody signed what counts for nothing by now."""
        return self.signoff is not None and (bool(self.void) or not self.done)


@dataclass(frozen=True)
class Sight:
    """All that a line is decided from; `more` are further details by item."""

    subject: Subject
    outputs: Outputs
    record: Record
    now: datetime
    more: Mapping[str, tuple[Detail, ...]] = field(default_factory=dict)


def line(item: Item, sight: Sight) -> Line:
    """Return how an item stands."""
    details = (*item.details(sight.outputs), *sight.more.get(item.id, ()))
    if reason := item.not_applicable(sight.outputs):
        return Line(item, ItemState.NOT_APPLICABLE, (), (), (), None, reason=reason)
    proofs = _proofs(item, sight.record.proofs)
    bare = _bare(item, details, sight)
    if item.by_hand or (item.played and not sight.subject.rehearsal and not proofs):
        return _by_hand(bare, sight)
    return _by_machine(bare, proofs, sight)


def seen(item: Item, findings: Sequence[Finding], sight: Sight) -> Line:
    """Return how an item stands by findings that were made just now and are kept nowhere."""
    state = _proven(verdict(findings), is_incomplete=False, is_old=False, is_rehearsal=sight.subject.rehearsal)
    return replace(_bare(item, item.details(sight.outputs), sight), state=state, findings=tuple(findings))


def _bare(item: Item, details: tuple[Detail, ...], sight: Sight) -> Line:
    """Return a line with everything that does not depend on who closes it."""
    shown, signed = _shown(item, details), sight.record.signatures.get(item.id)
    waived = sight.record.waivers.get(item.id)
    return Line(
        item,
        ItemState.OPEN,
        (),
        (),
        details,
        signed,
        void=signed.void(sight.subject, shown) if signed else "",
        waiver=waived if waived and waived.holds(sight.subject, sight.now.date()) else None,
        steps=_steps(item.steps, sight.subject.stack),
        shown=shown,
    )


def _steps(steps: tuple[str, ...], stack: str) -> tuple[str, ...]:
    """Return the steps with the stack's own name; a rehearsal shows those of production."""
    return tuple(step.replace("--stack prod", f"--stack {stack}") for step in steps) if stack != "local" else steps


def _by_hand(bare: Line, sight: Sight) -> Line:
    item, signed = bare.item, bare.signoff
    if holding := [proof.finding for proof in sight.record.proofs if holds(item, proof.finding)]:
        return _held(bare, holding)
    until = signed.time + item.lasts if signed and item.lasts else None
    state, reason = ItemState.OPEN, ""
    if signed and not bare.void:
        state = ItemState.SIGNED
        if until and until <= sight.now:
            state, reason = ItemState.EXPIRED, f"the signature counted until {until:%Y-%m-%d}"
    asides = tuple(proof.finding for proof in sight.record.proofs if proof.finding.id in item.asides)
    steps = bare.steps or ((item.production,) if item.played else ())
    return replace(bare, state=state, reason=reason, findings=asides, steps=steps, by_hand=True, valid_until=until)


def holds(item: Item, finding: Finding) -> bool:
    """Return whether a finding says that a person must not do the item's step yet."""
    return finding.id in item.held_by and finding.status in (Status.FAIL, Status.UNKNOWN)


def _held(bare: Line, holding: Sequence[Finding]) -> Line:
    """Return the line without its steps and values, which would be taken for something to do."""
    state = _BY_VERDICT[verdict(holding)]
    reason = "not yet: it waits for what is told here"
    return replace(
        bare, state=state, reason=reason, findings=tuple(holding), steps=(), details=(), by_hand=True, held=True
    )


def _by_machine(bare: Line, proofs: Sequence[Proof], sight: Sight) -> Line:
    item = bare.item
    fresh = [proof for proof in proofs if proof.valid_until > sight.now]
    missing = tuple(one for one in item.proofs if not any(proven_by(one, proof.finding.id) for proof in fresh))
    is_old = len(fresh) < len(proofs)
    state = _proven(verdict(proof.finding for proof in fresh), bool(missing), is_old, sight.subject.rehearsal)
    asides = (proof for proof in sight.record.proofs if missing and proof.finding.id in item.asides)
    evidence = _evidence(proofs, sight.record)
    return replace(
        bare,
        state=state,
        findings=tuple(proof.finding for proof in (*proofs, *asides)),
        missing=missing,
        reason=_reason(state, missing, evidence, sight.record),
        evidence=evidence,
        valid_until=evidence.valid_until if evidence else None,
    )


def _proofs(item: Item, known: Sequence[Proof]) -> list[Proof]:
    wanted = (*item.proofs, *item.extras)
    return [proof for proof in known if any(proven_by(each, proof.finding.id) for each in wanted)]


def _proven(found: Status, is_incomplete: bool, is_old: bool, is_rehearsal: bool) -> ItemState:
    if found is Status.FAIL:
        return ItemState.FAILED
    if is_old:
        return ItemState.EXPIRED
    if is_incomplete:
        return ItemState.UNKNOWN
    good = ItemState.REHEARSED if is_rehearsal else ItemState.PROVEN
    return good if found is Status.PASS else _BY_VERDICT[found]


def _reason(state: ItemState, missing: Sequence[str], evidence: Evidence | None, record: Record) -> str:
    if state is ItemState.EXPIRED and evidence:
        return f"the evidence counted until {evidence.valid_until:%Y-%m-%d}"
    if state is ItemState.UNKNOWN:
        return next((why for proof in missing if (why := record.refusal(proof))), "")
    return ""


def _evidence(proofs: Sequence[Proof], record: Record) -> Evidence | None:
    if not proofs:
        return None
    sources = {source.name: source for proof in proofs if (source := record.source(proof.finding.id))}
    kept = list(sources.values())
    return Evidence(
        " and ".join(one.file for one in kept),
        " ".join(one.digest for one in kept),
        min(proof.taken_at for proof in proofs),
        min(proof.valid_until for proof in proofs),
        next((one.sheet.commit for one in kept if one.sheet), ""),
    )


def _shown(item: Item, details: Sequence[Detail]) -> str:
    """Return the digest of what a person sees when they sign: the item's own words, and every value it names."""
    values = [[detail.label, detail.text] for detail in details if detail.is_signed]
    return digest({"item": item.id, "title": item.title, "steps": list(item.steps), "values": values})
