"""What a user of the app wants, whichever way it came: who may want it, what it holds, the event it becomes. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from handlers import ids, strictjson
from handlers.failures import Rejected
from handlers.intent_kinds import KINDS, MOST_AN_HOUR, Kind, Text
from handlers.senders.id_tokens import Person
from handlers.words import Code
from handlers.work.budgets import Budget
from handlers.work.inbox import Event


@dataclass(frozen=True)
class Intent:
    """A checked intent as the event it becomes, with the service that processes it and its first status.

    `budget` is how many of its kind the user may send, and `opens_ticket` says that it leads to a new ticket.
    """

    event: Event
    service: str
    first: Code
    budget: Budget
    opens_ticket: bool


def parse(person: Person, name: str, body: bytes, correlation_id: str) -> Intent:
    """Return the intent that `person` expresses in `body`, a JSON object `{"id": …, "data": {…}}`; raises Rejected.

    The same person, kind and id are the same event, whether it comes by HTTPS or as a document.
    """
    kind = kind_of(name)
    if kind.needs_proof and not person.is_proven:
        raise Rejected(403, Code.NOT_PROVEN, "the user has no verified e-mail address and no telephone number")
    client_id, data = _parts(strictjson.parse_object(body))
    _check(data, kind.fields)
    event = Event(
        id_for(person, name, client_id),
        "intent",
        name,
        body.decode(),
        correlation_id,
        person.user_id,
        person.email,
        client_id,
    )
    budget = Budget(name, kind.per_hour, MOST_AN_HOUR)
    return Intent(event, kind.service, kind.first, budget, kind.opens_tickets)


def kind_of(name: str) -> Kind:
    """Return the kind of that name; raises Rejected (404)."""
    if name not in KINDS:
        raise Rejected(404, Code.UNKNOWN_INTENT, f"there is no such intent; known are {', '.join(KINDS)}")
    return KINDS[name]


def id_for(person: Person, name: str, client_id: str) -> str:
    """Return the event id of an intent: the user is part of it, so that no one can take another's ids."""
    text = "\x00".join((person.user_id, name, client_id))
    return "int_" + hashlib.sha256(text.encode()).hexdigest()[:40]


def _parts(body: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    client_id, data = body.get("id"), body.get("data", {})
    if not (ids.is_client_id(client_id) and ids.is_document_id(client_id)):  # its status is kept under this id
        raise _bad("id must be 1 to 64 letters, digits, dots, colons, dashes or underscores, made by the app")
    if not isinstance(data, dict):
        raise _bad("data must be an object")
    return client_id, data


def _check(data: Mapping[str, Any], fields: Mapping[str, Text]) -> None:
    strange = sorted(set(data) - set(fields))
    if strange:
        raise _bad(f"data may hold {', '.join(fields)} and nothing else")
    for name, text in fields.items():
        if (name in data or text.is_required) and not _fits(data.get(name), text):
            raise _bad(f"data.{name} must be text of {text.least} to {text.most} characters{_like(text)}")


def _fits(value: object, text: Text) -> bool:
    if not (isinstance(value, str) and text.least <= _length(value) <= text.most):
        return False
    has_words = bool(value.strip()) or not text.is_required
    return has_words and (not text.pattern or bool(re.fullmatch(text.pattern, value)))


def _length(value: str) -> int:
    """Return the number of UTF-16 code units."""
    return len(value) + sum(character > "\uffff" for character in value)


def _like(text: Text) -> str:
    return f" that match {text.pattern}" if text.pattern else ""


def _bad(message: str) -> Rejected:
    return Rejected(400, Code.BAD_INTENT, message)
