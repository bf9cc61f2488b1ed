"""The inbox: every event that a door accepted, once, with what became of it. Firestore is the authority, not the queue.

received ─► processing (lease, attempts) ─► done | ignored
                 └─► failed ─► processing … ─► dead
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from handlers.failures import NotYet, Rejected
from handlers.words import Code
from handlers.work import budgets, erasures, statuses
from handlers.work.budgets import Budget
from handlers.work.documents import Documents, Fields, Read, Write
from handlers.work.outbox import Effect, new_effect
from handlers.work.statuses import StatusTarget

PROBE = "probe"  # the source of synthetic events; see probes
LEASE = timedelta(seconds=60)  # as long as Cloud Tasks lets one delivery last
MAX_FAULTS = 8  # attempts that ended in an error of ours, which repeating is unlikely to cure
GIVE_UP_AFTER = timedelta(days=3)  # as long as Stripe tries


class EventState(StrEnum):
    """What became of an event."""

    RECEIVED = "received"
    PROCESSING = "processing"
    DONE = "done"
    IGNORED = "ignored"
    FAILED = "failed"
    DEAD = "dead"

    @property
    def is_final(self) -> bool:
        """Whether nothing will be done with the event any more, unless a person replays it."""
        return self in FINAL


FINAL = frozenset({EventState.DONE, EventState.IGNORED, EventState.DEAD})


@dataclass(frozen=True)
class Event:
    """A verified event. `id` is unique over all sources, `body` is the raw JSON text as it arrived.

    `user_id` and `email` are the signed-in sender of an intent, `client_id` the id that the app gave it; all are empty
    for other sources.
    """

    id: str
    source: str
    kind: str
    body: str
    correlation_id: str
    user_id: str = ""
    email: str = ""
    client_id: str = ""

    @property
    def asked(self) -> StatusTarget | None:
        """The intent whose status the app looks at; None for other sources."""
        return StatusTarget(self.user_id, self.client_id, self.kind) if self.client_id else None

    @property
    def data(self) -> Mapping[str, Any]:
        """What an intent holds; the contract lets an app leave it out where no field of its kind is required."""
        found: Mapping[str, Any] = json.loads(self.body).get("data") or {}
        return found


@dataclass(frozen=True)
class Stored:
    """What `store` found: the event's state, whether it is new, and the correlation id of its first arrival."""

    state: EventState
    is_new: bool
    correlation_id: str


@dataclass(frozen=True)
class Claim:
    """The right to process an event until the lease ends. `attempt` counts from 1 and fences late finishers off.

    `since` is when it came, or when a person last asked for it to be processed.
    """

    event: Event
    attempt: int
    received_at: datetime
    since: datetime


@dataclass(frozen=True)
class Settled:
    """The event needs no processing; `effects` are the ids of what it caused. `gave_up` says that it died just now.

    That of a probe is nobody's loss, and the alert on missing probes has long been open.
    """

    state: EventState
    effects: tuple[str, ...]
    correlation_id: str
    gave_up: bool = False


@dataclass(frozen=True)
class Decision:
    """The result of processing an event: documents to write, effects to perform afterwards, and how the event ends.

    `code` is what the app is told, for an intent. `warnings` go into the log, and `alarm` is what
    a person has to look at. `about` are users of whom nothing is written here.
    """

    writes: tuple[Write, ...] = ()
    effects: tuple[Effect, ...] = ()
    state: EventState = EventState.DONE
    reason: str = ""
    code: Code | None = None
    warnings: tuple[str, ...] = ()
    alarm: str = ""
    about: tuple[str, ...] = ()


Decide = Callable[[Read], Decision]


@dataclass(frozen=True)
class Foreseen:
    """A decision of which is known which documents it will read; they are fetched as its transaction begins."""

    decide: Decide
    paths: tuple[str, ...]

    def __call__(self, read: Read) -> Decision:
        """Decide."""
        return self.decide(read)


REOPENED = frozenset({EventState.DEAD, EventState.FAILED, EventState.IGNORED})


class Stale(Exception):  # noqa: N818 - a state of what was read
    """What a decision was prepared from has changed since; prepare it again."""


class UnknownEventError(LookupError):
    """There is no event of that id in the inbox."""


def store(
    documents: Documents,
    event: Event,
    state: EventState,
    now: datetime,
    first: Code | None = None,
    service: str = "",
    budget: Budget | None = None,
    reason: str = "",
) -> Stored:
    """Keep a new event durably, together with its `first` status; or say what became of the one that is there.

    `service` is who processes it, for those who send it on its way again, and `reason` why nobody does. With a
    `budget` a new intent is counted: raises Rejected (429) for one too many. Of a user who was erased nothing is kept:
    Rejected (401).
    """
    new = _new_record(event, state, now, service, reason)
    if event.asked and first:
        return _stored_with_status(documents, event, new, statuses.write(event.asked, first, now), budget)
    if documents.create(path(event.id), new):
        return Stored(state, True, event.correlation_id)
    return _known(documents.get(path(event.id)) or {})


def claim(documents: Documents, event_id: str, now: datetime) -> Claim | Settled:
    """Take the event for this attempt; Settled when it is final, or becomes so because it failed too often or too long.

    Raises UnknownEventError, and NotYet while another attempt holds the lease.
    """

    def work(record: Fields | None) -> tuple[Claim | Settled, list[Write]]:
        if record is None:
            raise UnknownEventError(event_id)
        state, attempt = EventState(record["state"]), record["attempts"] + 1
        if state.is_final:
            return _settled(record, state), []
        if state is EventState.PROCESSING and record["leaseUntil"] > now:
            raise NotYet("another attempt holds the lease")
        if record["faults"] >= MAX_FAULTS or now - _tried_since(record) > GIVE_UP_AFTER:
            gave_up = record["source"] != PROBE
            return replace(_settled(record, EventState.DEAD), gave_up=gave_up), _dead(_event(event_id, record), now)
        taken = {"state": EventState.PROCESSING.value, "attempts": attempt, "leaseUntil": now + LEASE}
        held = Claim(_event(event_id, record), attempt, record["receivedAt"], _tried_since(record))
        return held, [Write(path(event_id), taken)]

    return documents.revise(path(event_id), work)


def complete(documents: Documents, held: Claim, decide: Decide, now: datetime) -> Decision:
    """Decide on the present state and keep decision, effects and the event's end in one transaction.

    Raises NotYet when the lease was lost to another attempt, and what `decide` raises; nothing is kept then.
    """

    def work(read: Read) -> tuple[Decision, Sequence[Write]]:
        if not _is_held(read(path(held.event.id)), held):
            raise NotYet("the lease was lost to another attempt")
        decision = decide(read)
        if erasures.concerns_erased(held.event.user_id, decision.writes, read):
            decision = Decision(state=EventState.IGNORED, reason=erasures.REASON)
        told = _told(held.event, decision.code, now)
        return decision, [*decision.writes, *_outbox(decision, held, now), *told, _end(decision, held, now)]

    return documents.transact(work, decide.paths if isinstance(decide, Foreseen) else ())


def release(documents: Documents, held: Claim, reason: str, *, is_fault: bool) -> None:
    """Give the event back after a failed attempt, so that the next one need not wait for the lease to end.

    `is_fault` says that an error of ours was the cause, and not the state of the world.
    """

    def work(record: Fields | None) -> tuple[None, list[Write]]:
        if record is None or not _is_held(record, held):
            return None, []
        faults = record["faults"] + is_fault
        failed = {"state": EventState.FAILED.value, "leaseUntil": None, "reason": reason, "faults": faults}
        return None, [Write(path(held.event.id), failed)]

    documents.revise(path(held.event.id), work)


def reopen(documents: Documents, event_id: str, now: datetime) -> EventState:
    """Have an event that ended without being done processed again; return the state it was in.

    One that is done, or on its way, is left alone, and so is one of a user who was erased: it is empty. Raises
    UnknownEventError.
    """

    def work(record: Fields | None) -> tuple[EventState, list[Write]]:
        if record is None:
            raise UnknownEventError(event_id)
        state = EventState(record["state"])
        if state not in REOPENED or record.get("reason") == erasures.REASON:
            return state, []
        reopened = {
            "state": EventState.RECEIVED.value,
            "faults": 0,
            "retriedSince": now,
            "leaseUntil": None,
            "finishedAt": None,
        }
        return state, [Write(path(event_id), reopened)]

    return documents.revise(path(event_id), work)


def path(event_id: str) -> str:
    """Return where an event is kept."""
    return f"inbox/{event_id}"


def _stored_with_status(
    documents: Documents, event: Event, new: Fields, status: Write, budget: Budget | None
) -> Stored:
    def work(read: Read) -> tuple[Stored, list[Write]]:
        record = read(path(event.id))
        if record is not None:
            return _known(record), []
        if erasures.is_erased(event.user_id, read):
            raise Rejected(401, Code.BAD_TOKEN, erasures.REASON)
        count = []
        if budget:
            spent = read(budgets.path(event.user_id))
            count.append(budgets.spend(event.user_id, budget, spent, new["receivedAt"]))
        return Stored(EventState(new["state"]), True, event.correlation_id), [
            Write(path(event.id), new),
            status,
            *count,
        ]

    return documents.transact(work, (erasures.path(event.user_id), budgets.path(event.user_id)))


def _known(record: Fields) -> Stored:
    return Stored(EventState(record["state"]), False, record["correlationId"])


def _told(event: Event, code: Code | None, now: datetime) -> list[Write]:
    return [statuses.write(event.asked, code, now)] if event.asked and code else []


def _dead(event: Event, now: datetime) -> list[Write]:
    ended = {"state": EventState.DEAD.value, "leaseUntil": None, "finishedAt": now}
    return [Write(path(event.id), ended), *_told(event, Code.INTENT_FAILED, now)]


def _tried_since(record: Fields) -> datetime:
    """Return since when the event is tried: its arrival, or when a person last asked for it."""
    since: datetime = record.get("retriedSince") or record["receivedAt"]
    return since


def _new_record(event: Event, state: EventState, now: datetime, service: str, reason: str) -> Fields:
    return {
        "state": state.value,
        "finishedAt": now if state.is_final else None,
        "source": event.source,
        "kind": event.kind,
        "service": service,
        "body": event.body,
        "correlationId": event.correlation_id,
        "userId": event.user_id,
        "email": event.email,
        "clientId": event.client_id,
        "receivedAt": now,
        "attempts": 0,
        "faults": 0,
        "leaseUntil": None,
        "effects": [],
        **({"reason": reason} if reason else {}),
    }


def _event(event_id: str, record: Fields) -> Event:
    return Event(
        event_id,
        record["source"],
        record["kind"],
        record["body"],
        record["correlationId"],
        record["userId"],
        record["email"],
        record.get("clientId", ""),
    )


def _settled(record: Fields, state: EventState) -> Settled:
    return Settled(state, tuple(record["effects"]), record["correlationId"])


def _is_held(record: Fields | None, held: Claim) -> bool:
    if record is None:
        raise UnknownEventError(held.event.id)
    return bool(record["state"] == EventState.PROCESSING and record["attempts"] == held.attempt)


def _outbox(decision: Decision, held: Claim, now: datetime) -> list[Write]:
    return [new_effect(effect, held.event.id, held.event.correlation_id, now) for effect in decision.effects]


def _end(decision: Decision, held: Claim, now: datetime) -> Write:
    ids = [effect.id for effect in decision.effects]
    ended = {"state": decision.state.value, "effects": ids, "leaseUntil": None, "finishedAt": now}
    # Who is erased later: a vendor's event names nobody itself.
    about = [*erasures.users_of(decision.writes), *decision.about]
    known = {"about": about} if about else {}
    emptied = erasures.EMPTIED if decision.reason == erasures.REASON else {}
    return Write(path(held.event.id), {**ended, "reason": decision.reason, **known, **emptied})
