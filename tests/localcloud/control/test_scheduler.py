"""Cloud Scheduler: jobs fire by their cron line with the identity they name, and again after a failure."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import aclosing, suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.base import tokens
from localcloud.base.authority import Authority
from localcloud.base.world import Resource, World
from localcloud.control.scheduler import Scheduler
from localcloud.control.scheduler_jobs import JOB, Job, Jobs
from localcloud.control.task_delivery import Courier, Errand

P = "acme-rehearsal"
BASE = "https://reconcile-1.europe-west1.run.app"
ACCOUNT = f"task-caller@{P}.iam.gserviceaccount.com"


def job(world: World, name: str = "minute", **changes: Any) -> None:
    target = {"uri": f"{BASE}/sweeps/{name}", "httpMethod": "POST"}
    target["oidcToken"] = {"serviceAccountEmail": ACCOUNT, "audience": BASE}  # type: ignore[assignment]
    inputs = {"project": P, "region": "europe-west1", "name": name, "schedule": "* * * * *", "httpTarget": target}
    id_ = f"projects/{P}/locations/europe-west1/jobs/{name}"
    world.put(Resource(JOB, id_, "u", {**inputs, **changes}))


class Clock:
    """Half a second before a full minute when it is first looked at, and then as fast as ours."""

    def __init__(self) -> None:
        self.begun: float | None = None
        self.start = datetime(2026, 11, 23, 11, 59, 59, 500_000, tzinfo=UTC).timestamp()

    def __call__(self) -> float:
        self.begun = self.begun or time.monotonic()
        return self.start + time.monotonic() - self.begun


@pytest.fixture
def play(home: Any, listen: Callable[..., Any]) -> Callable[..., Any]:
    """Run the scheduler for some seconds against a handler, and return handler and jobs."""

    def run(seconds: float, *answers: Any, **changes: Any) -> tuple[Any, Jobs]:
        world = World(home / "world.db")
        job(world, **changes)
        jobs, clock = Jobs(world), Clock()
        with listen(*answers) as handler:

            async def playing() -> None:
                async with aclosing(Courier(home, Authority(home), handler.route, time.time)) as courier:
                    with suppress(TimeoutError):
                        async with asyncio.timeout(seconds):
                            await Scheduler(jobs, courier, clock, look=0.02).run()

            asyncio.run(playing())
        return handler, jobs

    return run


def test_a_job_fires_at_the_minute_with_the_identity_it_names(play: Callable[..., Any], home: Any) -> None:
    handler, jobs = play(1.5)
    ((method, path, headers, _),) = handler.requests
    assert (method, path, headers["Host"]) == ("POST", "/sweeps/minute", BASE.removeprefix("https://"))
    assert (headers["X-CloudScheduler"], headers["X-CloudScheduler-JobName"]) == ("true", "minute")
    bearer = headers["Authorization"].removeprefix("Bearer ")
    assert tokens.id_caller(home, bearer, BASE, time.time()) == f"serviceAccount:{ACCOUNT}"
    assert jobs.last_run(f"projects/{P}/locations/europe-west1/jobs/minute")[1] == "HTTP status code 200"  # type: ignore[index]


def test_a_failed_call_is_made_again_as_often_as_the_job_says(play: Callable[..., Any]) -> None:
    retry = {"retryCount": 2, "minBackoffDuration": "0s", "maxBackoffDuration": "0s"}
    handler, _ = play(1.5, 503, retryConfig=retry)
    assert len(handler.requests) == 3


def test_a_job_that_is_paused_or_not_due_stays_quiet(play: Callable[..., Any]) -> None:
    assert play(1.0, paused=True)[0].requests == []
    assert play(1.0, schedule="0 3 * * *")[0].requests == []


@given(st.floats(1_500_000_000, 2_000_000_000), st.sampled_from(["* * * * *", "7 * * * *", "23 3 * * *"]))
def test_the_next_time_is_ahead_and_on_a_full_minute(now: float, cron: str) -> None:
    errand = Errand("POST", BASE, {}, None, "", "", 60.0)
    due = Job("jobs/x", 0.0, cron, "Etc/UTC", False, errand, 0, 5.0, 60.0).next_after(now)
    assert now < due <= now + 86_400
    assert due % 60 == 0


def test_a_nightly_job_keeps_its_hour_when_the_clocks_change() -> None:
    errand = Errand("POST", BASE, {}, None, "", "", 60.0)
    nightly = Job("jobs/x", 0.0, "23 3 * * *", "Europe/Berlin", False, errand, 0, 5.0, 60.0)
    before = datetime(2026, 10, 24, 12, tzinfo=UTC).timestamp()
    assert datetime.fromtimestamp(nightly.next_after(before), UTC).hour == 2  # winter time has begun
