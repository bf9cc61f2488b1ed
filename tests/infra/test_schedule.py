from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from infra.schedule import APIS, Schedule, ScheduleConfig, Sweep

BASE = "https://reconcile-1.europe-west1.run.app"
MINUTE = Sweep("reconcile-minute", "* * * * *", BASE, "minute")
CONFIG = ScheduleConfig("europe-west1", "task-caller@x", (MINUTE,))


def test_a_job_calls_the_private_service_with_the_callers_identity(provision: Any, project: Any) -> None:
    job = provision(lambda: Schedule("schedule", CONFIG, project(*APIS))).one("job:Job").inputs
    assert job["httpTarget"] == {
        "uri": f"{BASE}/sweeps/minute",
        "httpMethod": "POST",
        "oidcToken": {"serviceAccountEmail": "task-caller@x", "audience": BASE},
    }
    assert (job["schedule"], job["timeZone"], job["attemptDeadline"]) == ("* * * * *", "Etc/UTC", "300s")


def test_a_probe_takes_the_public_way_with_a_token_that_is_good_for_nothing_else(provision: Any, project: Any) -> None:
    probed = replace(CONFIG, probed="https://api.acme.test")
    made = provision(lambda: Schedule("schedule", probed, project(*APIS))).of("job:Job")
    (job,) = [each.inputs for each in made if each.inputs["name"] == "intake-probe"]
    assert job["httpTarget"] == {
        "uri": "https://api.acme.test/webhooks/probe",
        "httpMethod": "POST",
        "oidcToken": {"serviceAccountEmail": "task-caller@x", "audience": "launch-probe"},
    }
    assert (job["schedule"], job["attemptDeadline"]) == ("*/15 * * * *", "30s")


def test_a_probe_by_plain_http_is_refused() -> None:
    with pytest.raises(ValueError, match="address with https"):
        replace(CONFIG, probed="http://api.acme.test")


@pytest.mark.parametrize(
    ("change", "words"), [({"cron": "0 3 * *"}, "not a cron line"), ({"name": "quiz"}, "end in z")]
)
def test_a_job_that_could_not_work_is_refused(change: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        replace(MINUTE, **change)
