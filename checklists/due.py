"""What ends soon and needs a person: the endings of the handover without those that renew themselves in time."""

from __future__ import annotations

from datetime import timedelta

from blueprint.finding import Status
from checklists.handover import Handover
from checklists.pages.dates import FOUND, RENEWED, Ending, endings


def due(handover: Handover, within: timedelta) -> tuple[Ending, ...]:
    """Return what was not renewed in time, and what ends up to `within` from the day of the handover, by date."""
    last = handover.made_at.date() + within
    turned = [each.finding for each in handover.record.proofs if each.finding.status is not Status.PASS]
    late = [one for one in turned if one.id in RENEWED]
    now = tuple(
        Ending(handover.made_at.date(), f"{FOUND[one.id][0]} {one.subject}", f"{one.observed}. {one.fix}")
        for one in late
    )
    return now + tuple(one for one in endings(handover) if one.on <= last and not one.renews)
