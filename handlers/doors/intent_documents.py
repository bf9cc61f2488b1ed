"""`POST /intents/created`: a user's intent that the app wrote as a document, which its own offline queue made durable.

Eventarc delivers each new `users/{userId}/intents/{id}` at least once, in any order, and gives up after 24 hours; a
sweep looks for intents without a status. Headers: https://cloud.google.com/eventarc/docs/cloudevents. The body is a
google.events.cloud.firestore.v1.DocumentEventData, whose first field is the document, in the same wire form as in
google.firestore.v1.DocumentChange (googleapis/google-cloudevents, data.proto); so the locked Firestore types read it.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from google.cloud.firestore_v1 import types
from google.protobuf.message import DecodeError

from handlers import intents
from handlers.doors.intent_acceptance import accept
from handlers.doors.routing import MAX_BODY, Answer, Call
from handlers.failures import Rejected
from handlers.logs import Log
from handlers.outside.firebase_accounts import Accounts
from handlers.senders.id_tokens import Person
from handlers.words import STATES, Code
from handlers.work import erasures, statuses
from handlers.work.acceptor import Acceptor, new_correlation_id
from handlers.work.statuses import StatusTarget

PROTOBUF = "application/protobuf"
MAX_EVENT = 2 * 1024 * 1024  # bytes; Firestore's largest document has 1 MiB, and what it holds is checked here
CREATED = "google.cloud.firestore.document.v1.created"
PLACE = re.compile(r".*/documents/users/([^/]{1,128})/intents/([^/]{1,1500})")

Fields = Mapping[str, Any]  # of a document, as plain values


@dataclass(frozen=True)
class CreatedDoor:
    """Takes documents in as the events they ask for, and answers their users in the status document."""

    acceptor: Acceptor
    log: Log
    accounts: Accounts

    def __call__(self, call: Call) -> Answer:
        """Answer 200 when the intent is durably stored, or can never be; everything else has Eventarc come again."""
        if call.headers.get("content-type", "").partition(";")[0].strip() != PROTOBUF:
            raise Rejected(415, Code.BAD_BODY, f"send the document as {PROTOBUF}")
        if call.headers.get("ce-type") != CREATED:
            raise Rejected(400, Code.BAD_BODY, f"only events of type {CREATED} are for this door")
        name, fields = document(call.body)
        place = PLACE.fullmatch(name)
        if place is None:
            raise Rejected(
                400,
                Code.BAD_BODY,
                "the document is not an intent of a user; its path must be users/{userId}/intents/{id}",
            )
        return Answer(200, {"state": self.take(place[1], place[2], fields)})

    def take(self, user_id: str, client_id: str, fields: Fields) -> str:
        """Accept an intent document and return its event's state; `refused` when the user has to be told why.

        Raises Unavailable when it could not be stored.
        """
        kind = str(fields.get("kind", ""))
        try:
            person = self._person(user_id, kind, fields)
            intent = intents.parse(person, kind, _body(client_id, fields), new_correlation_id())
            return accept(self.acceptor, intent).state.value
        except Rejected as error:
            return self._refused(StatusTarget(user_id, client_id, kind), error)

    def _person(self, user_id: str, kind: str, fields: Fields) -> Person:
        """Return whose intent it is; where that has to be proven, as Firebase knows the account at this moment."""
        email = fields.get("email")
        email = email if isinstance(email, str) else ""
        if not intents.kind_of(kind).needs_proof:
            return Person(user_id, email)
        account = self.accounts.get(user_id)
        if account is None or account.email != email.lower():
            return Person(user_id, email)
        return Person(user_id, email, is_proven=account.email_verified if email else account.has_phone)

    def _refused(self, asked: StatusTarget, error: Rejected) -> str:
        self.log.info("rejected", door="/intents/created", outcome=error.code, kind=asked.kind[:64])
        code = error.code if error.code in STATES else Code.BAD_INTENT
        status = statuses.write(asked, code, self.acceptor.clock())
        self.acceptor.documents.transact(
            lambda read: (None, [] if erasures.is_erased(asked.user_id, read) else [status])
        )
        return "refused"


def document(body: bytes) -> tuple[str, Fields]:
    """Return the resource name and the fields of the document in an event's body; raises Rejected (400)."""
    try:
        found = types.DocumentChange.pb().FromString(body).document
    except DecodeError as error:
        raise Rejected(400, Code.BAD_BODY, "the body is not a Firestore document event") from error
    return found.name, {name: plain(value) for name, value in found.fields.items()}


def plain(value: Any) -> Any:
    """Return a Firestore value as JSON knows it; times, bytes, places and references come out as None."""
    match value.WhichOneof("value_type"):
        case "map_value":
            return {name: plain(child) for name, child in value.map_value.fields.items()}
        case "array_value":
            return [plain(child) for child in value.array_value.values]
        case "string_value" | "boolean_value" | "integer_value" as known:
            return getattr(value, known)
        case "double_value" if math.isfinite(value.double_value):
            return value.double_value
    return None


def _body(client_id: str, fields: Fields) -> bytes:
    """Return the intent as it would have come by HTTPS; raises Rejected (413) when that is too large to keep."""
    body = json.dumps({"id": client_id, "data": fields.get("data") or {}}, ensure_ascii=False).encode()
    if len(body) > MAX_BODY:
        raise Rejected(413, Code.TOO_LARGE, f"the intent is larger than {MAX_BODY} bytes")
    return body
