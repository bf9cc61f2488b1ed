"""What a private service does with a task: process one event, or perform one effect."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from handlers.failures import NotSent, NotYet, Unavailable
from handlers.logs import FINAL_FAILURE, Log, during
from handlers.outside.http_client import Refused
from handlers.work import erasures, inbox, outbox
from handlers.work.documents import Documents
from handlers.work.effects import After, Performer
from handlers.work.inbox import PROBE, Claim, Decide, Decision, Event, EventState, Settled, Stale
from handlers.work.lanes import Lanes
from handlers.work.outbox import EffectState, Finished, Taken
from handlers.work.task_queue import Queue, effect_task

ROUNDS = 5  # how often work is redone because what it was based on has moved
PROBE_SETTLED = "probe settled"  # the line that the log metric `probes` counts
FINISHES = 3  # how often it is tried to keep what has happened outside

Prepare = Callable[[Claim], Decide]


def of_its_own(event: Event) -> str:  # noqa: ARG001 - what an event is about, where it has nothing to do with others
    """Return that an event is about nothing that other events are about."""
    return ""


@dataclass(frozen=True)
class Worker:
    """One private service. `prepare` does what an event needs before its transaction, such as asking the provider.

    Effects are handed to their provider's queue, so that no event waits for a provider that is slow; `performers`
    perform those that come back from there. `clock` returns the present time in UTC. `subject` says what an event is
    about: those about the same are prepared one after the other.
    """

    documents: Documents
    queue: Queue
    prepare: Prepare
    performers: Mapping[str, Performer]
    clock: Callable[[], datetime]
    log: Log
    subject: Callable[[Event], str] = of_its_own
    _lanes: Lanes = field(default_factory=Lanes)

    def process(self, event_id: str) -> EventState:
        """Bring an event to its end and send its effects on their way.

        Returns how the event ended. Raises UnknownEventError, and NotYet or Unavailable: the next delivery goes on from
        there.
        """
        held = inbox.claim(self.documents, event_id, self.clock())
        if isinstance(held, Settled):
            return self._resume(event_id, held)
        log = self.log.bind(event_id=event_id, correlation_id=held.event.correlation_id)
        age = (self.clock() - held.received_at).total_seconds()
        log.info("processing", kind=held.event.kind, attempt=held.attempt, event_age_seconds=round(age, 3))
        with during(log):
            decision = self._decided(held)
        done = PROBE_SETTLED if held.event.source == PROBE else "processed"
        log.info(done, outcome=decision.state.value, reason=decision.reason)
        for warning in decision.warnings:
            log.warning(warning, outcome="warned")
        if decision.alarm:
            log.alarm(decision.alarm, outcome=FINAL_FAILURE)
        for effect in decision.effects:
            self.queue.send(effect_task(effect, held.event.correlation_id, self.clock()))
        return decision.state

    def perform(self, effect_id: str) -> EffectState:
        """Perform one effect of ours and return how it ended; one that came before it is due is sent on its way again.

        Raises NotYet or Unavailable when it is to be tried again, LookupError when there is none of that id.
        """
        kept, now = outbox.find(self.documents, effect_id), self.clock()
        if kept.effect.due and kept.effect.due > now:
            self.queue.send(effect_task(kept.effect, kept.correlation_id, now, again=f"from {now.isoformat()}"))
            return kept.state
        performer = self.performers[kept.effect.kind]
        for _ in range(ROUNDS):
            ended = self._attempt(effect_id, performer)
            if ended is not None:
                return ended
        raise NotYet("the user changes faster than the effect can follow")

    def _resume(self, event_id: str, settled: Settled) -> EventState:
        if settled.gave_up:
            log = self.log.bind(event_id=event_id, correlation_id=settled.correlation_id)
            log.alarm("gave up on the event; fix the cause, then replay it", outcome=FINAL_FAILURE)
        for effect_id in settled.effects:
            self._hand_over(effect_id)
        return settled.state

    def _decided(self, held: Claim) -> Decision:
        try:
            with self._lanes.alone(self.subject(held.event)):
                return self._completed(held)
        except Exception as error:
            is_fault = not isinstance(error, (NotYet, Unavailable))
            inbox.release(self.documents, held, _reason(error), is_fault=is_fault)
            raise

    def _completed(self, held: Claim) -> Decision:
        for _ in range(ROUNDS):
            try:
                return inbox.complete(self.documents, held, self.prepare(held), self.clock())
            except Stale:
                continue
        raise NotYet("other events of the same user keep coming in between")

    def _hand_over(self, effect_id: str) -> None:
        """Send an effect on its way again: the attempt that ended the event may have died before it did."""
        kept = outbox.find(self.documents, effect_id)
        if kept.state is EffectState.PENDING:
            self.queue.send(effect_task(kept.effect, kept.correlation_id, self.clock()))

    def _attempt(self, effect_id: str, performer: Performer) -> EffectState | None:
        """Perform an effect once; None means that it has to be done again."""
        taken = outbox.take(self.documents, effect_id, performer.replay_window, self.clock())
        if isinstance(taken, Finished):
            return self._already(effect_id, taken)
        log = self.log.bind(effect_id=effect_id, correlation_id=taken.correlation_id, attempt=taken.attempt)
        if erasures.is_erased(str(taken.effect.payload.get("userId") or ""), self.documents.get):
            self._finished(taken, EffectState.FAILED, reason=erasures.REASON)
            return EffectState.FAILED
        log.info("performing", kind=taken.effect.kind)
        try:
            with during(log):
                after = performer.perform(taken.effect)
        except Refused as refusal:
            log.alarm("refused for good", outcome=FINAL_FAILURE, reason=str(refusal))
            self._finished(taken, EffectState.FAILED, reason=str(refusal))
            return EffectState.FAILED
        except Exception as error:
            log.warning("not performed", outcome="retry", reason=_reason(error))
            is_sure = isinstance(error, NotSent)
            outbox.release(self.documents, taken, _reason(error), self.clock(), is_sure=is_sure)
            raise
        if not self._finished(taken, EffectState.DONE, also=after):
            return None
        log.info("performed", kind=taken.effect.kind, outcome="done")
        return EffectState.DONE

    def _finished(self, taken: Taken, state: EffectState, also: After = lambda _: [], reason: str = "") -> bool:
        """Keep how the effect ended; see outbox.finish.

        Tried again when Firestore cannot: what has happened outside must be known here, and an event that reads the
        same documents the other way round may be in the way for a moment.
        """
        for _ in range(FINISHES - 1):
            with suppress(Unavailable):
                return outbox.finish(self.documents, taken, state, self.clock(), reason=reason, also=also)
        return outbox.finish(self.documents, taken, state, self.clock(), reason=reason, also=also)

    def _already(self, effect_id: str, finished: Finished) -> EffectState:
        if finished.gave_up:
            log = self.log.bind(effect_id=effect_id)
            log.alarm("gave up on the effect; a person has to look", outcome=FINAL_FAILURE, state=finished.state.value)
        return finished.state


def _reason(error: Exception) -> str:
    """Return what may be logged: our own sentences, and of other errors the class only."""
    return str(error) if isinstance(error, (Unavailable, NotYet)) else type(error).__name__
