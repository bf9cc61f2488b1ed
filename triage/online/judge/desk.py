"""The helpdesk and the CRM's workflows: what comes in, what runs by itself, who is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from triage.model import Hit, Sure
from triage.online.answers import Answers, listed, number
from triage.online.judge.records import hit

TELLS = frozenset({"notification_user", "notification_group", "notification_target", "notification_webhook"})
# developer.zendesk.com/documentation/ticketing/reference-guides/suspensions-reference: what machines sent, not people
MACHINES = frozenset({0, 3, 4, 7, 8, 9, 13, 14, 16})
REQUESTER = frozenset({"requester_id", "requester_and_ccs"})


def judge(answers: Answers) -> Iterator[Hit]:
    """Yield what is wrong with support intake and with workflows."""
    yield from _forwarding(answers)
    yield from _rules(answers)
    suspended = [one for one in answers.of("zendesk/suspended_tickets") if number(one.get("cause_id")) not in MACHINES]
    if suspended:
        words = f"{len(suspended)} messages were suspended and nobody has looked at them."
        yield hit("online.helpdesk.suspended", "suspended tickets", words, [str(one.get("id")) for one in suspended])
    off = [
        str(one.get("name") or one.get("id")) for one in answers.of("hubspot/flows") if one.get("isEnabled") is False
    ]
    if off:
        words = f"{len(off)} workflows of the CRM are switched off."
        yield hit("online.crm.automation", "HubSpot workflows", words, off, Sure.LIKELY)


def _forwarding(answers: Answers) -> Iterator[Hit]:
    for row in answers.of("zendesk/recipient_addresses"):
        state, email = str(row.get("forwarding_status", "")), str(row.get("email", ""))
        if state in {"failed", "waiting", "unknown"} and not email.endswith(".zendesk.com"):
            words = f"Mail to {email} does not arrive: its forwarding is {state}."
            sure = Sure.LIKELY if state == "unknown" else Sure.CERTAIN  # nobody has tested it, or a connector brings it
            yield hit("online.helpdesk.forwarding", email, words, [str(row.get("id"))], sure)


def _rules(answers: Answers) -> Iterator[Hit]:
    if answers.has("zendesk/triggers"):
        active = [one for one in answers.of("zendesk/triggers") if one.get("active")]
        if not any(_tells_staff(one) for one in active):
            words = f"None of the {len(active)} active triggers tells an agent or a group of a new ticket."
            yield hit("online.helpdesk.notice", "helpdesk triggers", words)
    names = [
        str(one.get("title"))
        for one in (*answers.of("zendesk/triggers"), *answers.of("zendesk/automations"))
        if one.get("active") is False
    ]
    if names:
        words = f"{len(names)} triggers and automations are switched off."
        yield hit("online.helpdesk.automation", "helpdesk automations", words, names, Sure.LIKELY)


def _tells_staff(trigger: Mapping[str, Any]) -> bool:
    for action in listed(trigger, "actions"):
        if not isinstance(action, dict) or str(action.get("field")) not in TELLS:
            continue
        value = action.get("value")
        first = str(value[0] if isinstance(value, list) and value else value)
        if action["field"] != "notification_user" or first not in REQUESTER:
            return True
    return False
