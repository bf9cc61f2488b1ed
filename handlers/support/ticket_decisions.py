"""What support events lead to: one ticket record, one notification, and moves that the helpdesk is told of. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime

from handlers.failures import NotYet
from handlers.service_manifest import SUPPORT_TICKET
from handlers.support import tickets
from handlers.support.helpdesk import OPENING, SAYING, SHOWING
from handlers.support.helpdesk_events import HelpdeskEvent
from handlers.support.tickets import Act, Move, Ticket, TransitionError
from handlers.words import Code
from handlers.work import outbox, statuses
from handlers.work.documents import Read
from handlers.work.inbox import Decision, Event, EventState, Stale
from handlers.work.outbox import Effect, EffectState, StatusUpdate
from handlers.work.statuses import StatusTarget


@dataclass(frozen=True)
class SupportTerms:
    """How the team works: `team` is its address, `keeps_state` tells whether the helpdesk has states (see Helpdesk)."""

    team: str
    keeps_state: bool = True


@dataclass(frozen=True)
class TicketSnapshot:
    """What was seen of a ticket at the helpdesk. `rev` and `syncs` are the record's, as read before asking."""

    rev: int
    syncs: int
    state: tickets.TicketState | None


def request(event: Event, terms: SupportTerms, now: datetime, read: Read) -> Decision:
    """Return the decision about a `support_requested` intent.

    The mail that opens a ticket at an e-mail helpdesk is the notification.
    """
    ticket_id = tickets.id_for(event.id)
    if read(tickets.path(ticket_id)) is not None:
        return Decision(code=Code.SUPPORT_RECEIVED)
    data = event.data
    ticket = Ticket(ticket_id, event.user_id, event.email, data["subject"], data["message"])
    opening = Effect(f"{event.id}.ticket", OPENING, SUPPORT_TICKET, {"ticketId": ticket_id}, tells=_tells(event.asked))
    effects = (opening, _notification(event, ticket, terms)) if terms.keeps_state else (opening,)
    return Decision(tickets.opened(ticket, event.correlation_id, now), effects, code=Code.SUPPORT_RECEIVED)


def answer(event: Event, terms: SupportTerms, now: datetime, read: Read) -> Decision:
    """Return the decision about a `support_answered` intent: the user's words, which reopen a resolved ticket."""
    data = event.data
    ticket = _found(data["ticketId"], read)
    if ticket is None or ticket.user_id != event.user_id:
        return replace(_ignored("the user has no such ticket"), code=Code.BAD_INTENT)
    decision = done_here(event, ticket, Move(Act.ANSWER, event.user_id, data["message"]), terms, now)
    return replace(decision, code=Code.SUPPORT_RECEIVED)


def command(event: Event, terms: SupportTerms, now: datetime, read: Read) -> Decision:
    """Return the decision about a command of the team; `event.kind` is the act, `event.email` who gave it.

    Only a reply speaks to the user: a text beside another command is the team's own.
    """
    body = json.loads(event.body)
    ticket = _found(body["ticketId"], read)
    if ticket is None:
        return _ignored("there is no such ticket")
    act, by = Act(event.kind), event.email or event.user_id
    move = Move(act, by, body.get("text", ""), body.get("to", ""), is_internal=act is not Act.REPLY)
    return done_here(event, ticket, move, terms, now)


def followed(event: Event, told: HelpdeskEvent, look: TicketSnapshot, now: datetime, read: Read) -> Decision:
    """Return the decision about an event of a helpdesk that keeps states: the record follows the look, not the event.

    Events come late, twice and out of order, so what counts is how the ticket stands there now. Raises NotYet while
    our own moves are on their way there, and Stale when the ticket moved since the look.
    """
    ticket = _found(told.ticket_id, read)
    if ticket is None:
        return _ignored("it is about no ticket of the app")
    _require_told(ticket, read)  # what is said there may go on in another ticket, which only then is known
    if told.helpdesk_id != ticket.helpdesk_id:
        return _ignored("it is about no ticket of the app")
    if (ticket.rev, ticket.syncs) != (look.rev, look.syncs):
        raise Stale
    heard = not told.text or _is_ours(told, ticket, read)
    moves = _moves(replace(told, text="") if heard else told, ticket.state, look.state)
    if not moves:
        return _ignored("the record says so already")
    after, steps = tickets.moved(ticket, moves, now, event.id)
    return Decision((tickets.kept(after, now), *steps))


def reported(event: Event, told: HelpdeskEvent, now: datetime, read: Read) -> Decision:
    """Return the decision about an event of a helpdesk that is not asked back: the move that it reports."""
    ticket = _found(told.ticket_id, read)
    if ticket is None:
        return _ignored("it is about no ticket of the app")
    try:
        move = Move(told.act, told.by, told.text, told.to, is_internal=told.act not in {Act.REPLY, Act.ANSWER})
        after, steps = tickets.moved(ticket, (move,), now, event.id)
    except TransitionError as error:
        return _ignored(str(error))
    return Decision((tickets.kept(after, now), *steps))


def done_here(event: Event, ticket: Ticket, move: Move, terms: SupportTerms, now: datetime) -> Decision:
    """Return the decision about a move that was made here: the helpdesk, and by it the user, is told."""
    try:
        after, steps = tickets.moved(ticket, (move,), now, event.id)
    except TransitionError as error:
        return _ignored(str(error))
    effects = _telling(event, ticket, after, move, terms)
    after = replace(after, telling=(*ticket.telling, *(effect.id for effect in effects)))
    return Decision((tickets.kept(after, now), *steps), effects)


def _telling(event: Event, before: Ticket, after: Ticket, move: Move, terms: SupportTerms) -> tuple[Effect, ...]:
    effects = []
    if move.act in {Act.REPLY, Act.ANSWER}:
        said = {"ticketId": before.id, "text": move.text, "byUser": move.act is Act.ANSWER}
        effects.append(Effect(f"{event.id}.comment", SAYING, SUPPORT_TICKET, said))
    if terms.keeps_state and after.state is not before.state:
        effects.append(Effect(f"{event.id}.state", SHOWING, SUPPORT_TICKET, {"ticketId": before.id}))
    return tuple(effects)


def _moves(told: HelpdeskEvent, here: tickets.TicketState, there: tickets.TicketState | None) -> tuple[Move, ...]:
    """Return the way from here to there, with what was said on it."""
    if told.text and told.act is Act.ANSWER:
        reopened = tickets.TRANSITIONS[here, Act.ANSWER]
        return (Move(Act.ANSWER, told.by, told.text), *_way(reopened, there))
    way = _way(here, there)
    if not told.text:
        return way
    if all(move.act is not Act.REPLY for move in way):
        return (*way, Move(Act.NOTE, told.by, told.text))
    return tuple(replace(move, by=told.by, text=told.text) if move.act is Act.REPLY else move for move in way)


def _way(here: tickets.TicketState, there: tickets.TicketState | None) -> tuple[Move, ...]:
    acts = tickets.WAYS.get((here, there), ()) if there else ()
    return tuple(Move(act, "helpdesk") for act in acts)


def _require_told(ticket: Ticket, read: Read) -> None:
    for each in ticket.telling:
        if (read(outbox.path(each)) or {}).get("state") == EffectState.PENDING:
            raise NotYet("what happened here is still on its way to the helpdesk")


def _is_ours(told: HelpdeskEvent, ticket: Ticket, read: Read) -> bool:
    """Tell whether a comment is one of ours, also one of which we never learned whether it arrived."""
    if told.text.strip() == ticket.message.strip():  # what opened the ticket is its first comment there
        return True
    if read(tickets.heard_path(ticket.id, told.comment_id)) is not None:
        return True
    effects = [read(outbox.path(each)) or {} for each in ticket.telling]
    return any(told.text == (effect.get("payload") or {}).get("text") for effect in effects)


def _found(ticket_id: str, read: Read) -> Ticket | None:
    fields = read(tickets.path(ticket_id))
    return tickets.parse(ticket_id, fields) if fields is not None else None


def _ignored(reason: str) -> Decision:
    return Decision(state=EventState.IGNORED, reason=reason)


def _notification(event: Event, ticket: Ticket, terms: SupportTerms) -> Effect:
    mail = {
        "to": terms.team,
        "subject": f"Support request: {tickets.subject_line(ticket)}",
        "text": f"{ticket.message}\n\n-- \nTicket {ticket.id}, from {ticket.email or 'a user without e-mail'}.\n",
    }
    return Effect(f"{event.id}.mail", "notification", SUPPORT_TICKET, mail)


def _tells(asked: StatusTarget | None) -> StatusUpdate | None:
    if asked is None:
        return None
    return StatusUpdate(statuses.path(asked.user_id, asked.client_id), Code.SUPPORT_DELAYED, Code.SUPPORT_RECEIVED)
