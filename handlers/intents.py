"""What a user of the app wants, whichever way it came: the kinds, what each must hold, the event it becomes. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from handlers import ids, strictjson
from handlers.failures import Rejected
from handlers.senders.id_tokens import Person
from handlers.service_manifest import SUPPORT_TICKET, SYNC_CRM, SYNC_PAYMENTS
from handlers.words import Code
from handlers.work.inbox import Event

MAX_NAME = 200  # characters
MAX_SUBJECT = 200
MAX_MESSAGE = 20_000
MAX_PLAN = 128


@dataclass(frozen=True)
class Kind:
    """One kind of intent: the service that processes it, its first status, and the check of its data.

    The check raises Rejected.
    """

    service: str
    first: Code
    check: Callable[[Mapping[str, Any]], None]


@dataclass(frozen=True)
class Intent:
    """A checked intent as the event it becomes, with the service that processes it and its first status."""

    event: Event
    service: str
    first: Code


def parse(person: Person, name: str, body: bytes, correlation_id: str) -> Intent:
    """Return the intent that `person` expresses in `body`, a JSON object `{"id": …, "data": {…}}`; raises Rejected.

    The same person, kind and id are the same event, whether it comes by HTTPS or as a document.
    """
    kind = kind_of(name)
    client_id, data = _parts(strictjson.parse_object(body))
    kind.check(data)
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
    return Intent(event, kind.service, kind.first)


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


def _check_signup(data: Mapping[str, Any]) -> None:
    _optional(data, "name", MAX_NAME)


def _check_payment(data: Mapping[str, Any]) -> None:
    _optional(data, "plan", MAX_PLAN)


def _check_support(data: Mapping[str, Any]) -> None:
    _required(data, "subject", MAX_SUBJECT)
    _required(data, "message", MAX_MESSAGE)


def _check_answer(data: Mapping[str, Any]) -> None:
    if not ids.is_ticket_id(data.get("ticketId")):
        raise _bad("data.ticketId must be the id of the ticket that is answered")
    _required(data, "message", MAX_MESSAGE)


def _required(data: Mapping[str, Any], key: str, limit: int) -> None:
    text = data.get(key)
    if not (isinstance(text, str) and text.strip() and len(text) <= limit):
        raise _bad(f"data.{key} must be text of 1 to {limit} characters")


def _optional(data: Mapping[str, Any], key: str, limit: int) -> None:
    text = data.get(key, "")
    if not (isinstance(text, str) and len(text) <= limit):
        raise _bad(f"data.{key} must be text of at most {limit} characters")


def _bad(message: str) -> Rejected:
    return Rejected(400, Code.BAD_INTENT, message)


KINDS: Mapping[str, Kind] = {
    "signup_completed": Kind(SYNC_CRM, Code.SIGNUP_PENDING, _check_signup),
    "payment_attempted": Kind(SYNC_PAYMENTS, Code.PAYMENT_PENDING, _check_payment),
    "support_requested": Kind(SUPPORT_TICKET, Code.SUPPORT_PENDING, _check_support),
    "support_answered": Kind(SUPPORT_TICKET, Code.SUPPORT_PENDING, _check_answer),
}
