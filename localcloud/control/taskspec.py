"""What Cloud Tasks accepts as a task. A task that passes here is stored as it came out.

Limits: https://cloud.google.com/tasks/docs/reference/rpc/google.cloud.tasks.v2#task and
https://cloud.google.com/tasks/docs/quotas.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from google.cloud.tasks_v2 import types
from grpc import StatusCode

from localcloud.control.times import duration, seconds, timestamp
from localcloud.rpc import Refused

TASK_NAME = "projects/{project}/locations/{location}/queues/{queue}/tasks/{task}"
LARGEST = 1024 * 1024  # bytes of a task
LARGEST_HEADERS = 80 * 1024  # bytes
LONGEST_URL = 2083  # characters
LONGEST_WAIT = 30 * 24 * 3600.0  # seconds into the future
DEADLINES = (15.0, 1800.0)  # seconds, least and most
DEFAULT_DEADLINE = 600.0  # seconds
WITH_BODY = (types.HttpMethod.POST, types.HttpMethod.PUT, types.HttpMethod.PATCH)
USER_AGENT = "Google-Cloud-Tasks"

Task = types.Task.pb()


def accepted(queue: str, task: Any, now: float) -> Any:
    """Return the task as the queue (full name) stores it: named, timed and with defaults filled in.

    Raises Refused with INVALID_ARGUMENT for what Cloud Tasks would not take, UNIMPLEMENTED for what only the rehearsal
    does not do.
    """
    _check_size(task)
    request = task.http_request
    _check_target(task)
    _check_url(request.url)
    _check_headers(request.headers)
    method = types.HttpMethod(request.http_method or types.HttpMethod.POST)
    if request.body and method not in WITH_BODY:
        raise _invalid("HTTP request body is only allowed when the method is POST, PUT or PATCH.")
    stored = Task()
    stored.CopyFrom(task)
    stored.name = _named(queue, task.name)
    stored.http_request.http_method = method
    stored.http_request.headers["User-Agent"] = USER_AGENT
    stored.create_time.CopyFrom(timestamp(now))
    stored.schedule_time.CopyFrom(timestamp(_schedule(task, now)))
    stored.dispatch_deadline.CopyFrom(duration(_deadline(task)))
    for field in ("dispatch_count", "response_count", "first_attempt", "last_attempt", "view"):
        stored.ClearField(field)
    return stored


def shown(task: Any, view: int) -> Any:
    """Return the task as a response shows it: without its body unless the view is FULL."""
    copy = Task()
    copy.CopyFrom(task)
    full = view == types.Task.View.FULL
    copy.view = types.Task.View.FULL if full else types.Task.View.BASIC
    if not full:
        copy.http_request.ClearField("body")
    return copy


def _check_size(task: Any) -> None:
    if task.ByteSize() > LARGEST:
        raise _invalid(f"Task size too large: {task.ByteSize()} bytes, at most {LARGEST} are allowed.")
    headers = sum(len(name) + len(value) for name, value in task.http_request.headers.items())
    if headers > LARGEST_HEADERS:
        raise _invalid(f"HTTP headers are too large: {headers} bytes, at most {LARGEST_HEADERS} are allowed.")


def _check_target(task: Any) -> None:
    if task.WhichOneof("message_type") != "http_request":
        raise Refused(StatusCode.UNIMPLEMENTED, "The rehearsal dispatches tasks with an http_request only.")
    if task.HasField("retry_config"):
        raise Refused(
            StatusCode.UNIMPLEMENTED, "The rehearsal retries by the queue's retry_config, not by a task's own."
        )
    if task.http_request.WhichOneof("authorization_header") == "oauth_token":
        raise Refused(
            StatusCode.UNIMPLEMENTED, "The rehearsal signs tasks with an oidc_token only, not an oauth_token."
        )
    oidc = task.http_request.oidc_token
    if task.http_request.HasField("oidc_token") and "@" not in oidc.service_account_email:
        raise _invalid("oidc_token.service_account_email must be the e-mail address of a service account.")


def _check_headers(headers: Mapping[str, str]) -> None:
    """Admit what HTTP can carry: tokens as names, visible ASCII and blanks as values (RFC 9110, section 5)."""
    for name, value in headers.items():
        if not re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", name) or not re.fullmatch(r"[\x20-\x7e\t]*", value):
            raise _invalid(f"HttpRequest.headers: the header '{name}' or its value has characters that HTTP forbids.")


def _check_url(url: str) -> None:
    if len(url) > LONGEST_URL:
        raise _invalid(f"HttpRequest.url is longer than {LONGEST_URL} characters.")
    try:
        parts = urlsplit(url)
        valid = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError as error:
        raise _invalid(f"HttpRequest.url '{url}' is not a URL: {error}") from error
    if not valid or re.search(r"[^\x21-\x7e]", url):
        raise _invalid(f"HttpRequest.url '{url}' must begin with http:// or https://, name a host and be encoded.")


def _named(queue: str, name: str) -> str:
    if not name:
        return f"{queue}/tasks/{secrets.randbits(63):020d}"
    if not re.fullmatch(re.escape(queue) + r"/tasks/[A-Za-z0-9_-]{1,500}", name):
        raise _invalid(
            f"Task name must be formatted: '{queue}/tasks/<TASK_ID>', where TASK_ID is at most 500 letters, digits, "
            f"hyphens and underscores; '{name}' is not."
        )
    return name


def _schedule(task: Any, now: float) -> float:
    wanted = seconds(task.schedule_time) if task.HasField("schedule_time") else now
    if wanted > now + LONGEST_WAIT:
        raise _invalid("Task.schedule_time is more than 30 days in the future.")
    return max(wanted, now)


def _deadline(task: Any) -> float:
    wanted = seconds(task.dispatch_deadline) if task.HasField("dispatch_deadline") else DEFAULT_DEADLINE
    if not DEADLINES[0] <= wanted <= DEADLINES[1]:
        raise _invalid(f"Task.dispatch_deadline must be between [15s, 30m]; it is {wanted:g}s.")
    return wanted


def _invalid(message: str) -> Refused:
    return Refused(StatusCode.INVALID_ARGUMENT, message)
