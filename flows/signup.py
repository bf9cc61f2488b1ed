"""Flow: someone signs up in the app, and becomes exactly one user and one CRM contact."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from blueprint.finding import Finding, Status
from flows.scene import Scene
from flows.vendors import denied_since
from flows.waiting import wait_for
from handlers.service_manifest import HUBSPOT_TOKEN

ID = "flow.signup"
LIMIT = 30.0  # seconds until the user has a contact
PATH = "/v1/intents/signup_completed"
FIX = (
    "Follow the intent by its id in `./launch logs intake` and `./launch logs sync-crm`; "
    "`./launch secrets list` shows whether hubspot-token has a value; where the CRM denied it, push one that it issued."
)


@dataclass(frozen=True)
class Observation:
    """What came of a signup that was sent twice: the answers, the user's record, and the contacts in the CRM."""

    user_id: str
    answers: tuple[int, ...]
    stranger: int
    user: Mapping[str, Any]
    contacts: tuple[str, ...]
    seconds: float
    denied: str = ""


def play(scene: Scene) -> Finding:
    """Sign a synthetic user up: send the intent, repeat it as after a lost answer, and try once without a token."""
    before = scene.vendors.denials()
    user_id, token = scene.vendors.sign_up(scene.stage.email("signup"))
    body = json.dumps({"id": f"signup-{scene.stage.run}", "data": {"name": "Synthetic"}}).encode()
    stranger = scene.edge.post(PATH, body, {}).status
    bearer = {"Authorization": f"Bearer {token}"}
    answers = tuple(scene.edge.post(PATH, body, bearer).status for _ in range(2))
    user, seconds = wait_for(lambda: scene.user(user_id), lambda user: bool(user.get("crmContactId")), LIMIT)
    contacts = tuple(scene.vendors.contacts(user_id))
    denied = denied_since(before, {HUBSPOT_TOKEN: scene.vendors.denials()[HUBSPOT_TOKEN]})
    return judge(Observation(user_id, answers, stranger, user, contacts, seconds, denied))


def judge(seen: Observation) -> Finding:
    """Return whether there is one user with one contact, and a stranger was turned away."""
    contact = seen.user.get("crmContactId")
    is_well = seen.answers == (202, 200) and seen.stranger == 401 and bool(contact) and seen.contacts == (str(contact),)
    return Finding(
        id=ID,
        subject=seen.user_id,
        status=Status.PASS if is_well else Status.FAIL,
        expected=f"one user and one CRM contact within {LIMIT:.0f} s, however often it is told; 401 without a token",
        observed=_in_words(seen, contact),
        evidence=json.dumps({"user": dict(seen.user), "contacts": seen.contacts}, default=str),
        fix="" if is_well else FIX,
    )


def _in_words(seen: Observation, contact: Any) -> str:
    answers = f"answered {seen.answers[0]} and then {seen.answers[1]}, without a token {seen.stranger}"
    if not seen.user:
        return f"{answers}; after {seen.seconds:.1f} s there is no user record"
    if not contact:
        return f"{answers}; after {seen.seconds:.1f} s the user has no CRM contact{seen.denied}"
    return f"{answers}; contact {contact} after {seen.seconds:.1f} s, {len(seen.contacts)} in the CRM"
