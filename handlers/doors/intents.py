"""`POST /v1/intents/{kind}`: what a signed-in user of the app wants, under an id that the app made."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from handlers import strictjson
from handlers.doors.accept import Acceptor, new_correlation_id
from handlers.doors.wire import Answer, Call, require_json
from handlers.failures import Rejected
from handlers.identity import Identity, Person
from handlers.inbox import Event
from handlers.roles import SUPPORT_TICKET, SYNC_CRM

CLIENT_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
MAX_NAME = 200  # characters
MAX_SUBJECT = 200
MAX_MESSAGE = 20_000


@dataclass(frozen=True)
class Intent:
    """One kind of intent: the service that processes it, and the check of its data, which raises Rejected."""

    service: str
    check: Callable[[Mapping[str, Any]], None]


@dataclass(frozen=True)
class IntentsDoor:
    """Verify the user, check the data, store, enqueue."""

    identity: Identity
    acceptor: Acceptor

    def __call__(self, call: Call) -> Answer:
        """Answer 202 for a new intent and 200 for one that is known; see failures for the other ends."""
        person = self.identity.verify(call.headers.get("authorization", ""))
        kind = call.path["kind"]
        intent = INTENTS.get(kind)
        if intent is None:
            raise Rejected(404, "unknown_intent", f"there is no such intent; known are {', '.join(INTENTS)}")
        require_json(call)
        client_id = _checked(strictjson.parse_object(call.body), intent)
        event_id = id_for(person, kind, client_id)
        correlation_id = call.correlation_id or new_correlation_id()
        event = Event(event_id, "intent", kind, call.body.decode(), correlation_id, person.user_id, person.email)
        stored = self.acceptor.accept(event, intent.service)
        return Answer(202 if stored.is_new else 200, {"id": event_id, "state": stored.state.value})


def id_for(person: Person, kind: str, client_id: str) -> str:
    """Return the event id of an intent: the user is part of it, so that no one can take another's ids."""
    text = "\x00".join((person.user_id, kind, client_id))
    return "int_" + hashlib.sha256(text.encode()).hexdigest()[:40]


def _checked(body: Mapping[str, Any], intent: Intent) -> str:
    client_id, data = body.get("id"), body.get("data", {})
    if not (isinstance(client_id, str) and CLIENT_ID.fullmatch(client_id)):
        raise _bad("id must be 1 to 64 letters, digits, dots, colons, dashes or underscores, made by the app")
    if not isinstance(data, dict):
        raise _bad("data must be an object")
    intent.check(data)
    return client_id


def _check_signup(data: Mapping[str, Any]) -> None:
    name = data.get("name", "")
    if not (isinstance(name, str) and len(name) <= MAX_NAME):
        raise _bad(f"data.name must be text of at most {MAX_NAME} characters")


def _check_support(data: Mapping[str, Any]) -> None:
    for key, limit in (("subject", MAX_SUBJECT), ("message", MAX_MESSAGE)):
        text = data.get(key)
        if not (isinstance(text, str) and text.strip() and len(text) <= limit):
            raise _bad(f"data.{key} must be text of 1 to {limit} characters")


def _bad(message: str) -> Rejected:
    return Rejected(400, "bad_intent", message)


INTENTS: Mapping[str, Intent] = {
    "signup_completed": Intent(SYNC_CRM, _check_signup),
    "support_requested": Intent(SUPPORT_TICKET, _check_support),
}
