"""Flow: a user asks for help; one ticket, at the helpdesk too, one mail to the team, and the record follows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from blueprint.finding import Finding, Status
from flows import helpdesk
from flows.helpdesk import Opened
from flows.scene import Scene
from flows.vendors import denied_since
from flows.waiting import wait_for
from handlers.service_manifest import HUBSPOT_TOKEN
from handlers.support import tickets
from handlers.support.tickets import TicketState

ID = "flow.support"
LIMIT = 30.0  # seconds until the ticket is at the helpdesk and the team is told
PATH = "/v1/intents/support_requested"
SUBJECT = "Synthetic request 👋"
MESSAGE = "It does not start. 🦜\n" * 40
REPLY = "Which phone is it? 📱"
FIX = (
    "Follow the intent by its id in `./launch logs intake` and `./launch logs support-ticket`; "
    "`./launch secrets list` shows whether the keys of the helpdesk and the mailer have values; push keys that "
    "they issued where they denied one."
)


@dataclass(frozen=True)
class Observation:
    """What came of a request that was sent twice: our ticket, the helpdesk's and its webhooks, the team's mails."""

    ticket_id: str
    answers: tuple[int, ...]
    ticket: Mapping[str, Any]
    helpdesk: tuple[Opened, ...]
    mails: int
    webhooks: tuple[str, ...] = ()
    denied: str = ""


def play(scene: Scene) -> Finding:
    """Ask for help as a synthetic user, twice under the same id."""
    before = scene.vendors.denials()
    _, token = scene.vendors.sign_up(scene.stage.email("support"))
    body = json.dumps({"id": f"support-{scene.stage.run}", "data": {"subject": SUBJECT, "message": MESSAGE}}).encode()
    bearer = {"Authorization": f"Bearer {token}"}
    answers = [scene.edge.post(PATH, body, bearer) for _ in range(2)]
    ticket_id, at = _ticket_of(answers[0].text), helpdesk.of(scene)

    def ticket() -> Mapping[str, Any]:
        return scene.record(tickets.path(ticket_id)) if ticket_id else {}

    def count() -> Observation:
        return Observation(
            ticket_id,
            tuple(each.status for each in answers),
            ticket(),
            tuple(at.tickets(ticket_id)) if ticket_id else (),
            at.notifications(ticket_id) if ticket_id else 0,
            tuple(scene.vendors.helpdesk_deliveries(ticket_id)) if ticket_id else (),
        )

    def has_arrived() -> bool:
        return bool(ticket().get("helpdeskId")) and at.notifications(ticket_id) > 0

    arrived, _ = wait_for(has_arrived, bool, LIMIT if ticket_id else 0)
    if arrived:
        at.answer(ticket_id, REPLY)
        wait_for(lambda: ticket().get("state"), lambda state: state == TicketState.WAITING, LIMIT)
    scene.settle()  # a second notification, if there is one, comes right behind the first
    wanted = {name: number for name, number in scene.vendors.denials().items() if name != HUBSPOT_TOKEN}
    return judge(replace(count(), denied=denied_since(before, wanted)))


def judge(seen: Observation) -> Finding:
    """Return whether there is one ticket with the user's own words on both sides, and one notification."""
    helpdesk_ids = tuple(each.id for each in seen.helpdesk)
    intact = all(each.text in {MESSAGE, MESSAGE.strip()} for each in seen.helpdesk)
    is_well = (
        seen.answers == (202, 200)
        and seen.ticket.get("message") == MESSAGE
        and helpdesk_ids == (seen.ticket.get("helpdeskId"),)
        and intact
        and seen.mails == 1
        and seen.ticket.get("state") == TicketState.WAITING
    )
    return Finding(
        id=ID,
        subject=seen.ticket_id or PATH,
        status=Status.PASS if is_well else Status.FAIL,
        expected=(
            f"one ticket with the user's words intact, at the helpdesk too, and one mail within {LIMIT:.0f} s; "
            "it waits for the user after the team has answered"
        ),
        observed=(
            f"answered {' and then '.join(map(str, seen.answers))}; {1 if seen.ticket else 0} tickets, "
            f"{len(seen.helpdesk)} at the helpdesk, {seen.mails} mails{'' if intact else '; the text was changed'}; "
            f"after the reply it is {seen.ticket.get('state', 'not there')}{'' if is_well else seen.denied}"
        ),
        evidence=json.dumps(
            {"ticket": _without_text(seen.ticket), "helpdesk": helpdesk_ids, "webhooks": seen.webhooks}, default=str
        ),
        fix="" if is_well else FIX,
    )


def _ticket_of(answer: str) -> str:
    try:
        return tickets.id_for(json.loads(answer)["id"])
    except (ValueError, KeyError, TypeError):
        return ""


def _without_text(ticket: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in ticket.items() if name != "message"}
