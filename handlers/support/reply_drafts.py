"""Drafts of replies, `drafts/{ticketId}`: text that a machine proposes and a person approves, word for word. Pure.

What writes a draft gets text and gives text. It has no tool, no key and no document; nothing that a user writes into a
ticket can make it do anything. What it proposes is sent only when a person approves the hash of that very text, while
the ticket stands as it stood when it was written.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol

from handlers.support import ticket_decisions, tickets
from handlers.support.ticket_decisions import SupportTerms
from handlers.support.tickets import Act, Move, Ticket
from handlers.work.documents import Fields, Read, Write
from handlers.work.inbox import Decision, Event, EventState, Stale

MAX_DRAFT = 5_000  # characters
STEPS = 20  # of the history that are told to the drafter
WARNINGS: Mapping[str, re.Pattern[str]] = {
    "names a link": re.compile(r"https?://|www\.", re.IGNORECASE),
    "speaks of money": re.compile(
        r"refund|credit|discount|voucher|free of charge|upgrade|\bplan\b|€|\$|£", re.IGNORECASE
    ),
    "speaks of secrets": re.compile(r"password|secret|api.?key|token|\bsk_|\brk_|whsec_|credential", re.IGNORECASE),
    "looks like a command": re.compile(r"[{}<>`]|\btool\b|function|execute|\bcurl\b|\bsql\b", re.IGNORECASE),
    "repeats instructions": re.compile(r"instruction|system prompt|as you (asked|commanded)|ignore", re.IGNORECASE),
}


class Drafter(Protocol):
    """Proposes a reply: text in, text out."""

    def draft(self, text: str) -> str:
        """Return a reply to what was said; raises Unavailable or Refused."""
        ...


def conversation(ticket: Ticket, read: Callable[[str], Fields | None]) -> str:
    """Return what the drafter is told: the conversation, and nothing about who or what the user is."""
    lines = [f"Subject: {ticket.subject}", "", f"User: {ticket.message}"]
    for rev in range(max(2, ticket.rev - STEPS + 1), ticket.rev + 1):
        step = read(tickets.step_path(ticket.id, rev)) or {}
        if step.get("text"):
            lines.append(f"{'User' if step['act'] == Act.ANSWER else 'Team'}: {step['text']}")
    return "\n".join(lines)


def plain(text: str) -> str:
    """Return a proposal as plain text: without control characters, and not longer than a reply may be."""
    kept = "".join(each for each in text if each == "\n" or each.isprintable())
    return kept.strip()[:MAX_DRAFT]


def hash_of(text: str) -> str:
    """Return the SHA-256 of a text in hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def warnings(text: str) -> list[str]:
    """Return what a person should look at twice before approving."""
    return [words for words, pattern in WARNINGS.items() if pattern.search(text)]


def path(ticket_id: str) -> str:
    """Return where the present draft of a ticket is kept."""
    return f"drafts/{ticket_id}"


def propose(event: Event, ticket: Ticket, text: str, now: datetime, read: Read) -> Decision:
    """Keep a proposal for the ticket as it was read; raises Stale when it has moved since."""
    fields = read(tickets.path(ticket.id))
    if fields is None or tickets.parse(ticket.id, fields).rev != ticket.rev:
        raise Stale
    if not text:
        return Decision(state=EventState.IGNORED, reason="the drafter proposed nothing")
    kept = {
        "text": text,
        "hash": hash_of(text),
        "rev": ticket.rev,
        "warnings": warnings(text),
        "at": now,
        "askedBy": event.email or event.user_id,
        "approvedBy": "",
    }
    return Decision((Write(path(ticket.id), kept),))


def approve(event: Event, terms: SupportTerms, now: datetime, read: Read) -> Decision:
    """Send the draft whose hash a person has approved, as that person's reply."""
    body: dict[str, Any] = json.loads(event.body)
    ticket_id = body["ticketId"]
    draft, fields = read(path(ticket_id)), read(tickets.path(ticket_id))
    if draft is None or fields is None:
        return Decision(state=EventState.IGNORED, reason="there is no draft to approve")
    ticket = tickets.parse(ticket_id, fields)
    if reason := _objection(draft, ticket, body["hash"]):
        return Decision(state=EventState.IGNORED, reason=reason)
    by = event.email or event.user_id
    decision = ticket_decisions.done_here(event, ticket, Move(Act.REPLY, by, draft["text"]), terms, now)
    if decision.state is not EventState.DONE:
        return decision
    approved = Write(path(ticket_id), {"approvedBy": by})
    return Decision((*decision.writes, approved), decision.effects)


def _objection(draft: Fields, ticket: Ticket, approved: str) -> str:
    if draft["hash"] != approved or hash_of(draft["text"]) != approved:
        return "the draft is not the one that was approved"
    if draft["approvedBy"]:
        return "the draft was sent before"
    return "" if draft["rev"] == ticket.rev else "the ticket has moved since the draft was written; ask for a new one"
