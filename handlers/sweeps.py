"""What Cloud Scheduler has looked after: work that got stuck, and events of Stripe's that never came."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from handlers.billing.stripe_api import Provider
from handlers.billing.stripe_events import MAX_TEXT, envelope
from handlers.billing.stripe_mode import why_foreign
from handlers.service_manifest import SUPPORT_TICKET, SYNC_CRM, SYNC_PAYMENTS
from handlers.work import inbox, intent_retention, outbox, statuses
from handlers.work.acceptor import Acceptor, new_correlation_id
from handlers.work.documents import Fields, Found, Query, Write, every
from handlers.work.inbox import Event, EventState
from handlers.work.odd_documents import plain, spared
from handlers.work.outbox import EffectState
from handlers.work.task_queue import Task, effect_task, event_task

PATIENCE = timedelta(minutes=2)  # a task that is on its way is not stuck yet
MOST = 500  # of each state at one sweep; the next comes in a minute
CURSOR = "sweeps/stripe-events"
OVERLAP = timedelta(hours=1)  # events may become visible late, and what is younger may still be on its way
REACH = timedelta(days=30)  # as far back as Stripe lists events
PLACE = re.compile(r"users/([^/]{1,128})/intents/([^/]{1,1500})")
OF_SOURCE = {"stripe": SYNC_PAYMENTS, "timer": SYNC_PAYMENTS, "intent": SUPPORT_TICKET}


@dataclass(frozen=True)
class Swept:
    """How many were looked at, and how many had to be sent on their way again."""

    seen: int
    sent: int


def stuck(acceptor: Acceptor) -> Swept:
    """Send on its way whatever waits although its time has come: its task was lost, or its process died.

    Once an hour for each, by the name of the task: what merely waits for a provider that is down is not hurried.
    Raises Unavailable.
    """
    now = acceptor.clock()
    tasks = [*_events(acceptor, now), *_effects(acceptor, now)]
    sent = sum(acceptor.queue.send(replace(task, again=f"sweep {now:%Y-%m-%dT%H}")) for task in tasks)
    return Swept(len(tasks), sent)


def stripe_events(acceptor: Acceptor, provider: Provider, mode: str) -> Swept:
    """Take in the events since the last sweep that never came to the door, and those that Stripe could not deliver.

    One of another mode than the stack's is kept as ignored. Raises Unavailable; the cursor then stays where it is.
    """
    now = acceptor.clock()
    until = (acceptor.documents.get(CURSOR) or {}).get("until") or now - REACH
    seen = sent = 0
    for event in _listed(provider, until - OVERLAP, now):
        seen += 1
        with spared(acceptor.log, f"events/{str(event.get('id'))[:MAX_TEXT]}"):
            sent += _missed(acceptor, event, mode)
    acceptor.documents.transact(lambda _: (None, [Write(CURSOR, {"until": now})]))
    return Swept(seen, sent)


def _missed(acceptor: Acceptor, event: Mapping[str, object], mode: str) -> bool:
    """Take in an event that is not in the inbox."""
    event_id, kind = envelope(event)
    if acceptor.documents.get(inbox.path(event_id)) is not None:
        return False
    foreign = why_foreign(event, mode)
    body, service = json.dumps(event, ensure_ascii=False), None if foreign else SYNC_PAYMENTS
    acceptor.accept(Event(event_id, "stripe", kind, body, new_correlation_id()), service, reason=foreign)
    return True


def service_of(found: Found) -> str:
    """Return who processes an event. One that was stored before its record said so is told by its source."""
    kept = str(found.fields.get("service") or "")
    is_signup = found.fields["kind"] == "signup_completed"
    return kept or (SYNC_CRM if is_signup else OF_SOURCE.get(found.fields["source"], SUPPORT_TICKET))


def forgotten_intents(acceptor: Acceptor, take: Callable[[str, str, Fields], str]) -> Swept:
    """Have `take` (user, id, fields) accept the intent documents that never got a status, and delete the old ones.

    Eventarc gives up after 24 hours. How long an intent is kept: work/intent_retention. Raises Unavailable.
    """
    seen = sent = 0
    for found in every(acceptor.documents, Query("intents", everywhere=True)):
        place = PLACE.fullmatch(found.path)
        if place is None:
            continue  # a collection of the founder's own that has the same name
        seen += 1
        with spared(acceptor.log, found.path):
            if intent_retention.is_over(found, place[1], acceptor.clock(), acceptor.documents.get):
                acceptor.documents.delete(found.path)
            else:
                sent += _taken(acceptor, take, place[1], place[2], found.fields)
    return Swept(seen, sent)


def _taken(
    acceptor: Acceptor, take: Callable[[str, str, Fields], str], user_id: str, client_id: str, fields: Fields
) -> bool:
    """Take in an intent that has no status and is not on its way any more; its time may be of any type."""
    created = fields.get("createdAt")
    is_young = isinstance(created, datetime) and acceptor.clock() - created < OVERLAP
    if is_young or acceptor.documents.get(statuses.path(user_id, client_id)) is not None:
        return False
    take(user_id, client_id, plain(fields))
    return True


def _listed(provider: Provider, since: datetime, now: datetime) -> Iterator[dict[str, object]]:
    for event in provider.events(int(since.timestamp())):
        yield dict(event)
    for event in provider.events(int((now - REACH).timestamp()), undelivered=True):
        yield dict(event)


def _events(acceptor: Acceptor, now: datetime) -> Iterator[Task]:
    for state in (EventState.RECEIVED, EventState.PROCESSING, EventState.FAILED):
        waiting = (("state", "==", state.value), ("receivedAt", "<=", now - PATIENCE))
        for found in acceptor.documents.find(Query("inbox", waiting, "receivedAt", MOST)):
            with spared(acceptor.log, found.path):
                if _is_held(found, now):
                    continue
                yield event_task(found.id, service_of(found), found.fields["correlationId"])


def _effects(acceptor: Acceptor, now: datetime) -> Iterator[Task]:
    waiting = (("state", "==", EffectState.PENDING.value), ("dueAt", "<=", now - PATIENCE))
    for found in acceptor.documents.find(Query("outbox", waiting, "dueAt", MOST)):
        with spared(acceptor.log, found.path):
            if not _is_held(found, now):
                effect = outbox.parse(found.id, found.fields)
                yield effect_task(effect, found.fields["correlationId"], now)


def _is_held(found: Found, now: datetime) -> bool:
    lease = found.fields.get("leaseUntil")
    return bool(lease and lease > now)
