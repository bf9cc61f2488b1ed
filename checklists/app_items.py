"""The item that the app's own folder proves: what comments in it accept for a while, handed in as findings."""

from __future__ import annotations

from collections.abc import Sequence

from blueprint.finding import Finding, Status
from checklists.checked_items import FLOWS
from checklists.items import Item, Level, Owner

EXEMPTIONS = Item(
    "exemptions",
    FLOWS,
    "Exemptions: what comments in the app accept has a reason and ends ahead",
    "A risk that somebody took on for a month is forgotten as soon as its comment is, and then it is nobody's.",
    Owner.ENGINEER,
    ("exemption.",),
    proven_with="./launch checklist --app PATH",
    level=Level.SHOULD,
)
_NONE = Finding(
    "exemption.none",
    "the app's folder",
    Status.PASS,
    "What is accepted for a while has a reason and a last day that is ahead",
    "No comment in the app accepts a finding",
)


def exemptions(accepted: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return what is shown of the exemptions in an app's folder: they themselves, or that there are none."""
    return tuple(accepted) or (_NONE,)
