"""Criterion: a support request is a ticket in Firestore within two seconds, word for word, and notified once."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from blueprint.finding import Finding
from flows import helpdesk
from flows.accept.verdict import found
from flows.device import SUPPORT, Intent, event_id, signed_in
from flows.helpdesk import Opened
from flows.scene import Scene
from flows.waiting import settle, wait_for
from handlers import intent_kinds
from handlers.support import tickets

FAST, TEXT = "accept.ticket.fast", "accept.edge.text"
LIMIT = 2.0  # seconds from the app's request to the ticket in Firestore
PATIENCE = 30.0  # seconds until helpdesk and team know of it
FIX = "Follow the ticket's id in `./launch logs support-ticket`; is the service kept warm (services.min_instances)?"

PLAIN = ("Synthetic request", "It does not start.")
# Emoji of several code points, right-to-left text, combining marks and what looks like markup.
LINE = "🦜🏳️‍🌈 a\u0301 <b>'\"&amp;</b> \\n {{x}} ${y}\n\n"
SUBJECT = "👩‍👩‍👧‍👦 Ünïcødé \u202b\u05e2\u05d1\u05e8\u05d9\u05ea\u202c"


def longest(line: str, units: int) -> str:
    """Return lines filled up to exactly so many UTF-16 code units, by which doors and security rules count."""
    times, rest = divmod(units, len(line.encode("utf-16-le")) // 2)
    return line * times + "…" * rest


HARD = (SUBJECT, longest(LINE, intent_kinds.MESSAGE.most))


@dataclass(frozen=True)
class Observation:
    """What came of a request: how long the ticket took, what it says here and there, and the mails to the team."""

    ticket_id: str
    text: tuple[str, str]
    status: int
    seconds: float
    ticket: Mapping[str, Any]
    there: tuple[Opened, ...]
    mails: int


def play_fast(scene: Scene) -> Finding:
    """Ask for help in plain words."""
    return judge(FAST, _played(scene, "accept-ticket", PLAIN))


def play_text(scene: Scene) -> Finding:
    """Ask for help at great length and with every kind of character."""
    return judge(TEXT, _played(scene, "accept-text", HARD))


def _played(scene: Scene, name: str, text: tuple[str, str]) -> Observation:
    device, at = signed_in(scene, name), helpdesk.of(scene)
    # Whoever asks for help has used the app before: the services are awake.
    begun = time.monotonic()
    answer = device.send(Intent(SUPPORT, "request", {"subject": text[0], "message": text[1]}))
    ticket_id = tickets.id_for(event_id(answer))
    wait_for(lambda: scene.record(tickets.path(ticket_id)), bool, PATIENCE, pause=0.02)
    seconds = time.monotonic() - begun

    def look() -> Observation:
        ticket, there = scene.record(tickets.path(ticket_id)), tuple(at.tickets(ticket_id))
        return Observation(ticket_id, text, answer.status, seconds, ticket, there, at.notifications(ticket_id))

    wait_for(look, lambda seen: bool(seen.there and seen.mails), PATIENCE)
    settle()
    return look()


def judge(id_: str, seen: Observation) -> Finding:
    """Return whether the ticket came in time, with the user's own words, once everywhere."""
    subject, message = seen.text
    intact = (seen.ticket.get("subject"), seen.ticket.get("message")) == (subject, message)
    there = all(each.text.strip() == message.strip() for each in seen.there)
    is_well = seen.seconds <= LIMIT and intact and there and len(seen.there) == 1 and seen.mails == 1
    return found(
        id_,
        seen.ticket_id,
        is_well and seen.status == 202,
        f"the ticket is in Firestore within {LIMIT:.0f} s with the user's words intact, once at the helpdesk, "
        "and one notification is sent",
        f"answered {seen.status}; after {seen.seconds:.2f} s {'a ticket' if seen.ticket else 'no ticket'}, "
        f"{len(seen.there)} at the helpdesk, {seen.mails} notifications; the words are "
        f"{'intact' if intact and there else 'changed'} ({len(message)} characters)",
        FIX,
        seconds=round(seen.seconds, 3),
        helpdesk=[each.id for each in seen.there],
        mails=seen.mails,
    )
