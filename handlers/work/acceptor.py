"""The story that every public door shares: store the verified event, then have it processed."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from handlers.logs import Log
from handlers.words import Code
from handlers.work import inbox
from handlers.work.budgets import Budget
from handlers.work.documents import Documents
from handlers.work.inbox import Event, EventState, Stored
from handlers.work.task_queue import Queue, event_task


@dataclass(frozen=True)
class Acceptor:
    """Takes events in; `clock` returns the present time in UTC."""

    documents: Documents
    queue: Queue
    clock: Callable[[], datetime]
    log: Log

    def accept(
        self,
        event: Event,
        service: str | None,
        first: Code | None = None,
        budget: Budget | None = None,
        *,
        reason: str = "",
    ) -> Stored:
        """Keep an event durably and have `service` process it; without one it is kept as ignored, for this `reason`.

        `first` is the status that the app sees meanwhile, for an event that has one, and `budget` what its user may
        still send: Rejected (429) is raised for one too many.

        Raises Unavailable when store or queue is down: the sender comes again, and whatever is still `received` then is
        sent on its way again. So a crash between storing and queueing loses nothing.
        """
        state = EventState.RECEIVED if service else EventState.IGNORED
        stored = inbox.store(self.documents, event, state, self.clock(), first, service or "", budget, reason)
        sent = False
        if service and stored.state is EventState.RECEIVED:
            sent = self.queue.send(event_task(event.id, service, stored.correlation_id))
        self.log.info(
            "accepted",
            event_id=event.id,
            kind=event.kind,
            correlation_id=stored.correlation_id,
            outcome="new" if stored.is_new else "duplicate",
            state=stored.state.value,
            queued=sent,
        )
        return stored


def new_correlation_id() -> str:
    """Return an id that no other request has."""
    return secrets.token_hex(16)
