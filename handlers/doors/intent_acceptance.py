"""What both ways of an intent share at the end: is there room for one more ticket, then store it.

Requests that are not tickets yet take room too: a burst comes in faster than it is processed.
"""

from __future__ import annotations

from handlers.failures import Rejected
from handlers.intent_kinds import MOST_OPEN
from handlers.intents import Intent
from handlers.support.tickets import TicketState
from handlers.words import Code
from handlers.work import inbox
from handlers.work.acceptor import Acceptor
from handlers.work.documents import Documents, Query
from handlers.work.inbox import Event, EventState, Stored

OPEN = [state.value for state in TicketState if state is not TicketState.RESOLVED]
WAITING = [state.value for state in EventState if not state.is_final]


def accept(acceptor: Acceptor, intent: Intent) -> Stored:
    """Keep an intent and have it processed; one that is known already costs its user nothing.

    Raises Rejected (429) when the user has sent too many, or has too many tickets open, and Unavailable.
    """
    if intent.opens_ticket and acceptor.documents.get(inbox.path(intent.event.id)) is None:
        _require_room(acceptor.documents, intent.event)
    return acceptor.accept(intent.event, intent.service, intent.first, intent.budget)


def _require_room(documents: Documents, asked: Event) -> None:
    by_user = ("userId", "==", asked.user_id)
    tickets = Query("tickets", (by_user, ("state", "in", OPEN)), limit=MOST_OPEN)
    requests = Query("inbox", (by_user, ("kind", "==", asked.kind), ("state", "in", WAITING)), limit=MOST_OPEN)
    if len(documents.find(tickets)) + len(documents.find(requests)) >= MOST_OPEN:
        raise Rejected(429, Code.TOO_MANY, f"the user has {MOST_OPEN} open tickets")
