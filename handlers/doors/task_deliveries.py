"""`POST /events/{id}/run` and `POST /effects/{id}/run`: Cloud Tasks' deliveries to the private services.

The path does not end in the id, because Cloud Run keeps paths that end in z for itself and answers them 404 ("Known
issues", reserved URL paths); one id in 62 ends so.

Cloud Run admits only callers with the invoker role, and `Callers` only the service account of the tasks.
"""

from __future__ import annotations

from dataclasses import dataclass

from handlers.doors.routing import Answer, Call
from handlers.logs import FINAL_FAILURE, Log
from handlers.work.inbox import UnknownEventError
from handlers.work.worker import Worker


@dataclass(frozen=True)
class TaskDoors:
    """2xx tells Cloud Tasks that the work is done or never can be; everything else has it come again."""

    worker: Worker
    log: Log

    def event(self, call: Call) -> Answer:
        """Process the event that the path names."""
        event_id = call.path["event_id"]
        try:
            return Answer(200, {"state": self.worker.process(event_id).value})
        except UnknownEventError:
            self.log.alarm("a task names no event of the inbox", event_id=event_id, outcome=FINAL_FAILURE)
            return Answer(200, {"state": "unknown"})

    def effect(self, call: Call) -> Answer:
        """Perform the effect that the path names."""
        effect_id = call.path["effect_id"]
        try:
            return Answer(200, {"state": self.worker.perform(effect_id).value})
        except LookupError:
            self.log.alarm("a task names no effect of the outbox", effect_id=effect_id, outcome=FINAL_FAILURE)
            return Answer(200, {"state": "unknown"})
