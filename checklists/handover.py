"""Assembles the handover: every item with the state that its evidence gives it. No evidence, no tick."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import get_close_matches
from enum import StrEnum

from blueprint.finding import Finding, Status, verdict
from blueprint.outputs import Outputs
from checklists.acceptance_items import ACCEPTED
from checklists.checked_items import CHECKED
from checklists.items import Detail, Item, Owner, proven_by
from checklists.signed_items import SIGNED
from checklists.signoffs import Signoff, SignoffError
from checklists.verification_areas import Area, areas

ITEMS: tuple[Item, ...] = (*CHECKED, *ACCEPTED, *SIGNED)


class ItemState(StrEnum):
    """Where an item stands. REHEARSED is what PROVEN is called on the local cloud, which proves less."""

    PROVEN = "proven"
    REHEARSED = "rehearsed"
    SIGNED = "signed"
    WARNED = "works, to be fixed"
    FAILED = "failed"
    UNKNOWN = "not checked"
    OPEN = "to be signed"


_BY_VERDICT = {
    Status.WARN: ItemState.WARNED,
    Status.FAIL: ItemState.FAILED,
    Status.UNKNOWN: ItemState.UNKNOWN,
}
WORST_FIRST = (ItemState.FAILED, ItemState.UNKNOWN, ItemState.WARNED)
DONE = (ItemState.PROVEN, ItemState.REHEARSED, ItemState.SIGNED)


@dataclass(frozen=True)
class Line:
    """One item with its state, what was found about it, the values it names, and its signature if there is one.

    `missing` names proofs that the item asks for and nobody has.
    """

    item: Item
    state: ItemState
    findings: tuple[Finding, ...]
    missing: tuple[str, ...]
    details: tuple[Detail, ...]
    signoff: Signoff | None

    @property
    def done(self) -> bool:
        """Whether nothing is left to do."""
        return self.state in DONE

    @property
    def passed(self) -> int:
        """How many of the findings are good."""
        return sum(finding.status is Status.PASS for finding in self.findings)

    @property
    def signature_is_void(self) -> bool:
        """Whether somebody signed what the evidence contradicts by now."""
        return self.signoff is not None and not self.done


@dataclass(frozen=True)
class Handover:
    """The whole document. `rehearsal` says that everything was seen on the local cloud, not in production.

    `checked_at` is when checks last ran, None when they never did; `verified` is all that was seen from outside.
    """

    stack: str
    rehearsal: bool
    outputs: Outputs
    made_at: datetime
    checked_at: datetime | None
    lines: tuple[Line, ...]
    verified: tuple[Area, ...] = ()

    @property
    def sections(self) -> Mapping[str, Sequence[Line]]:
        """The lines by section, in their order."""
        grouped: dict[str, list[Line]] = {}
        for line in self.lines:
            grouped.setdefault(line.item.section, []).append(line)
        return grouped

    @property
    def done(self) -> int:
        """How many lines are done."""
        return sum(line.done for line in self.lines)

    @property
    def open(self) -> tuple[Line, ...]:
        """The lines that wait for a signature."""
        return tuple(line for line in self.lines if line.state is ItemState.OPEN)

    @property
    def unproven(self) -> tuple[Line, ...]:
        """The lines whose evidence is bad or lacking, the worst first."""
        return tuple(line for state in WORST_FIRST for line in self.lines if line.state is state)

    @property
    def bad(self) -> bool:
        """Whether the evidence speaks against a line, rather than being lacking."""
        return any(line.state in (ItemState.FAILED, ItemState.WARNED) for line in self.lines)

    @property
    def proving(self) -> tuple[str, ...]:
        """The commands that bring the proofs that are lacking."""
        return tuple(dict.fromkeys(line.item.proven_with for line in self.unproven))

    @property
    def left(self) -> Mapping[Owner, Sequence[Line]]:
        """What is left to do, by who has to do it; what is broken comes first."""
        undone = (*self.unproven, *self.open)
        return {owner: [line for line in undone if line.item.owner is owner] for owner in Owner}


def assemble(
    stack: str,
    rehearsal: bool,
    outputs: Outputs,
    findings: Iterable[Finding],
    signoffs: Mapping[str, Signoff],
    now: datetime,
    checked_at: datetime | None = None,
) -> Handover:
    """Return the handover of a stack as its evidence stands at `now`; the findings are as old as `checked_at` says."""
    known = tuple(findings)
    good = ItemState.REHEARSED if rehearsal else ItemState.PROVEN
    items = tuple(_of(stack, item, rehearsal) for item in ITEMS if item.applies(outputs))
    lines = tuple(_line(item, outputs, known, signoffs.get(item.id), good) for item in items)
    return Handover(stack, rehearsal, outputs, now, checked_at, lines, areas(known))


def _of(stack: str, item: Item, rehearsal: bool) -> Item:
    """Return the item with the commands of its steps for this stack; a rehearsal shows those for production."""
    if rehearsal:
        return item
    return replace(item, steps=tuple(step.replace("--stack prod", f"--stack {stack}") for step in item.steps))


def _line(item: Item, outputs: Outputs, findings: Sequence[Finding], signoff: Signoff | None, good: ItemState) -> Line:
    wanted = (*item.proofs, *item.extras)
    proofs = tuple(finding for finding in findings if any(proven_by(each, finding.id) for each in wanted))
    missing = tuple(proof for proof in item.proofs if not any(proven_by(proof, found.id) for found in proofs))
    state = _signed(signoff) if item.by_hand else _proven(verdict(proofs), bool(missing), good)
    asides = tuple(finding for finding in findings if missing and finding.id in item.asides)
    return Line(item, state, (*proofs, *asides), missing, item.details(outputs), signoff)


def _signed(signoff: Signoff | None) -> ItemState:
    return ItemState.SIGNED if signoff else ItemState.OPEN


def _proven(found: Status, is_incomplete: bool, good: ItemState) -> ItemState:
    if is_incomplete and found is not Status.FAIL:
        return ItemState.UNKNOWN
    return good if found is Status.PASS else _BY_VERDICT[found]


def require_signable(handover: Handover, item_id: str) -> Line:
    """Return the line to sign; raises SignoffError when there is none, or its evidence does not bear a signature."""
    line = next((line for line in handover.lines if line.item.id == item_id), None)
    if line is None:
        known = [line.item.id for line in handover.lines]
        near = " or ".join(get_close_matches(item_id, known))
        hint = f"did you mean {near}? The" if near else "the"
        raise SignoffError(f"there is no item {item_id}; {hint} items are {', '.join(known)}")
    if not line.item.by_hand and not line.done:
        raise SignoffError(f"{item_id} is {line.state}; fix it and run `./launch up` before anybody signs it")
    return line
