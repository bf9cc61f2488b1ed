"""Counts at the vendors what came of what was acknowledged: nothing may be lost, nothing may be there twice."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flows.helpdesk import OPENS
from flows.payment import is_active
from flows.proofs.crowd import Member
from flows.scene import Scene
from handlers.ids import TICKET_ID
from handlers.work.inbox import EventState
from localcloud.base.world import World
from localcloud.saas import mailbox

UNSETTLED = tuple(state.value for state in EventState if not state.is_final)
DRAINED = 300.0  # seconds in which everything has to settle
LOOK = 3.0  # seconds between two looks: each costs the machine that has to do the work


@dataclass(frozen=True)
class Tally:
    """What was found: promises not kept, things there more than once, events that never ended.

    `seconds` is how long it took until everything was at rest.
    """

    promises: int
    lost: tuple[str, ...]
    doubled: tuple[str, ...]
    unsettled: tuple[str, ...]
    seconds: float

    @property
    def is_well(self) -> bool:
        """Whether every promise was kept exactly once. Without any promise, nothing is proved."""
        return self.promises > 0 and not (self.lost or self.doubled or self.unsettled)

    def __str__(self) -> str:
        bad = [*self.lost[:3], *self.doubled[:3], *self.unsettled[:3]]
        return (
            f"{self.promises} promises, {len(self.lost)} lost, {len(self.doubled)} doubled, "
            f"{len(self.unsettled)} events unsettled, at rest after {self.seconds:.0f} s"
            + (f" ({'; '.join(bad)})" if bad else "")
        )


@dataclass
class Oracle:
    """Asks the vendors and the mail sink of a rehearsal. `last` is the last mail that was looked at."""

    scene: Scene
    world: World
    last: int = field(default=0)
    _read: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        mails = self.world.journal("mail")
        self.last = mails[-1].seq if mails else 0

    def judge(
        self,
        members: Sequence[Member],
        tickets: Sequence[str] = (),
        patience: float = DRAINED,
        since: float | None = None,
    ) -> Tally:
        """Wait until everything is at rest, at most `patience` seconds, and count.

        `tickets` are further ones that were promised; the time is counted from `since` (monotonic), else from now.
        """
        begun, waiting = time.monotonic() if since is None else since, list(members)
        while True:
            lost = {**self._lost(waiting), **self._lost_tickets(tickets)}
            waiting = [member for member in waiting if member.device.email in lost]
            unsettled = tuple(self.scene.events_in(UNSETTLED))
            seconds = time.monotonic() - begun
            if not (lost or unsettled) or seconds > patience:
                break
            time.sleep(LOOK)
        promises = sum(3 + bool(member.bought) for member in members) + 2 * len(tickets)
        missing = tuple(f"{name} of {email}" for email, names in lost.items() for name in names)
        return Tally(promises, missing, tuple(self._doubled(members, tickets)), unsettled, seconds)

    def _lost(self, members: Iterable[Member]) -> dict[str, list[str]]:
        """Return what is not there yet, by the user's address; what was never acknowledged is missing as such."""
        contacts, there, mails = self._contacts(), self._helpdesk(), self._mails()
        lost: dict[str, list[str]] = {}
        for member in members:
            kept = {
                "answer to the signup": bool(member.signup),
                "answer to the request": bool(member.request),
                "contact": contacts[member.device.email] > 0,
                "ticket": not member.ticket or there[member.ticket] > 0,
                "notification": not member.ticket or any(member.ticket in mail for mail in mails),
                f"plan {member.plan}": not member.bought or _has_plan(self.scene.user(member.device.user_id), member),
            }
            if missing := [name for name, is_kept in kept.items() if not is_kept]:
                lost[member.device.email] = missing
        return lost

    def _lost_tickets(self, tickets: Iterable[str]) -> dict[str, list[str]]:
        there, mails = self._helpdesk(), "\n".join(self._mails())
        counts = {ticket: {"ticket": there[ticket] > 0, "notification": ticket in mails} for ticket in tickets}
        lost = {ticket: [name for name, is_kept in kept.items() if not is_kept] for ticket, kept in counts.items()}
        return {ticket: names for ticket, names in lost.items() if names}

    def _doubled(self, members: Iterable[Member], tickets: Iterable[str]) -> list[str]:
        contacts, there, mails = self._contacts(), self._helpdesk(), self._mails()
        promised = [*tickets, *(member.ticket for member in members if member.ticket)]
        counts = {
            **{f"contact of {member.device.email}": contacts[member.device.email] for member in members},
            **{f"change of billing of {member.device.email}": self._too_many(member) for member in members},
            **{f"helpdesk ticket of {ticket}": there[ticket] for ticket in promised},
            **{f"mail: {mail[:60]}": count for mail, count in Counter(mails).items()},
        }
        return [f"{count} × {name}" for name, count in counts.items() if count > 1]

    def _too_many(self, member: Member) -> int:
        """Return how often billing changed where that is more than what was bought explains, else nothing."""
        changes = int(self.scene.user(member.device.user_id).get("billing", {}).get("rev", 0))
        return changes if changes > member.changes else 0

    def _contacts(self) -> Counter[str]:
        return Counter(self.scene.vendors.addresses_in_crm())

    def _helpdesk(self) -> Counter[str]:
        if self.scene.stage.works_by_mail:
            opened = (mail for mail in self._mails() if OPENS in mail)
            return Counter(found[0] for mail in opened if (found := TICKET_ID.findall(mail)))
        return Counter(str(each["external_id"]) for each in self.scene.vendors.all_helpdesk_tickets())

    def _mails(self) -> list[str]:
        """Return the text of every mail that was sent since the proof began, without what differs by sending it."""
        for entry in self.world.journal("mail", since=self.last):
            self.last = entry.seq
            self._read.append(words_of(entry.data))
        return self._read


def _has_plan(user: Mapping[str, Any], member: Member) -> bool:
    """Tell whether a user has the highest of the plans that were bought."""
    return is_active(user) and user["billing"].get("plan") == member.plan


def words_of(mail: Mapping[str, Any]) -> str:
    """Return receiver, subject and words of a kept mail, without what differs by sending it."""
    seen = mailbox.read(mail["raw"])
    return json.dumps([seen.to, seen.subject, seen.text], ensure_ascii=False)
