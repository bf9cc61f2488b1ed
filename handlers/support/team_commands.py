"""What the team commands, whichever way it comes: what a command must hold, and the event that it becomes. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from handlers import ids
from handlers.failures import Rejected
from handlers.support.tickets import TRANSITIONS, Act, Ticket, refusal
from handlers.words import Code
from handlers.work.inbox import Event

MAX_TEXT = 20_000  # characters
MAX_NAME = 200
DRAFT, APPROVE = "draft", "approve"
SAYS = frozenset({Act.REPLY.value})
KINDS = (Act.ASSIGN.value, Act.REPLY.value, Act.RESOLVE.value, DRAFT, APPROVE)


@dataclass(frozen=True)
class Agent:
    """Who commands: a user id, and the name by which the history knows them."""

    user_id: str
    name: str


def event(agent: Agent, ticket_id: str, kind: str, body: Mapping[str, Any], correlation_id: str) -> Event:
    """Return the command as an event; raises Rejected (400 or 404) when it is not one.

    `body` holds an `id` made by the sender, the same for every repetition, and what the kind needs: a `text` to reply,
    a `to` to assign to somebody else, the `hash` of the draft that is approved.
    """
    if kind not in KINDS or not ids.is_ticket_id(ticket_id):
        raise Rejected(
            404, Code.UNKNOWN_COMMAND, f"there is no such command or ticket; commands are {', '.join(KINDS)}"
        )
    client_id = body.get("id")
    if not ids.is_client_id(client_id):
        raise _bad("id must be 1 to 64 letters, digits, dots, colons, dashes or underscores, made by the sender")
    kept = {
        "id": client_id,
        "ticketId": ticket_id,
        "text": _text(body, "text", MAX_TEXT, needed=kind in SAYS),
        "to": _text(body, "to", MAX_NAME),
        "hash": _text(body, "hash", 64, needed=kind == APPROVE),
    }
    text = "\x00".join((agent.user_id, ticket_id, kind, client_id))
    id_ = "stf_" + hashlib.sha256(text.encode()).hexdigest()[:40]
    return Event(id_, "staff", kind, json.dumps(kept, ensure_ascii=False), correlation_id, agent.user_id, agent.name)


def require_possible(ticket: Ticket, kind: str) -> None:
    """Raise Rejected (409) when the ticket does not take the command as it stands now."""
    act = Act.REPLY if kind == APPROVE else Act(kind) if kind != DRAFT else None
    if act and (ticket.state, act) not in TRANSITIONS:
        raise Rejected(409, Code.TICKET_STATE, refusal(ticket.state, act))


def _text(body: Mapping[str, Any], name: str, longest: int, *, needed: bool = False) -> str:
    text = body.get(name, "")
    if not (isinstance(text, str) and len(text) <= longest and (text.strip() or not needed)):
        raise _bad(f"{name} must be text of {1 if needed else 0} to {longest} characters")
    return text


def _bad(message: str) -> Rejected:
    return Rejected(400, Code.BAD_COMMAND, message)
