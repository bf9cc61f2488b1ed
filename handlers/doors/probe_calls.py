"""`POST /webhooks/probe`: Cloud Scheduler's probe, which comes by the public way that Stripe's events take."""

from __future__ import annotations

from dataclasses import dataclass

from handlers.doors.routing import Answer, Call
from handlers.senders.service_tokens import ServiceIdentity
from handlers.service_manifest import SYNC_PAYMENTS
from handlers.work import probes
from handlers.work.acceptor import Acceptor, new_correlation_id


@dataclass(frozen=True)
class ProbeDoor:
    """Verify Google's signature, store, enqueue. What the request says beside its signature is not looked at."""

    identity: ServiceIdentity
    acceptor: Acceptor

    def __call__(self, call: Call) -> Answer:
        """Answer 200 exactly when the probe is durably stored; each call is a probe of its own."""
        self.identity.require(call.headers.get("authorization", ""))
        event = probes.event(new_correlation_id())
        stored = self.acceptor.accept(event, SYNC_PAYMENTS)
        return Answer(200, {"id": event.id, "state": stored.state.value})
