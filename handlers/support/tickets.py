"""Support tickets, `tickets/{ticketId}`: what the user wrote, where it stands, and what happened to it. Pure.

    new ─► assigned ⇄ waiting_on_user
              │  ▲
              ▼  └── the user answers
           resolved

What happened lies below the ticket, one document a step (`tickets/{ticketId}/history/{number}`), which are only ever
added: a Firestore document ends at 1 MiB, which a long conversation would outgrow. The ticket counts them in `rev`.

The user may read the ticket and its history. What is the team's own business, who of it did something and what it notes
for itself, lies beside them below `tickets/{ticketId}/internal`, which the security rules open to nobody.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from handlers.work.documents import Fields, Write


class TicketState(StrEnum):
    """Where a ticket stands."""

    NEW = "new"
    ASSIGNED = "assigned"
    WAITING = "waiting_on_user"
    RESOLVED = "resolved"


class Act(StrEnum):
    """What can be done to a ticket. The team assigns, replies, resolves; the user answers; a note changes nothing."""

    ASSIGN = "assign"
    REPLY = "reply"
    ANSWER = "answer"
    RESOLVE = "resolve"
    NOTE = "note"


# An answer of the user reopens what was resolved: nobody's words may end in a closed ticket.
TRANSITIONS: Mapping[tuple[TicketState, Act], TicketState] = {
    (TicketState.NEW, Act.ASSIGN): TicketState.ASSIGNED,
    (TicketState.NEW, Act.ANSWER): TicketState.NEW,
    (TicketState.ASSIGNED, Act.ASSIGN): TicketState.ASSIGNED,
    (TicketState.ASSIGNED, Act.REPLY): TicketState.WAITING,
    (TicketState.ASSIGNED, Act.ANSWER): TicketState.ASSIGNED,
    (TicketState.ASSIGNED, Act.RESOLVE): TicketState.RESOLVED,
    (TicketState.WAITING, Act.ASSIGN): TicketState.ASSIGNED,
    (TicketState.WAITING, Act.REPLY): TicketState.WAITING,
    (TicketState.WAITING, Act.ANSWER): TicketState.ASSIGNED,
    (TicketState.RESOLVED, Act.ANSWER): TicketState.ASSIGNED,
    **{(state, Act.NOTE): state for state in TicketState},
}
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
COMMANDS = (Act.ASSIGN, Act.REPLY, Act.RESOLVE)  # what the team can do here; notes are what it wrote elsewhere

# The ways to a state that somebody else reports, as the acts that lead there one by one.
WAYS: Mapping[tuple[TicketState, TicketState], tuple[Act, ...]] = {
    (TicketState.NEW, TicketState.ASSIGNED): (Act.ASSIGN,),
    (TicketState.NEW, TicketState.WAITING): (Act.ASSIGN, Act.REPLY),
    (TicketState.NEW, TicketState.RESOLVED): (Act.ASSIGN, Act.RESOLVE),
    (TicketState.ASSIGNED, TicketState.WAITING): (Act.REPLY,),
    (TicketState.ASSIGNED, TicketState.RESOLVED): (Act.RESOLVE,),
    (TicketState.WAITING, TicketState.ASSIGNED): (Act.ASSIGN,),
    (TicketState.WAITING, TicketState.RESOLVED): (Act.ASSIGN, Act.RESOLVE),
    (TicketState.RESOLVED, TicketState.ASSIGNED): (Act.ANSWER,),
    (TicketState.RESOLVED, TicketState.WAITING): (Act.ANSWER, Act.REPLY),
}


TEAM, HELPDESK = "team", "helpdesk"  # who did something, as the user reads it


class TransitionError(ValueError):
    """The ticket cannot go that way from where it stands; the message says what it can do."""


@dataclass(frozen=True)
class Ticket:
    """One support request. `email` is empty for users who have none, `helpdesk_id` until the helpdesk knows it.

    `rev` counts the steps of its history, `syncs` what the helpdesk was told by our side. `telling` are the effects
    that are still to tell it something.
    """

    id: str
    user_id: str
    email: str
    subject: str
    message: str
    helpdesk_id: str = ""
    state: TicketState = TicketState.NEW
    rev: int = 1
    syncs: int = 0
    telling: tuple[str, ...] = ()


@dataclass(frozen=True)
class Move:
    """One thing that happens to a ticket. `by` names who did it, `to` who is to answer for it, `text` what was said.

    `is_internal` says that the text is not for the user.
    """

    act: Act
    by: str
    text: str = ""
    to: str = ""
    is_internal: bool = False


def id_for(event_id: str) -> str:
    """Return the one ticket id that an event can have."""
    return "tkt_" + hashlib.sha256(event_id.encode()).hexdigest()[:24]


def path(ticket_id: str) -> str:
    """Return where a ticket is kept."""
    return f"tickets/{ticket_id}"


def heard_path(ticket_id: str, comment_id: str) -> str:
    """Return where it is kept that a comment at the helpdesk is one of ours."""
    return f"tickets/{ticket_id}/heard/{comment_id}"


def step_path(ticket_id: str, rev: int) -> str:
    """Return where a step of a ticket's history is kept."""
    return f"tickets/{ticket_id}/history/{rev:06d}"


def internal_path(ticket_id: str, rev: int) -> str:
    """Return where the team's part of a step is kept."""
    return f"tickets/{ticket_id}/internal/{rev:06d}"


def desk_path(ticket_id: str) -> str:
    """Return where it is kept who of the team answers for a ticket."""
    return f"tickets/{ticket_id}/internal/desk"


def opened(ticket: Ticket, correlation_id: str, now: datetime) -> tuple[Write, ...]:
    """Return the writes that open a ticket."""
    fields = {
        "userId": ticket.user_id,
        "email": ticket.email,
        "subject": ticket.subject,
        "message": ticket.message,
        "state": TicketState.NEW.value,
        "rev": 1,
        "syncs": 0,
        "telling": [],
        "helpdeskId": "",
        "correlationId": correlation_id,
        "createdAt": now,
        "updatedAt": now,
    }
    step = {"at": now, "act": "open", "state": TicketState.NEW.value, "by": ticket.user_id}
    return Write(path(ticket.id), fields), Write(step_path(ticket.id, 1), step)


def moved(ticket: Ticket, moves: Sequence[Move], now: datetime, event_id: str) -> tuple[Ticket, tuple[Write, ...]]:
    """Return the ticket after the moves, and the writes that add the steps to its history; raises TransitionError.

    `event_id` is what caused them. Keep both in the transaction that read the ticket: that is what makes the numbers of
    the history unique.
    """
    writes: list[Write] = []
    for move in moves:
        ticket = _next(ticket, move)
        writes += _step(ticket, move, now, event_id)
    return ticket, tuple(writes)


def kept(ticket: Ticket, now: datetime) -> Write:
    """Return the write that keeps where a ticket stands."""
    fields = {
        "state": ticket.state.value,
        "rev": ticket.rev,
        "telling": list(ticket.telling),
        "updatedAt": now,
    }
    return Write(path(ticket.id), fields)


def parse(ticket_id: str, fields: Fields) -> Ticket:
    """Return the ticket that `fields` describe."""
    return Ticket(
        ticket_id,
        fields["userId"],
        fields["email"],
        fields["subject"],
        fields["message"],
        fields["helpdeskId"],
        TicketState(fields["state"]),
        int(fields.get("rev") or 1),
        int(fields.get("syncs") or 0),
        tuple(fields.get("telling") or ()),
    )


def subject_line(ticket: Ticket) -> str:
    """Return the subject as one line that a mail's header can carry: without line breaks and control characters."""
    return " ".join(CONTROL.sub(" ", ticket.subject).split())


def refusal(state: TicketState, act: Act) -> str:
    """Return in words that a ticket in that state does not take the act, and what it takes."""
    possible = [each.value for each in COMMANDS if (state, each) in TRANSITIONS]
    cure = f"it takes {' or '.join(possible)}" if possible else "only an answer of the user opens it again"
    return f"a ticket that is {state.value} takes no {act.value}: {cure}"


def _next(ticket: Ticket, move: Move) -> Ticket:
    state = TRANSITIONS.get((ticket.state, move.act))
    if state is None:
        raise TransitionError(refusal(ticket.state, move.act))
    return replace(ticket, state=state, rev=ticket.rev + 1)


def _step(after: Ticket, move: Move, now: datetime, event_id: str) -> list[Write]:
    """Return what the user may read of a step, what only the team may, and who has the ticket when that changes."""
    is_theirs = move.by == after.user_id
    step = {"at": now, "act": move.act.value, "state": after.state.value, "eventId": event_id}
    step["by"] = after.user_id if is_theirs else HELPDESK if move.by.startswith(HELPDESK) else TEAM
    writes = [Write(step_path(after.id, after.rev), {**step, **_said(move, is_internal=False)})]
    if not is_theirs:
        own = {"by": move.by, **({"to": move.to} if move.to else {}), **_said(move, is_internal=True)}
        writes.append(Write(internal_path(after.id, after.rev), own))
    if move.act is Act.ASSIGN:
        writes.append(Write(desk_path(after.id), {"assignee": move.to or move.by}))
    return writes


def _said(move: Move, *, is_internal: bool) -> dict[str, str]:
    return {"text": move.text} if move.text and move.is_internal is is_internal else {}
