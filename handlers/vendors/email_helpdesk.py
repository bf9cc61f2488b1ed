"""E-mail as helpdesk: the team's mailbox is where tickets are read, and mail is how the user hears of a reply."""

from __future__ import annotations

from handlers.outside.http_client import Refused
from handlers.support import tickets
from handlers.support.helpdesk import Said, View
from handlers.support.tickets import Ticket
from handlers.work.effects import Mailer


class EmailHelpdesk:
    """Tickets as mails to the team's address `team`. Where a ticket stands is known here alone."""

    keeps_state = False

    def __init__(self, mailer: Mailer, team: str) -> None:
        self._mailer = mailer
        self._team = team
        self.opening_window = self.saying_window = mailer.replay_window

    def open(self, ticket: Ticket, key: str) -> str:
        """See Helpdesk: the id is the mail's."""
        text = f"{ticket.message}\n\n-- \nTicket {ticket.id}, from {ticket.email or 'a user without e-mail'}.\n"
        return self._mailer.send(self._team, _subject(ticket, "Support request"), text, key, ticket.email)

    def say(self, ticket: Ticket, text: str, key: str, *, by_user: bool) -> Said:
        """See Helpdesk."""
        if by_user:
            return Said(self._mailer.send(self._team, _subject(ticket, "Answer"), text, key, ticket.email))
        if not ticket.email:
            raise Refused("the user has no e-mail address; the app shows the reply in the ticket's history")
        return Said(self._mailer.send(ticket.email, _subject(ticket, "Re"), text, key, self._team))

    def show(self, ticket: Ticket) -> None:
        """See Helpdesk: a mailbox shows no state."""

    def look(self, ticket: Ticket) -> View:
        """See Helpdesk."""
        return View(ticket.state)


def _subject(ticket: Ticket, prefix: str) -> str:
    return f"{prefix}: {tickets.subject_line(ticket)} [{ticket.id}]"
