"""The outbox: what is to happen in the world outside because of an event, each thing once.

    pending (lease, attempts) ─► done | failed | unknown

An effect is written in the transaction that decided it, and performed afterwards under its own idempotency key. Where
no key protects a repetition, because the provider knows none or has forgotten it, an attempt without a known outcome
makes the effect `unknown`: it waits for a person.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from handlers.failures import NotYet
from handlers.words import Code
from handlers.work import statuses
from handlers.work.documents import Documents, Fields, Read, Write

LEASE = timedelta(seconds=60)
GIVE_UP_AFTER = timedelta(days=3)  # from the first attempt; as long as Stripe tries


class EffectState(StrEnum):
    """What became of an effect."""

    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class StatusUpdate:
    """The status at `path` hears of the effect: `delayed` when an attempt fails, `done` when a later one succeeds."""

    path: str
    delayed: Code
    done: Code


@dataclass(frozen=True)
class Effect:
    """One thing to do outside. `id` is also its idempotency key, `service` the role that performs it.

    `payload` is all that is sent beyond what the performer reads at that moment; a repetition must send the very same.
    It is performed no sooner than `due`; without that, at once.
    """

    id: str
    kind: str
    service: str
    payload: Mapping[str, Any] = field(default_factory=dict)
    due: datetime | None = None
    tells: StatusUpdate | None = None


@dataclass(frozen=True)
class Kept:
    """An effect in the outbox."""

    effect: Effect
    state: EffectState
    correlation_id: str


@dataclass(frozen=True)
class Taken:
    """The right to perform an effect until its lease ends. `unsure_since` is since when it may have happened before."""

    effect: Effect
    attempt: int
    correlation_id: str
    unsure_since: datetime | None = None


@dataclass(frozen=True)
class Finished:
    """The effect is not to be performed (any more). `gave_up` says that it ended just now, without success."""

    state: EffectState
    gave_up: bool = False


def new_effect(effect: Effect, event_id: str, correlation_id: str, now: datetime) -> Write:
    """Return the write that puts a new effect into the outbox."""
    fields = {
        "kind": effect.kind,
        "service": effect.service,
        "payload": dict(effect.payload),
        "tells": asdict(effect.tells) if effect.tells else None,
        "eventId": event_id,
        "correlationId": correlation_id,
        "state": EffectState.PENDING.value,
        "createdAt": now,
        "dueAt": effect.due or now,
        "attempts": 0,
        "firstTriedAt": None,
        "unsureSince": None,
        "leaseUntil": None,
    }
    return Write(path(effect.id), fields)


def find(documents: Documents, effect_id: str) -> Kept:
    """Return an effect as it is kept; raises LookupError when there is none of that id."""
    record = documents.get(path(effect_id))
    if record is None:
        raise LookupError(f"there is no effect {effect_id}")
    return Kept(parse(effect_id, record), EffectState(record["state"]), record["correlationId"])


def take(documents: Documents, effect_id: str, replay_window: timedelta, now: datetime) -> Taken | Finished:
    """Take the effect for this attempt.

    `replay_window` is how long after an attempt the provider still recognizes the idempotency key: an effect that was
    tried longer ago, with no known outcome, becomes `unknown`. Raises NotYet while another attempt holds the
    lease, LookupError when there is no such effect.
    """

    def work(record: Fields | None) -> tuple[Taken | Finished, list[Write]]:
        if record is None:
            raise LookupError(f"there is no effect {effect_id}")
        if record["state"] != EffectState.PENDING:
            return Finished(EffectState(record["state"])), []
        if record["leaseUntil"] and record["leaseUntil"] > now:
            raise NotYet("another attempt holds the effect's lease")
        if gives_up := _gives_up(record, replay_window, now):
            return Finished(gives_up, gave_up=True), [_ended(effect_id, gives_up, now, "time ran out")]
        attempt = int(record["attempts"]) + 1
        unsure = record.get("unsureSince")
        taken = {
            "attempts": attempt,
            "leaseUntil": now + LEASE,
            "firstTriedAt": record["firstTriedAt"] or now,
            "unsureSince": unsure or now,
        }
        right = Taken(parse(effect_id, record), attempt, record["correlationId"], unsure)
        return right, [Write(path(effect_id), taken)]

    return documents.revise(path(effect_id), work)


def finish(
    documents: Documents,
    taken: Taken,
    state: EffectState,
    now: datetime,
    *,
    reason: str = "",
    also: Callable[[Read], list[Write] | None] = lambda _: [],
) -> bool:
    """End the effect and apply the writes that `also` decides, in one transaction; False when it cannot end yet.

    That is so when `also` returns None, because what was sent is no longer what should have been, and when another
    attempt has taken over.
    """

    def work(read: Read) -> tuple[bool, list[Write]]:
        record = read(path(taken.effect.id))
        if record is None or record["state"] != EffectState.PENDING or record["attempts"] != taken.attempt:
            return False, []
        writes = also(read)
        if writes is None:
            return False, [Write(path(taken.effect.id), {"leaseUntil": None})]
        told = _told(taken.effect.tells, state, now) if taken.attempt > 1 else []
        return True, [*writes, *told, _ended(taken.effect.id, state, now, reason)]

    return documents.transact(work)


def release(documents: Documents, taken: Taken, reason: str, now: datetime, *, is_sure: bool = False) -> None:
    """Give the effect back after an attempt that did not succeed, so that the next need not wait for the lease.

    `is_sure` says that it certainly did not happen by this attempt.
    """
    told = _told(taken.effect.tells, EffectState.PENDING, now)

    def work(record: Fields | None) -> tuple[None, list[Write]]:
        if record is None or record["attempts"] != taken.attempt:
            return None, []
        sure = {"unsureSince": taken.unsure_since} if is_sure else {}
        return None, [Write(path(taken.effect.id), {"leaseUntil": None, "reason": reason, **sure}), *told]

    documents.revise(path(taken.effect.id), work)


def reopen(documents: Documents, effect_id: str, now: datetime) -> Kept:
    """Have an effect that ended without success performed again; return it as it was.

    Whoever asks for one that is `unknown` has seen that it did not happen: nothing protects from a second time. One
    that is done, or on its way, is left alone. Raises LookupError.
    """

    def work(record: Fields | None) -> tuple[Kept, list[Write]]:
        if record is None:
            raise LookupError(f"there is no effect {effect_id}")
        kept = Kept(parse(effect_id, record), EffectState(record["state"]), record["correlationId"])
        if kept.state not in {EffectState.FAILED, EffectState.UNKNOWN}:
            return kept, []
        reopened = {"state": EffectState.PENDING.value, "dueAt": now, "firstTriedAt": None, "unsureSince": None}
        return kept, [Write(path(effect_id), {**reopened, "leaseUntil": None, "finishedAt": None})]

    return documents.revise(path(effect_id), work)


def path(effect_id: str) -> str:
    """Return where an effect is kept."""
    return f"outbox/{effect_id}"


def parse(effect_id: str, record: Fields) -> Effect:
    """Return the effect that a record of the outbox describes."""
    tells = record.get("tells")
    told = StatusUpdate(tells["path"], Code(tells["delayed"]), Code(tells["done"])) if tells else None
    return Effect(effect_id, record["kind"], record["service"], record["payload"], record.get("dueAt"), told)


def _gives_up(record: Fields, replay_window: timedelta, now: datetime) -> EffectState | None:
    unsure, tried = record.get("unsureSince"), record["firstTriedAt"]
    if unsure and now - unsure >= replay_window:
        return EffectState.UNKNOWN
    return EffectState.FAILED if tried and now - tried > GIVE_UP_AFTER else None


def _told(tells: StatusUpdate | None, state: EffectState, now: datetime) -> list[Write]:
    if tells is None:
        return []
    return [statuses.said(tells.path, tells.done if state is EffectState.DONE else tells.delayed, now)]


def _ended(effect_id: str, state: EffectState, now: datetime, reason: str) -> Write:
    fields = {"state": state.value, "leaseUntil": None, "finishedAt": now, "reason": reason}
    return Write(path(effect_id), fields)
