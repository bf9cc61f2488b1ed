"""`POST /v1/intents/{kind}`: what a signed-in user of the app wants, under an id that the app made."""

from __future__ import annotations

from dataclasses import dataclass

from handlers import intents
from handlers.doors.intent_acceptance import accept
from handlers.doors.routing import Answer, Call, require_json
from handlers.senders.id_tokens import Identity
from handlers.words import SENTENCES
from handlers.work.acceptor import Acceptor, new_correlation_id


@dataclass(frozen=True)
class IntentsDoor:
    """Verify the user, check the data, store, enqueue."""

    identity: Identity
    acceptor: Acceptor

    def __call__(self, call: Call) -> Answer:
        """Answer 202 for a new intent and 200 for one that is known; see failures for the other ends."""
        person = self.identity.verify(call.headers.get("authorization", ""))
        intents.kind_of(call.path["kind"])
        require_json(call)
        intent = intents.parse(person, call.path["kind"], call.body, call.correlation_id or new_correlation_id())
        stored = accept(self.acceptor, intent)
        words = {"code": intent.first, "sentence": SENTENCES[intent.first]} if stored.is_new else {}
        return Answer(202 if stored.is_new else 200, {"id": intent.event.id, "state": stored.state.value, **words})
