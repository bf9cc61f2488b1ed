"""Support tickets, `tickets/{ticketId}`: what the user wrote and where the conversation goes on."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from handlers.documents import Fields

NEW = "new"


@dataclass(frozen=True)
class Ticket:
    """One support request. `email` is empty for users who have none."""

    id: str
    user_id: str
    email: str
    subject: str
    message: str
    helpdesk_id: str = ""


def id_for(event_id: str) -> str:
    """Return the one ticket id that an event can have."""
    return "tkt_" + hashlib.sha256(event_id.encode()).hexdigest()[:24]


def path(ticket_id: str) -> str:
    """Return where a ticket is kept."""
    return f"tickets/{ticket_id}"


def new_fields(ticket: Ticket, correlation_id: str, now: datetime) -> Fields:
    """Return a new ticket as it is stored."""
    return {
        "userId": ticket.user_id,
        "email": ticket.email,
        "subject": ticket.subject,
        "message": ticket.message,
        "state": NEW,
        "history": [{"at": now, "state": NEW, "by": ticket.user_id}],
        "helpdeskId": "",
        "correlationId": correlation_id,
        "createdAt": now,
    }


def parse(ticket_id: str, fields: Fields) -> Ticket:
    """Return the ticket that `fields` describe."""
    return Ticket(
        ticket_id,
        fields["userId"],
        fields["email"],
        fields["subject"],
        fields["message"],
        fields["helpdeskId"],
    )
