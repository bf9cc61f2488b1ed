"""`POST /webhooks/stripe`: signed events from Stripe."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from handlers import strictjson
from handlers.billing.stripe_events import STRIPE_KINDS, envelope
from handlers.billing.stripe_mode import why_foreign
from handlers.doors.routing import Answer, Call, require_json
from handlers.doors.signed_webhooks import verified
from handlers.logs import FOREIGN, Log
from handlers.outside.secret_cache import SecretCache
from handlers.senders import stripe_signatures
from handlers.service_manifest import STRIPE_SIGNING_SECRET, SYNC_PAYMENTS
from handlers.work.acceptor import Acceptor, new_correlation_id
from handlers.work.inbox import Event


@dataclass(frozen=True)
class StripeDoor:
    """Verify, store, enqueue. `now` returns seconds since the epoch, `mode` is the one whose events are believed."""

    secret_cache: SecretCache
    acceptor: Acceptor
    now: Callable[[], float]
    log: Log
    mode: str

    def __call__(self, call: Call) -> Answer:
        """Answer 200 exactly when the event is durably stored; see failures for the other ends.

        One of another mode or account is stored as ignored: refused, Stripe would send it again for three days.
        """
        header = call.headers.get("stripe-signature", "")
        verified(
            self.secret_cache,
            STRIPE_SIGNING_SECRET,
            lambda secrets: stripe_signatures.verify(header, call.body, secrets, self.now()),
            self.log,
        )
        require_json(call)
        said = strictjson.parse_object(call.body)
        event_id, kind = envelope(said)
        correlation_id = call.correlation_id or new_correlation_id()
        event = Event(event_id, "stripe", kind, call.body.decode(), correlation_id)
        foreign = why_foreign(said, self.mode)
        wanted = kind in STRIPE_KINDS and not foreign
        stored = self.acceptor.accept(event, SYNC_PAYMENTS if wanted else None, reason=foreign)
        if foreign:
            self.log.warning("set aside", outcome=FOREIGN, event_id=event_id, kind=kind, reason=foreign)
        return Answer(200, {"id": event_id, "state": stored.state.value, "duplicate": not stored.is_new})
