"""What helpdesks tell by webhook, parsed: Zendesk's ticket events, and events that follow Standard Webhooks.

https://developer.zendesk.com/api-reference/webhooks/event-types/ticket-events
https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from handlers import ids
from handlers.failures import Rejected
from handlers.support.tickets import Act
from handlers.words import Code

ZENDESK_PREFIX = "zen:event-type:ticket."
ZENDESK_KINDS = frozenset({"status_changed", "comment_added", "agent_assignment_changed"})
ACTS: Mapping[str, Act] = {
    "ticket.assigned": Act.ASSIGN,
    "ticket.replied": Act.REPLY,
    "ticket.answered": Act.ANSWER,
    "ticket.resolved": Act.RESOLVE,
    "ticket.noted": Act.NOTE,
}
SAYING = frozenset({Act.REPLY, Act.ANSWER, Act.NOTE})
EVENT_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")


@dataclass(frozen=True)
class HelpdeskEvent:
    """What an event says happened to a ticket of ours. Texts are empty where it says nothing."""

    ticket_id: str
    act: Act
    by: str = "helpdesk"
    text: str = ""
    to: str = ""
    helpdesk_id: str = ""
    comment_id: str = ""


def zendesk_envelope(body: Mapping[str, Any]) -> tuple[str, str]:
    """Return the id and the kind of an event, such as `status_changed`; raises Rejected (400)."""
    id_, type_ = body.get("id"), body.get("type")
    if not (isinstance(id_, str) and EVENT_ID.fullmatch(id_) and isinstance(type_, str)):
        raise Rejected(400, Code.BAD_EVENT, "a Zendesk event has an id and a type")
    return f"zen_{id_}", type_.removeprefix(ZENDESK_PREFIX)[:64]


def zendesk_event(body: Mapping[str, Any]) -> HelpdeskEvent | None:
    """Return what an event tells, None when it is about no ticket of ours.

    A comment that is not public is the team's own business and is left out.
    """
    detail, event = _mapping(body.get("detail")), _mapping(body.get("event"))
    ticket_id = _text(detail.get("external_id"))
    if not ids.is_ticket_id(ticket_id):
        return None
    comment = _mapping(event.get("comment"))
    author = _mapping(comment.get("author"))
    is_public = comment.get("is_public") is True
    return HelpdeskEvent(
        ticket_id,
        Act.NOTE if not comment else Act.REPLY if author.get("is_staff") else Act.ANSWER,
        by=f"helpdesk:{author['id']}" if "id" in author else "helpdesk",
        text=_text(comment.get("body")) if is_public else "",
        helpdesk_id=str(detail.get("id", "")),
        comment_id=re.sub(r"[^A-Za-z0-9_-]", "", str(comment.get("id", ""))),
    )


def standard_event(body: Mapping[str, Any]) -> HelpdeskEvent | None:
    """Return what an event tells, None when its type is none of ACTS; raises Rejected (400) when its data is not right.

    `data` holds `ticket_id` (ours), `by`, for words a `text`, and for an assignment `to`.
    """
    act = ACTS.get(_text(body.get("type")))
    if act is None:
        return None
    data = _mapping(body.get("data"))
    ticket_id, text = _text(data.get("ticket_id")), _text(data.get("text"))
    if not ids.is_ticket_id(ticket_id):
        raise Rejected(400, Code.BAD_EVENT, "data.ticket_id must be the id of a ticket, as the helpdesk got it from us")
    if act in SAYING and not text.strip():
        raise Rejected(400, Code.BAD_EVENT, f"an event that says something needs data.text; {act.value} came without")
    return HelpdeskEvent(ticket_id, act, _text(data.get("by"))[:200] or "helpdesk", text, _text(data.get("to"))[:200])


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
