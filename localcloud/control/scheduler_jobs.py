"""The jobs of Cloud Scheduler: what the engine created, and how their last run ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from cronsim import CronSim

from localcloud import iam
from localcloud.base.world import Resource, World
from localcloud.control.resource_names import properties
from localcloud.control.task_delivery import Errand
from localcloud.monitoring.entries import RUNS

JOB = "gcp:cloudscheduler/job:Job"
USER_AGENT = "Google-Cloud-Scheduler"
DEFAULT_DEADLINE = 180.0  # seconds
RETRY_DEFAULTS = {"minBackoffDuration": "5s", "maxBackoffDuration": "3600s"}
SCHEMA = """
CREATE TABLE IF NOT EXISTS scheduler_runs (
    job TEXT NOT NULL, born REAL NOT NULL, at REAL NOT NULL, outcome TEXT NOT NULL, PRIMARY KEY (job, born)
);
"""


@dataclass(frozen=True)
class Job:
    """A job by its full name. `born` (seconds since the epoch) tells it from an earlier one of the same name."""

    name: str
    born: float
    schedule: str
    zone: str
    is_paused: bool
    errand: Errand
    retries: int
    backoff: float
    longest_backoff: float

    @property
    def id(self) -> str:
        """The last part of the name."""
        return self.name.rpartition("/")[2]

    def next_after(self, now: float) -> float:
        """Return when the job is due next, in seconds since the epoch."""
        here = datetime.fromtimestamp(now, ZoneInfo(self.zone))
        return next(CronSim(self.schedule, here)).timestamp()

    def wait(self, failures: int) -> float:
        """Return the seconds to wait after so many failures (≥ 1) of one run, doubling."""
        return min(self.backoff * 2.0 ** (failures - 1), self.longest_backoff)


class Jobs:
    """Reads the jobs at every call."""

    def __init__(self, world: World) -> None:
        self._world = world
        world.define(SCHEMA)

    def all(self) -> list[Job]:
        """Return every job that calls over HTTP, oldest first."""
        return [
            self._job(resource) for resource in self._world.resources(JOB) if properties(resource).get("httpTarget")
        ]

    def ran(self, job: Job, at: float, outcome: str, *, is_good: bool = True) -> None:
        """Keep how the job's last run ended, and log it as Cloud Scheduler does."""
        self._world.record(RUNS, job.id, severity="INFO" if is_good else "ERROR", status=outcome)
        self._world.connection.execute(
            "INSERT OR REPLACE INTO scheduler_runs VALUES (?, ?, ?, ?)", (job.name, job.born, at, outcome)
        )

    def last_run(self, name: str) -> tuple[float, str] | None:
        """Return when a job ran last (seconds since the epoch) and how that ended."""
        query = "SELECT at, outcome FROM scheduler_runs WHERE job = ? ORDER BY at DESC LIMIT 1"
        row = self._world.connection.execute(query, (name,)).fetchone()
        return None if row is None else (float(row["at"]), str(row["outcome"]))

    def _job(self, resource: Resource) -> Job:
        found = properties(resource)
        target, retry = found["httpTarget"], {**RETRY_DEFAULTS, **(found.get("retryConfig") or {})}
        project = iam.project_id(self._world, str(found["project"]))
        name = f"projects/{project}/locations/{found['region']}/jobs/{str(found['name']).rpartition('/')[2]}"
        return Job(
            name,
            resource.created,
            str(found["schedule"]),
            str(found.get("timeZone") or "Etc/UTC"),
            bool(found.get("paused")),
            _errand(name, target, _seconds(found.get("attemptDeadline"), DEFAULT_DEADLINE)),
            int(retry.get("retryCount") or 0),
            _seconds(retry["minBackoffDuration"], 5.0),
            _seconds(retry["maxBackoffDuration"], 3_600.0),
        )


def _errand(name: str, target: Mapping[str, Any], deadline: float) -> Errand:
    """Return a job's call; headers: https://cloud.google.com/scheduler/docs/reference/rest/v1/projects.locations.jobs."""
    oidc = target.get("oidcToken") or {}
    own = {
        "Host": urlsplit(str(target["uri"])).netloc,
        "User-Agent": USER_AGENT,
        "X-CloudScheduler": "true",
        "X-CloudScheduler-JobName": name.rpartition("/")[2],
    }
    return Errand(
        str(target.get("httpMethod") or "POST"),
        str(target["uri"]),
        {**(target.get("headers") or {}), **own},
        str(target["body"]).encode() if target.get("body") else None,
        str(oidc.get("serviceAccountEmail") or ""),
        str(oidc.get("audience") or target["uri"]),
        deadline,
    )


def _seconds(text: object, default: float) -> float:
    return float(str(text).removesuffix("s")) if text else default
