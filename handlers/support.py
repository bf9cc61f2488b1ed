"""A support request: one ticket record, one ticket at the helpdesk, one notification. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from handlers import tickets
from handlers.documents import Read, Write
from handlers.inbox import Decision, Event
from handlers.outbox import Effect
from handlers.roles import SUPPORT_TICKET


def decide(event: Event, now: datetime, notify: Mapping[str, str], read: Read) -> Decision:
    """Return what a `support_requested` intent comes to; `notify` is the `to` of the notification."""
    ticket_id = tickets.id_for(event.id)
    if read(tickets.path(ticket_id)) is not None:
        return Decision()
    data = json.loads(event.body)["data"]
    ticket = tickets.Ticket(ticket_id, event.user_id, event.email, data["subject"], data["message"])
    opened = Effect(f"{event.id}.ticket", "helpdesk_ticket", SUPPORT_TICKET, {"ticketId": ticket_id})
    mail = {
        "to": notify["to"],
        "subject": f"Support request: {' '.join(ticket.subject.split())}",
        "text": f"{ticket.message}\n\n-- \nTicket {ticket_id}, from {ticket.email or 'a user without e-mail'}.\n",
    }
    notified = Effect(f"{event.id}.mail", "notification", SUPPORT_TICKET, mail)
    write = Write(tickets.path(ticket_id), tickets.new_fields(ticket, event.correlation_id, now))
    return Decision((write,), (opened, notified))
