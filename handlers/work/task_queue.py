"""Sends a unit of work to another service through Cloud Tasks."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from google.api_core.exceptions import AlreadyExists, GoogleAPIError
from google.api_core.gapic_v1.routing_header import to_grpc_metadata
from google.auth.exceptions import GoogleAuthError

from handlers.failures import Unavailable
from handlers.outside import plain_calls
from handlers.service_manifest import EFFECTS, SERVICE_MANIFESTS
from handlers.work.outbox import Effect

CREATE = "google.cloud.tasks.v2.CloudTasks/CreateTask"
TIMEOUT = 5.0  # seconds for creating a task
DEADLINE = 60  # seconds a service has for one delivery
FURTHEST = timedelta(days=29)  # Cloud Tasks takes nothing beyond 30 days (cloud.google.com/tasks/docs/quotas)


@dataclass(frozen=True)
class Task:
    """One unit of work: `path` of `service` is to be called by way of `queue`, no sooner than `at`.

    The same path is requested only once, unless `again` differs: a person's replay and a sweep want a second time.
    """

    queue: str
    service: str
    path: str
    correlation_id: str
    at: datetime | None = None
    again: str = ""


class Queue(Protocol):
    """Delivers at least once, in any order."""

    def send(self, task: Task) -> bool:
        """Have the task done; returns False when that was already asked for.

        Raises Unavailable when the queue did not take it.
        """
        ...


def event_task(event_id: str, service: str, correlation_id: str, again: str = "") -> Task:
    """Return the task of processing an event."""
    return Task(SERVICE_MANIFESTS[service].inbox, service, f"/events/{event_id}/run", correlation_id, again=again)


def effect_task(effect: Effect, correlation_id: str, now: datetime, again: str = "") -> Task:
    """Return the task of performing an effect, on its provider's queue.

    One that is due further away than Cloud Tasks looks is sent in hops, each under a name of its own.
    """
    late = effect.due is not None and effect.due > now
    at = min(effect.due, now + FURTHEST) if effect.due and late else None
    hop = at.isoformat() if at and at != effect.due else ""
    return Task(EFFECTS[effect.kind], effect.service, f"/effects/{effect.id}/run", correlation_id, at, again or hop)


class CloudTasks:
    """The project's queues, whose full names begin with `queues`.

    `urls` are the base URLs of the services; tasks carry an OIDC token of the service account `caller`.
    """

    def __init__(self, client: Any, queues: str, caller: str, urls: Mapping[str, str]) -> None:
        self._client = client
        self._queues = queues
        self._caller = caller
        self._urls = urls

    def send(self, task: Task) -> bool:
        """See Queue."""
        parent = f"{self._queues}/{task.queue}"
        try:
            self._create(parent, task)
        except AlreadyExists:
            return False
        except (GoogleAPIError, GoogleAuthError) as error:
            raise Unavailable(f"Cloud Tasks: {type(error).__name__}") from error
        return True

    def _create(self, parent: str, task: Task) -> None:
        from google.cloud.tasks_v2 import CreateTaskRequest
        from google.cloud.tasks_v2 import Task as Made

        request = CreateTaskRequest.pb()(parent=parent, task=self._task(parent, task))
        routing = (to_grpc_metadata({"parent": parent}),)
        channel = self._client.transport.grpc_channel
        plain_calls.call(channel, CREATE, request, Made.pb(), TIMEOUT, routing, repeats=True)  # each has a name

    def _task(self, parent: str, task: Task) -> dict[str, Any]:
        base_url = self._urls[task.service]
        made = {
            "name": f"{parent}/tasks/{task_id(task)}",
            "dispatch_deadline": {"seconds": DEADLINE},
            "http_request": {
                "url": base_url + task.path,
                "http_method": "POST",
                "headers": {"X-Correlation-Id": task.correlation_id},
                "oidc_token": {"service_account_email": self._caller, "audience": base_url},
            },
        }
        return {**made, "schedule_time": task.at} if task.at else made


def task_id(task: Task) -> str:
    """Return the name that makes Cloud Tasks refuse the same work twice.

    It is a hash because ids in sequence slow the queue down (Cloud Tasks reference, "CreateTask").
    """
    return hashlib.sha256("\x00".join((task.service, task.path, task.again)).encode()).hexdigest()[:40]
