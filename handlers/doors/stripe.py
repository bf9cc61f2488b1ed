"""`POST /webhooks/stripe`: signed events from Stripe."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from handlers import signatures, strictjson
from handlers.doors.accept import Acceptor, new_correlation_id
from handlers.doors.verified import verified
from handlers.doors.wire import Answer, Call, require_json
from handlers.inbox import Event
from handlers.logs import Log
from handlers.roles import STRIPE_SIGNING_SECRET, SYNC_PAYMENTS
from handlers.secrets import Vault
from handlers.stripe_events import KINDS, envelope


@dataclass(frozen=True)
class StripeDoor:
    """Verify, store, enqueue. `now` returns seconds since the epoch."""

    vault: Vault
    acceptor: Acceptor
    now: Callable[[], float]
    log: Log

    def __call__(self, call: Call) -> Answer:
        """Answer 200 exactly when the event is durably stored; see failures for the other ends."""
        header = call.headers.get("stripe-signature", "")
        verified(
            self.vault,
            STRIPE_SIGNING_SECRET,
            lambda secrets: signatures.verify(header, call.body, secrets, self.now()),
            self.log,
        )
        require_json(call)
        event_id, kind = envelope(strictjson.parse_object(call.body))
        correlation_id = call.correlation_id or new_correlation_id()
        event = Event(event_id, "stripe", kind, call.body.decode(), correlation_id)
        stored = self.acceptor.accept(event, SYNC_PAYMENTS if kind in KINDS else None)
        return Answer(200, {"id": event_id, "state": stored.state.value, "duplicate": not stored.is_new})
