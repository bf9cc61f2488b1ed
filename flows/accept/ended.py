"""Criterion: what a user says after the team has closed the ticket reaches the team, once, and goes on from there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from blueprint.finding import Finding
from flows import helpdesk
from flows.accept.verdict import found
from flows.device import ANSWER, SUPPORT, Intent, event_id, signed_in
from flows.scene import Scene
from flows.waiting import settle, wait_for
from handlers.support import tickets
from handlers.support.tickets import TicketState

ID = "accept.edge.ended_ticket"
PATIENCE = 30.0  # seconds for each step
QUESTION, AGAIN, REPLY = "It does not start.", "It happens again. 🦜", "Which phone is it? 📱"
FIX = "Follow the ticket's id in `./launch logs support-ticket`; at Zendesk, a closed ticket needs a follow-up."


@dataclass(frozen=True)
class Observation:
    """What came of an answer to a closed ticket: what the team heard of it, our record, what the user was told."""

    ticket_id: str
    status: int
    heard: tuple[str, ...]
    state: str
    told: tuple[str, ...]


def play(scene: Scene) -> Finding:
    """Ask, have the team close the ticket, answer, and have the team reply to that."""
    device, at = signed_in(scene, "accept-ended"), helpdesk.of(scene)
    asked = device.send(Intent(SUPPORT, "request", {"subject": "Synthetic request", "message": QUESTION}))
    ticket_id = tickets.id_for(event_id(asked))
    wait_for(lambda: _record(scene, ticket_id), lambda kept: bool(kept.get("helpdeskId")), PATIENCE)
    at.close(ticket_id)
    wait_for(lambda: _record(scene, ticket_id).get("state"), lambda state: state == TicketState.RESOLVED, PATIENCE)
    answered = device.send(Intent(ANSWER, "again", {"ticketId": ticket_id, "message": AGAIN}))
    heard, _ = wait_for(lambda: at.answers(ticket_id), bool, PATIENCE)
    if heard:
        wait_for(lambda: _record(scene, ticket_id).get("telling"), lambda telling: telling == [], PATIENCE)
        at.answer(ticket_id, REPLY)
        wait_for(lambda: _record(scene, ticket_id).get("state"), lambda state: state == TicketState.WAITING, PATIENCE)
    settle()
    state = str(_record(scene, ticket_id).get("state", "not there"))
    return judge(
        Observation(ticket_id, answered.status, tuple(at.answers(ticket_id)), state, tuple(at.replies(ticket_id)))
    )


def judge(seen: Observation) -> Finding:
    """Return whether the words arrived once and the conversation went on."""
    heard = tuple(each.strip() for each in seen.heard)
    is_well = seen.status == 202 and heard == (AGAIN,) and seen.state == TicketState.WAITING and REPLY in seen.told
    return found(
        ID,
        seen.ticket_id,
        is_well,
        "what the user says after the ticket was closed reaches the team once, and the team's reply comes back",
        f"answered {seen.status}; the team heard {len(heard)} answers, {'' if AGAIN in heard else 'not '}the user's; "
        f"the reply {'came' if REPLY in seen.told else 'did not come'}, and the ticket is {seen.state}",
        FIX,
        heard=len(heard),
        state=seen.state,
    )


def _record(scene: Scene, ticket_id: str) -> Mapping[str, Any]:
    return scene.record(tickets.path(ticket_id))
