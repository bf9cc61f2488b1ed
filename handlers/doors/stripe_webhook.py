"""`POST /webhooks/stripe`: signed events from Stripe."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from handlers import strictjson
from handlers.billing.stripe_events import STRIPE_KINDS, envelope
from handlers.doors.routing import Answer, Call, require_json
from handlers.doors.signed_webhooks import verified
from handlers.logs import Log
from handlers.outside.secret_cache import SecretCache
from handlers.senders import stripe_signatures
from handlers.service_manifest import STRIPE_SIGNING_SECRET, SYNC_PAYMENTS
from handlers.work.acceptor import Acceptor, new_correlation_id
from handlers.work.inbox import Event


@dataclass(frozen=True)
class StripeDoor:
    """Verify, store, enqueue. `now` returns seconds since the epoch."""

    secret_cache: SecretCache
    acceptor: Acceptor
    now: Callable[[], float]
    log: Log

    def __call__(self, call: Call) -> Answer:
        """Answer 200 exactly when the event is durably stored; see failures for the other ends."""
        header = call.headers.get("stripe-signature", "")
        verified(
            self.secret_cache,
            STRIPE_SIGNING_SECRET,
            lambda secrets: stripe_signatures.verify(header, call.body, secrets, self.now()),
            self.log,
        )
        require_json(call)
        event_id, kind = envelope(strictjson.parse_object(call.body))
        correlation_id = call.correlation_id or new_correlation_id()
        event = Event(event_id, "stripe", kind, call.body.decode(), correlation_id)
        stored = self.acceptor.accept(event, SYNC_PAYMENTS if kind in STRIPE_KINDS else None)
        return Answer(200, {"id": event_id, "state": stored.state.value, "duplicate": not stored.is_new})
