"""Kind `timer`: an event of our own comes into the inbox when its time has come."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

from handlers.work.effects import After
from handlers.work.inbox import Event
from handlers.work.outbox import Effect

SOURCE = "timer"


class Timer:
    """Performs timers; `accept` stores an event and has a service process it, once for each id."""

    replay_window = timedelta.max

    def __init__(self, accept: Callable[[Event, str], object]) -> None:
        self._accept = accept

    def perform(self, effect: Effect) -> After:
        """See Performer."""
        said = effect.payload
        body = json.dumps({name: said[name] for name in ("customer", "userId", "graceUntil")})
        self._accept(
            Event(effect.id, SOURCE, said["kind"], body, said["correlationId"], said["userId"]), effect.service
        )
        return lambda _: []
