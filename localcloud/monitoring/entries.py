"""What the world's journal holds, as log entries in the form of Cloud Logging's API."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from localcloud.base.world import Entry, World

LINES = "log"
"""Kind of journal entry: a line that a service printed."""
RUNS = "job_run"
"""Kind of journal entry: how a call of Cloud Scheduler's ended."""
BUILDS = "build_log"
"""Kind of journal entry: a line of a build's log, by the build's id."""
KINDS = (LINES, RUNS, BUILDS)
MARKS = ("severity", "timestamp")
"""Fields of a structured line that Cloud Run takes out of the payload (cloud.google.com/run/docs/logging)."""


def logged(world: World, project: str, since: int = 0, until: int | None = None) -> Iterator[dict[str, Any]]:
    """Yield the entries after a sequence number, up to another, oldest first."""
    found = [entry for kind in KINDS for entry in world.journal(kind, since=since)]
    for entry in sorted(found, key=lambda each: each.seq):
        if until is None or entry.seq <= until:
            yield entry_of(entry, project)


def entry_of(entry: Entry, project: str) -> dict[str, Any]:
    """Return a journal entry as a LogEntry (https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry)."""
    if entry.kind == BUILDS:
        return _of_build(entry, project)
    is_line = entry.kind == LINES
    kind, label = ("cloud_run_revision", "service_name") if is_line else ("cloud_scheduler_job", "job_id")
    log = "run.googleapis.com%2Fstdout" if is_line else "cloudscheduler.googleapis.com%2Fexecutions"
    return {
        "logName": f"projects/{project}/logs/{log}",
        "resource": {"type": kind, "labels": {"project_id": project, label: entry.subject}},
        "timestamp": _time(entry),
        "severity": str(entry.data.get("severity") or "DEFAULT"),
        "insertId": str(entry.seq),
        "jsonPayload": {name: value for name, value in entry.data.items() if name not in MARKS},
    }


def _of_build(entry: Entry, project: str) -> dict[str, Any]:
    return {
        "logName": f"projects/{project}/logs/cloudbuild",
        "resource": {"type": "build", "labels": {"project_id": project, "build_id": entry.subject}},
        "timestamp": _time(entry),
        "severity": "INFO",
        "insertId": str(entry.seq),
        "textPayload": str(entry.data.get("message", "")),
    }


def _time(entry: Entry) -> str:
    return datetime.fromtimestamp(entry.at, UTC).isoformat().replace("+00:00", "Z")
