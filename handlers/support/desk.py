"""How `support-ticket` prepares the decision about a support event: by where it comes from."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from handlers.outside.http_client import Refused
from handlers.support import helpdesk_events, reply_drafts, team_commands, ticket_decisions, tickets
from handlers.support.helpdesk import Helpdesk
from handlers.support.helpdesk_events import HelpdeskEvent
from handlers.support.reply_drafts import Drafter
from handlers.support.ticket_decisions import SupportTerms, TicketSnapshot
from handlers.work.documents import Documents, Read
from handlers.work.inbox import Claim, Decide, Decision, Event, EventState

NOT_OURS = "it is about no ticket of the app"
INTENTS = {"support_requested": ticket_decisions.request, "support_answered": ticket_decisions.answer}


@dataclass(frozen=True)
class Desk:
    """Prepares decisions; `clock` returns the present time in UTC."""

    documents: Documents
    helpdesk: Helpdesk
    terms: SupportTerms
    clock: Callable[[], datetime]
    drafter: Drafter | None = None

    def prepare(self, held: Claim) -> Decide:
        """Return the decision to make in the event's transaction.

        Raises Unavailable when the helpdesk cannot be asked, LookupError for an event that is none of support's.
        """
        event = held.event
        match event.source:
            case "intent":
                return partial(INTENTS[event.kind], event, self.terms, self.clock())
            case "staff":
                return self._commanded(event)
            case "zendesk":
                return self._followed(event)
            case "helpdesk":
                return self._reported(event)
        raise LookupError(f"no support event comes from {event.source}")

    def _commanded(self, event: Event) -> Decide:
        match event.kind:
            case team_commands.DRAFT:
                return self._drafted(event)
            case team_commands.APPROVE:
                return partial(reply_drafts.approve, event, self.terms, self.clock())
        return partial(ticket_decisions.command, event, self.terms, self.clock())

    def _drafted(self, event: Event) -> Decide:
        if self.drafter is None:
            return partial(_ignored, "no drafter was chosen for this launch")
        ticket_id = json.loads(event.body)["ticketId"]
        fields = self.documents.get(tickets.path(ticket_id))
        if fields is None:
            return partial(_ignored, NOT_OURS)
        ticket = tickets.parse(ticket_id, fields)
        try:
            text = reply_drafts.plain(self.drafter.draft(reply_drafts.conversation(ticket, self.documents.get)))
        except Refused as error:
            return partial(_undrafted, str(error))
        return partial(reply_drafts.propose, event, ticket, text, self.clock())

    def _followed(self, event: Event) -> Decide:
        told = helpdesk_events.zendesk_event(json.loads(event.body))
        fields = self.documents.get(tickets.path(told.ticket_id)) if told else None
        if told is None or fields is None:
            return partial(_ignored, NOT_OURS)
        ticket = tickets.parse(told.ticket_id, fields)
        seen = self.helpdesk.look(ticket)
        return partial(
            ticket_decisions.followed, event, told, TicketSnapshot(ticket.rev, ticket.syncs, seen.state), self.clock()
        )

    def _reported(self, event: Event) -> Decide:
        told: HelpdeskEvent | None = helpdesk_events.standard_event(json.loads(event.body))
        return partial(ticket_decisions.reported, event, told, self.clock()) if told else partial(_ignored, NOT_OURS)


def _undrafted(reason: str, read: Read) -> Decision:  # noqa: ARG001 - has the shape of every decision
    return Decision(state=EventState.IGNORED, reason=reason, warnings=(reason,))


def _ignored(reason: str, read: Read) -> Decision:  # noqa: ARG001 - has the shape of every decision
    return Decision(state=EventState.IGNORED, reason=reason)
