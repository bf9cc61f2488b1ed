"""Sends a unit of work to another service through Cloud Tasks."""

from __future__ import annotations

import hashlib
from typing import Any, Protocol

from google.api_core.exceptions import AlreadyExists, GoogleAPIError
from google.auth.exceptions import GoogleAuthError

from handlers.failures import Unavailable

TIMEOUT = 5.0  # seconds for creating a task
DEADLINE = 60  # seconds a service has for one delivery


class Queue(Protocol):
    """Delivers at least once, in any order."""

    def send(self, base_url: str, path: str, correlation_id: str) -> bool:
        """Have `path` of the service at `base_url` called; returns False when that was already asked for.

        Raises Unavailable when the queue did not take it.
        """
        ...


class CloudTasks:
    """One queue by its full name; its tasks carry an OIDC token of the service account `caller`."""

    def __init__(self, client: Any, queue: str, caller: str) -> None:
        self._client = client
        self._queue = queue
        self._caller = caller

    def send(self, base_url: str, path: str, correlation_id: str) -> bool:
        """See Queue."""
        task = {
            "name": f"{self._queue}/tasks/{task_id(base_url, path)}",
            "dispatch_deadline": {"seconds": DEADLINE},
            "http_request": {
                "url": base_url + path,
                "http_method": "POST",
                "headers": {"X-Correlation-Id": correlation_id},
                "oidc_token": {"service_account_email": self._caller, "audience": base_url},
            },
        }
        try:
            self._client.create_task(request={"parent": self._queue, "task": task}, retry=None, timeout=TIMEOUT)
        except AlreadyExists:
            return False
        except (GoogleAPIError, GoogleAuthError) as error:
            raise Unavailable(f"Cloud Tasks: {type(error).__name__}") from error
        return True


def task_id(base_url: str, path: str) -> str:
    """Return the name that makes Cloud Tasks refuse the same work twice.

    It is a hash because ids in sequence slow the queue down (Cloud Tasks reference, "CreateTask").
    """
    return hashlib.sha256(f"{base_url}{path}".encode()).hexdigest()[:40]
