"""`POST /v1/drafts` of the service that drafts: text in, text out, and nothing kept."""

from __future__ import annotations

from dataclasses import dataclass

from handlers import strictjson
from handlers.doors.routing import Answer, Call, require_json
from handlers.failures import Rejected
from handlers.outside.http_client import Refused
from handlers.support.reply_drafts import Drafter
from handlers.words import Code


@dataclass(frozen=True)
class DraftsDoor:
    """Behind Callers: only the service that may ask gets here."""

    drafter: Drafter

    def __call__(self, call: Call) -> Answer:
        """Answer 200 with a proposal, or 422 with the reason why there will be none."""
        require_json(call)
        text = strictjson.parse_object(call.body).get("text")
        if not (isinstance(text, str) and text.strip()):
            raise Rejected(400, Code.BAD_TEXT, "text must be what the drafter is to reply to")
        try:
            return Answer(200, {"text": self.drafter.draft(text)})
        except Refused as error:
            raise Rejected(422, Code.NO_DRAFT, str(error)) from error
