"""What a helpdesk has to offer, and the effects that tell it what happened here. Adding one: see vendors/providers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from handlers.support import tickets
from handlers.support.tickets import Ticket, TicketState
from handlers.work import users
from handlers.work.documents import Documents, Read, Write
from handlers.work.effects import After
from handlers.work.outbox import Effect

OPENING, SAYING, SHOWING = "helpdesk_ticket", "helpdesk_comment", "helpdesk_state"  # kinds of effects


@dataclass(frozen=True)
class View:
    """A ticket as the helpdesk has it; `state` is None when what it says there has no meaning here."""

    state: TicketState | None


@dataclass(frozen=True)
class Said:
    """What was said there: the comment's id, and the ticket's new id where it had to be said in another ticket."""

    comment_id: str
    helpdesk_id: str = ""


class Helpdesk(Protocol):
    """A helpdesk. Every method raises Unavailable when it may work later, Refused when it never will.

    `keeps_state` says whether tickets have a state of their own there, which we follow and set. The windows are how
    long a repetition under the same key is harmless, zero where the helpdesk knows no such keys.
    """

    keeps_state: bool
    opening_window: timedelta
    saying_window: timedelta

    def open(self, ticket: Ticket, key: str) -> str:
        """Create a ticket and return its id there."""
        ...

    def say(self, ticket: Ticket, text: str, key: str, *, by_user: bool) -> Said:
        """Add the team's reply, which the user gets, or the user's answer.

        It is never lost because the ticket is over there: then it goes on in a new ticket, which the answer names.
        """
        ...

    def show(self, ticket: Ticket) -> None:
        """Give the ticket there the state that it has here; repeating it is harmless."""
        ...

    def look(self, ticket: Ticket) -> View:
        """Return how the ticket stands there."""
        ...


class TicketOpening:
    """Kind `helpdesk_ticket`: the ticket appears at the helpdesk, and the user's record names the thread."""

    def __init__(self, documents: Documents, helpdesk: Helpdesk) -> None:
        self._documents = documents
        self._helpdesk = helpdesk
        self.replay_window = helpdesk.opening_window

    def perform(self, effect: Effect) -> After:
        """See Performer."""
        ticket = read_ticket(self._documents.get, effect.payload["ticketId"])
        helpdesk_id = self._helpdesk.open(ticket, effect.id)
        return lambda _: _at(ticket, helpdesk_id)


class TicketComment:
    """Kind `helpdesk_comment`: what was said here is said there, in the words that were decided on."""

    def __init__(self, documents: Documents, helpdesk: Helpdesk) -> None:
        self._documents = documents
        self._helpdesk = helpdesk
        self.replay_window = helpdesk.saying_window

    def perform(self, effect: Effect) -> After:
        """See Performer."""
        said = effect.payload
        ticket = read_ticket(self._documents.get, said["ticketId"])
        done = self._helpdesk.say(ticket, said["text"], effect.id, by_user=said["byUser"])
        heard = Write(tickets.heard_path(ticket.id, done.comment_id), {"effectId": effect.id})
        moved = _at(ticket, done.helpdesk_id) if done.helpdesk_id else []
        return lambda read: [heard, *moved, told_helpdesk(read_ticket(read, ticket.id), effect.id)]


class TicketStateUpdate:
    """Kind `helpdesk_state`: the helpdesk shows the state that the ticket has at that moment."""

    replay_window = timedelta.max

    def __init__(self, documents: Documents, helpdesk: Helpdesk) -> None:
        self._documents = documents
        self._helpdesk = helpdesk

    def perform(self, effect: Effect) -> After:
        """See Performer."""
        shown = read_ticket(self._documents.get, effect.payload["ticketId"])
        self._helpdesk.show(shown)

        def after(read: Read) -> list[Write] | None:
            ticket = read_ticket(read, shown.id)
            # Two moves may overtake each other on the way: the last to end must have shown the latest.
            is_latest = (ticket.state, ticket.helpdesk_id) == (shown.state, shown.helpdesk_id)
            return [told_helpdesk(ticket, effect.id)] if is_latest else None

        return after


def _at(ticket: Ticket, helpdesk_id: str) -> list[Write]:
    """Return the writes that remember where the ticket goes on at the helpdesk."""
    return [
        Write(tickets.path(ticket.id), {"helpdeskId": helpdesk_id}),
        Write(users.path(ticket.user_id), {"supportThreadId": helpdesk_id}),
    ]


def told_helpdesk(ticket: Ticket, effect_id: str) -> Write:
    """Return the write that remembers that an effect has told the helpdesk."""
    left = [each for each in ticket.telling if each != effect_id]
    return Write(tickets.path(ticket.id), {"telling": left, "syncs": ticket.syncs + 1})


def read_ticket(read: Read, ticket_id: str) -> Ticket:
    """Return a ticket that is known to be there, such as one that an effect names."""
    return tickets.parse(ticket_id, read(tickets.path(ticket_id)) or {})
