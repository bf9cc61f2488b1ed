"""Assembles the handover: every item with the state that its evidence gives it. No evidence, no tick."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from blueprint.finding import Finding, Status, verdict
from blueprint.outputs import Outputs
from checklists.items import ITEMS, Item
from checklists.signoffs import Signoff, SignoffError


class State(StrEnum):
    """Where an item stands. Only PROVEN and SIGNED are done."""

    PROVEN = "proven"
    SIGNED = "signed"
    WARNED = "works, to be mended"
    FAILED = "failed"
    UNKNOWN = "not checked"
    OPEN = "to be signed"


_BY_VERDICT = {
    Status.PASS: State.PROVEN,
    Status.WARN: State.WARNED,
    Status.FAIL: State.FAILED,
    Status.UNKNOWN: State.UNKNOWN,
}
DONE = (State.PROVEN, State.SIGNED)


@dataclass(frozen=True)
class Line:
    """One item with its state, the findings that prove it, the values it names, and its signature if there is one."""

    item: Item
    state: State
    findings: tuple[Finding, ...]
    details: tuple[str, ...]
    signoff: Signoff | None

    @property
    def done(self) -> bool:
        """Whether nothing is left to do."""
        return self.state in DONE


@dataclass(frozen=True)
class Handover:
    """The whole document. `rehearsal` says that everything was seen on the local cloud, not in production."""

    stack: str
    rehearsal: bool
    outputs: Outputs
    made_at: datetime
    lines: tuple[Line, ...]

    @property
    def sections(self) -> Mapping[str, Sequence[Line]]:
        """The lines by section, in their order."""
        grouped: dict[str, list[Line]] = {}
        for line in self.lines:
            grouped.setdefault(line.item.section, []).append(line)
        return grouped

    def count(self, *states: State) -> int:
        """Return how many lines are in one of the states."""
        return sum(line.state in states for line in self.lines)

    @property
    def done(self) -> int:
        """How many lines are done."""
        return self.count(*DONE)


def assemble(
    stack: str,
    rehearsal: bool,
    outputs: Outputs,
    findings: Iterable[Finding],
    signoffs: Mapping[str, Signoff],
    now: datetime,
) -> Handover:
    """Return the handover of a stack as its evidence stands at `now`."""
    known = tuple(findings)
    lines = tuple(_line(item, outputs, known, signoffs.get(item.id)) for item in ITEMS)
    return Handover(stack, rehearsal, outputs, now, lines)


def _line(item: Item, outputs: Outputs, findings: Sequence[Finding], signoff: Signoff | None) -> Line:
    proofs = tuple(finding for finding in findings if finding.id.startswith(item.proofs)) if item.proofs else ()
    return Line(item, _state(item, proofs, signoff), proofs, item.details(outputs), signoff)


def _state(item: Item, proofs: Sequence[Finding], signoff: Signoff | None) -> State:
    if not item.by_hand:
        return _BY_VERDICT[verdict(proofs)]
    return State.SIGNED if signoff else State.OPEN


def require_signable(handover: Handover, item_id: str) -> Line:
    """Return the line to sign; raises SignoffError when there is none, or its evidence does not bear a signature."""
    line = next((line for line in handover.lines if line.item.id == item_id), None)
    if line is None:
        known = ", ".join(line.item.id for line in handover.lines)
        raise SignoffError(f"there is no item {item_id}; the items are {known}")
    if not line.item.by_hand and line.state is not State.PROVEN:
        raise SignoffError(f"{item_id} is {line.state}; mend it and run `./launch up` before anybody signs it")
    return line
