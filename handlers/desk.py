"""How `support-ticket` prepares the decision about a support event: by where it comes from."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from handlers import helpdesk_events, support, tickets
from handlers.documents import Documents, Read
from handlers.helpdesk import Helpdesk
from handlers.helpdesk_events import Told
from handlers.inbox import Claim, Decide, Decision, Event, State
from handlers.support import Look, Terms

INTENTS = {"support_requested": support.request, "support_answered": support.answer}


@dataclass(frozen=True)
class Desk:
    """Prepares decisions; `clock` returns the present time in UTC."""

    documents: Documents
    helpdesk: Helpdesk
    terms: Terms
    clock: Callable[[], datetime]

    def prepare(self, held: Claim) -> Decide:
        """Return the decision to make in the event's transaction.

        Raises Unavailable when the helpdesk cannot be asked, LookupError for an event that is none of support's.
        """
        event = held.event
        match event.source:
            case "intent":
                return partial(INTENTS[event.kind], event, self.terms, self.clock())
            case "staff":
                return partial(support.command, event, self.terms, self.clock())
            case "zendesk":
                return self._followed(event)
            case "helpdesk":
                return self._reported(event)
        raise LookupError(f"no support event comes from {event.source}")

    def _followed(self, event: Event) -> Decide:
        told = helpdesk_events.zendesk_told(json.loads(event.body))
        fields = self.documents.get(tickets.path(told.ticket_id)) if told else None
        if told is None or fields is None:
            return _ignored
        ticket = tickets.parse(told.ticket_id, fields)
        seen = self.helpdesk.look(ticket)
        return partial(support.followed, event, told, Look(ticket.rev, ticket.syncs, seen.state), self.clock())

    def _reported(self, event: Event) -> Decide:
        told: Told | None = helpdesk_events.standard_told(json.loads(event.body))
        return partial(support.reported, event, told, self.clock()) if told else _ignored


def _ignored(read: Read) -> Decision:  # noqa: ARG001 - has the shape of every decision
    return Decision(state=State.IGNORED, reason="it is about no ticket of the app")
