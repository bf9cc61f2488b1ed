"""Assembles the handover: every item with the state that its evidence gives it. No evidence, no tick."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches

from blueprint.finding import Finding
from blueprint.outputs import Outputs
from blueprint.spec import Spec
from checklists import accounts, lines
from checklists.acceptance_items import ACCEPTED
from checklists.accounts import Known
from checklists.app_items import EXEMPTIONS, exemptions
from checklists.checked_items import CHECKED
from checklists.items import Item, Level, Owner
from checklists.lines import WORST_FIRST, ItemState, Line, Sight
from checklists.record import Record
from checklists.signed_items import SIGNED
from checklists.signoffs import SignoffError
from checklists.subject import Subject
from checklists.verification_areas import Area, areas

__all__ = ["ItemState", "Line"]  # which the document's readers find here
ITEMS: tuple[Item, ...] = (*CHECKED, *ACCEPTED, *SIGNED)


@dataclass(frozen=True)
class Handover:
    """The whole document: what a stack is (`outputs`, `spec`), and how its items stand at `made_at`.

    `verified` is all that was seen from outside. `accounts` are known as far as somebody has answered. `commit` is the
    program's. `runbooks` are Markdown, by the alert or the trouble.
    """

    subject: Subject
    outputs: Outputs
    made_at: datetime
    record: Record
    lines: tuple[Line, ...]
    verified: tuple[Area, ...] = ()
    spec: Spec | None = None
    accounts: tuple[Known, ...] = ()
    commit: str = ""
    runbooks: Mapping[str, str] = field(default_factory=dict)

    @property
    def stack(self) -> str:
        """The stack's name."""
        return self.subject.stack

    @property
    def flag(self) -> str:
        """What to add to a command so that it means this stack."""
        return "" if self.stack == "local" else f" --stack {self.stack}"

    @property
    def rehearsal(self) -> bool:
        """Whether everything was seen on the local cloud, not in production."""
        return self.subject.rehearsal

    @property
    def checked_at(self) -> datetime | None:
        """When something was last found out, None when nothing ever was."""
        return max((proof.taken_at for proof in self.record.proofs), default=None)

    @property
    def sections(self) -> Mapping[str, Sequence[Line]]:
        """The lines by section, in their order."""
        grouped: dict[str, list[Line]] = {}
        for line in self.lines:
            grouped.setdefault(line.item.section, []).append(line)
        return grouped

    @property
    def applicable(self) -> tuple[Line, ...]:
        """The lines that this launch has."""
        return tuple(line for line in self.lines if line.state is not ItemState.NOT_APPLICABLE)

    @property
    def done(self) -> int:
        """How many of them are done."""
        return sum(line.done for line in self.applicable)

    @property
    def open(self) -> tuple[Line, ...]:
        """The lines that wait for a signature."""
        return tuple(line for line in self.lines if line.state is ItemState.OPEN)

    @property
    def unproven(self) -> tuple[Line, ...]:
        """The lines whose evidence is bad, old or lacking, the worst first."""
        return tuple(line for state in WORST_FIRST for line in self.lines if line.state is state)

    @property
    def bad(self) -> bool:
        """Whether the evidence speaks against a line, rather than being lacking."""
        return any(line.state in (ItemState.FAILED, ItemState.WARNED) for line in self.lines)

    @property
    def proving(self) -> tuple[str, ...]:
        """The commands that bring the proofs that are lacking."""
        return tuple(dict.fromkeys(line.item.proven_with for line in self.unproven if not line.by_hand))

    @property
    def left(self) -> Mapping[Owner, Sequence[Line]]:
        """What is left to do, by who has to do it; what is broken comes first, and what was waived is left out."""
        undone = [line for line in (*self.unproven, *self.open) if line.waiver is None]
        return {owner: [line for line in undone if line.item.owner is owner] for owner in Owner}

    @property
    def undone(self) -> tuple[Line, ...]:
        """The lines that are left, whoever has to do them, the most important first."""
        found = [line for lines in self.left.values() for line in lines]
        return tuple(sorted(found, key=lambda line: (list(Level).index(line.item.level), self.lines.index(line))))

    def unready(self, level: Level) -> tuple[Line, ...]:
        """Return the lines of that level or above that are neither done nor waived: the launch is not ready."""
        counted = list(Level)[: list(Level).index(level) + 1]
        return tuple(line for line in self.lines if line.item.level in counted and not line.ready)


def assemble(
    subject: Subject,
    outputs: Outputs,
    record: Record,
    now: datetime,
    spec: Spec | None = None,
    commit: str = "",
    runbooks: Mapping[str, str] | None = None,
    items: Iterable[Item] = ITEMS,
    accepted: Sequence[Finding] | None = None,
) -> Handover:
    """Return the handover of a stack as its record stands at `now`; without a spec, some of its pages stay empty.

    `accepted` are the exemptions that the app's folder holds on that day, None where nobody has named the folder.
    """
    known = accounts.known(outputs, spec, record.answers) if spec else ()
    sight = Sight(subject, outputs, record, now, {accounts.ITEM: accounts.details(known)})
    shown = [lines.line(item, sight) for item in items]
    if accepted is not None:
        shown.append(lines.seen(EXEMPTIONS, exemptions(accepted), sight))
    seen: list[Finding] = [proof.finding for proof in record.proofs]
    return Handover(subject, outputs, now, record, tuple(shown), areas(seen), spec, known, commit, runbooks or {})


def require_item(handover: Handover, item_id: str) -> Line:
    """Return the line of an item; raises SignoffError that names the near ones when there is none."""
    line = next((line for line in handover.lines if line.item.id == item_id), None)
    if line is None:
        known = [line.item.id for line in handover.lines]
        near = " or ".join(get_close_matches(item_id, known))
        hint = f"did you mean {near}? The" if near else "the"
        raise SignoffError(f"there is no item {item_id}; {hint} items are {', '.join(known)}")
    return line


def require_waivable(handover: Handover, item_id: str) -> Line:
    """Return the line to let be; raises SignoffError when there is none, or nothing is left to do about it."""
    line = _require_applicable(handover, item_id)
    if line.done:
        raise SignoffError(f"{item_id} is {line.state}; there is nothing to waive")
    return line


def require_signable(handover: Handover, item_id: str) -> Line:
    """Return the line to sign; raises SignoffError when there is none, or its evidence does not bear a signature."""
    line = _require_applicable(handover, item_id)
    if line.held:
        raise SignoffError(f"{item_id} must not be done yet: {'; '.join(one.observed for one in line.findings)}")
    if not line.by_hand and not line.done:
        raise SignoffError(
            f"{item_id} is {line.state}; fix it and run `{line.item.proven_with}` before anybody signs it"
        )
    if item_id == accounts.ITEM and (open_ := accounts.missing(handover.accounts)):
        raise SignoffError(
            f"{open_} questions about the accounts have no answer yet; run `./launch checklist accounts`, then sign"
        )
    return line


def _require_applicable(handover: Handover, item_id: str) -> Line:
    line = require_item(handover, item_id)
    if line.state is ItemState.NOT_APPLICABLE:
        raise SignoffError(f"{item_id} does not apply to this launch: {line.reason}")
    return line
