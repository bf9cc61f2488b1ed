"""What ends when: certificates, DNSSEC signatures, secrets, the domain, waivers, evidence, and vendors' sunsets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from checklists import vendor_changes
from checklists.accounts import ENDS
from checklists.handover import Handover
from checklists.lines import Line
from checklists.pages.blocks import meant
from checklists.pages.mail import next_stage
from checklists.pages.services import next_rotation

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
FOUND = {
    "tls.certificate.expiry": ("certificate of", "renewed by Cloudflare by itself"),
    "dns.dnssec.lifetime": ("DNSSEC signatures of", "signed again by Cloudflare every few days"),
    "web.security_txt": ("security.txt of", "write a new date into the app's web folder"),
}
"""Id of a finding that names a day → what ends on it, and who sees to it."""
RENEWED = ("tls.certificate.expiry", "dns.dnssec.lifetime")
"""Findings about what is renewed without anybody."""
AHEAD = timedelta(days=400)  # of a vendor's sunset
MOST, LEAST = 10, 2  # endings in all, and vendors' sunsets among them


@dataclass(frozen=True)
class Ending:
    """Something that ends on a day, and what is done about it; `renews` says that this needs no person."""

    on: date
    what: str
    then: str
    renews: bool = False


def endings(handover: Handover) -> tuple[Ending, ...]:
    """Return what ends, the nearest first: all of the launch's own, and as many sunsets as fit beside it."""
    own = (*_found(handover), *_secrets(handover), *_kept(handover))
    ahead = sorted(_sunsets(handover, handover.made_at.date()), key=_when)
    found = sorted((*own, *ahead[: max(LEAST, MOST - len(own))]), key=_when)
    return tuple(replace(one, then=meant(one.then, handover.flag)) for one in found)


def _when(one: Ending) -> tuple[date, str]:
    return one.on, one.what


def _found(handover: Handover) -> Iterator[Ending]:
    """Yield the first day of each kind that findings name."""
    days: dict[str, tuple[date, str]] = {}
    for proof in handover.record.proofs:
        day = _DAY.search(proof.finding.observed) if proof.finding.id in FOUND else None
        if day:
            subject = proof.finding.subject.partition(" at ")[0]
            days[proof.finding.id] = min(
                days.get(proof.finding.id, (date.max, "")), (date.fromisoformat(day[0]), subject)
            )
    for id_, (on, subject) in days.items():
        what, then = FOUND[id_]
        yield Ending(on, f"{what} {subject}", then, id_ in RENEWED)


def _secrets(handover: Handover) -> Iterator[Ending]:
    due = {name: day for name in handover.outputs.secrets if (day := next_rotation(name, handover))}
    if due:
        first = min(due, key=lambda name: due[name])
        more = f" and {len(due) - 1} more" if len(due) > 1 else ""
        yield Ending(due[first].date(), f"rotation of secret {first}{more}", "`./launch secrets rotate NAME`")


def _kept(handover: Handover) -> Iterator[Ending]:
    registrar = next((one for one in handover.accounts if one.account.id == "registrar"), None)
    if registrar and registrar.answers.get(ENDS):
        on = date.fromisoformat(registrar.answers[ENDS])
        yield Ending(on, f"registration of {handover.outputs.domain}", "renew it at the registrar, or have it renewed")
    for line in handover.lines:
        if line.waiver:
            yield Ending(line.waiver.until, f"waiver of {line.item.id}", f"given by {line.waiver.by}")
        yield from _exemptions(line)
    if following := next_stage(handover):
        yield Ending(following[1], f"DMARC can move to {following[0]}", "read the reports first")
    untils = [line.valid_until for line in handover.lines if line.done and line.valid_until and not line.by_hand]
    if untils:
        yield Ending(min(untils).date(), "first evidence of this handover expires", "`./launch verify` renews it", True)
    signed = [line for line in handover.lines if line.done and line.valid_until and line.by_hand]
    if signed:
        first = min(signed, key=lambda line: str(line.valid_until))
        if first.valid_until:
            yield Ending(first.valid_until.date(), f"signature of {first.item.id}", "sign it again")


def _exemptions(line: Line) -> Iterator[Ending]:
    """Yield the exemption that ends first among those of the app that still hold."""
    held = [finding for finding in line.findings if finding.id == "exemption.accepted"]
    days = sorted((day[0], finding.subject) for finding in held if (day := _DAY.search(finding.observed)))
    if days:
        more = f" and {len(days) - 1} more" if len(days) > 1 else ""
        yield Ending(date.fromisoformat(days[0][0]), f"exemption from {days[0][1]}{more}", "repair what it accepts")


def _sunsets(handover: Handover, today: date) -> Iterator[Ending]:
    for row in vendor_changes.ahead(handover.spec, today, AHEAD):
        yield Ending(row.gone or row.on, f"vendor change: {row.label}", f"replaced by: {row.instead}")
