"""`POST /webhooks/zendesk` and `POST /webhooks/helpdesk`: signed events of the helpdesk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from handlers import strictjson
from handlers.doors.routing import Answer, Call, require_json
from handlers.doors.signed_webhooks import verified
from handlers.failures import Rejected
from handlers.logs import Log
from handlers.outside.secret_cache import SecretCache
from handlers.senders import standard_webhooks, zendesk_signatures
from handlers.service_manifest import HELPDESK_SIGNING_SECRET, SUPPORT_TICKET, ZENDESK_SIGNING_SECRET
from handlers.support import helpdesk_events
from handlers.words import Code
from handlers.work.acceptor import Acceptor, new_correlation_id
from handlers.work.inbox import Event


@dataclass(frozen=True)
class ZendeskDoor:
    """Verify, store, enqueue. `now` returns seconds since the epoch."""

    secret_cache: SecretCache
    acceptor: Acceptor
    now: Callable[[], float]
    log: Log

    def __call__(self, call: Call) -> Answer:
        """Answer 200 exactly when the event is durably stored; see failures for the other ends."""
        timestamp = call.headers.get("x-zendesk-webhook-signature-timestamp", "")
        signature = call.headers.get("x-zendesk-webhook-signature", "")
        verified(
            self.secret_cache,
            ZENDESK_SIGNING_SECRET,
            lambda secrets: zendesk_signatures.verify(timestamp, signature, call.body, secrets, self.now()),
            self.log,
        )
        body = _body(call)
        event_id, kind = helpdesk_events.zendesk_envelope(body)
        is_ours = kind in helpdesk_events.ZENDESK_KINDS and helpdesk_events.zendesk_event(body) is not None
        return _accepted(self.acceptor, call, Event(event_id, "zendesk", kind, "", ""), is_ours)


@dataclass(frozen=True)
class HelpdeskDoor:
    """Verify by Standard Webhooks, store, enqueue. `now` returns seconds since the epoch."""

    secret_cache: SecretCache
    acceptor: Acceptor
    now: Callable[[], float]
    log: Log

    def __call__(self, call: Call) -> Answer:
        """Answer 200 exactly when the event is durably stored; see failures for the other ends."""
        id_ = call.headers.get("webhook-id", "")
        headers = (id_, call.headers.get("webhook-timestamp", ""), call.headers.get("webhook-signature", ""))
        verified(
            self.secret_cache,
            HELPDESK_SIGNING_SECRET,
            lambda secrets: standard_webhooks.verify(headers, call.body, secrets, self.now()),
            self.log,
        )
        body = _body(call)
        if not helpdesk_events.EVENT_ID.fullmatch(id_):
            raise Rejected(400, Code.BAD_EVENT, "webhook-id must be 1 to 128 letters, digits, dots, colons or dashes")
        told = helpdesk_events.standard_event(body)
        kind = str(body.get("type", ""))[:64]
        return _accepted(self.acceptor, call, Event(f"hdk_{id_}", "helpdesk", kind, "", ""), told is not None)


def _body(call: Call) -> Mapping[str, Any]:
    require_json(call)
    return strictjson.parse_object(call.body)


def _accepted(acceptor: Acceptor, call: Call, envelope: Event, is_ours: bool) -> Answer:
    correlation_id = call.correlation_id or new_correlation_id()
    event = Event(envelope.id, envelope.source, envelope.kind, call.body.decode(), correlation_id)
    stored = acceptor.accept(event, SUPPORT_TICKET if is_ours else None)
    return Answer(200, {"id": event.id, "state": stored.state.value, "duplicate": not stored.is_new})
