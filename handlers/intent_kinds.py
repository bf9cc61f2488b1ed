"""The kinds of intents as data: what each may hold, who may send it, how often, and who processes it.

One table for every way that an intent comes: the doors check by it, the contract is written from it, and so can the
security rules be.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from handlers import ids
from handlers.service_manifest import SUPPORT_TICKET, SYNC_CRM, SYNC_PAYMENTS
from handlers.words import Code

MOST_AN_HOUR = 120  # intents of one user, of all kinds
MOST_OPEN = 20  # tickets of one user that are not resolved


@dataclass(frozen=True)
class Text:
    """A field of text: from `least` to `most` characters, and of the regular expression `pattern` as a whole, if any.

    Characters are UTF-16 code units, as apps and security rules count them. Of a required field something other than
    white space must be there. What is changed here changes in firestore/firestore.rules too; a test compares them.
    """

    most: int
    least: int = 1
    pattern: str = ""
    is_required: bool = True


@dataclass(frozen=True)
class Kind:
    """One kind of intent: the service that processes it, its first status, and the fields of its data; no others.

    `needs_proof` asks for a user whose e-mail address or telephone number is verified. `per_hour` is how many one user
    may send, and `opens_tickets` says that MOST_OPEN counts.
    """

    service: str
    first: Code
    fields: Mapping[str, Text]
    needs_proof: bool = False
    per_hour: int = MOST_AN_HOUR
    opens_tickets: bool = False


ONE_LINE = r"[^\x00-\x1f\x7f]*"  # the subject becomes that of a mail
SUBJECT, MESSAGE = Text(200, pattern=ONE_LINE), Text(20_000)

KINDS: Mapping[str, Kind] = {
    "signup_completed": Kind(SYNC_CRM, Code.SIGNUP_PENDING, {"name": Text(200, least=0, is_required=False)}),
    "payment_attempted": Kind(
        SYNC_PAYMENTS, Code.PAYMENT_PENDING, {"plan": Text(128, least=0, is_required=False)}, per_hour=30
    ),
    "support_requested": Kind(
        SUPPORT_TICKET,
        Code.SUPPORT_PENDING,
        {"subject": SUBJECT, "message": MESSAGE},
        needs_proof=True,
        per_hour=10,
        opens_tickets=True,
    ),
    "support_answered": Kind(
        SUPPORT_TICKET,
        Code.SUPPORT_PENDING,
        {"ticketId": Text(28, 28, ids.TICKET_ID.pattern), "message": MESSAGE},
        needs_proof=True,
        per_hour=30,
    ),
}


def schema(kind: Kind) -> dict[str, Any]:
    """Return the JSON Schema of a kind's data."""
    return {
        "type": "object",
        "required": [name for name, text in kind.fields.items() if text.is_required],
        "additionalProperties": False,
        "properties": {name: _text_schema(text) for name, text in kind.fields.items()},
    }


def _text_schema(text: Text) -> dict[str, Any]:
    pattern = {"pattern": f"^{text.pattern}$"} if text.pattern else {}
    return {"type": "string", "minLength": text.least, "maxLength": text.most, **pattern}
