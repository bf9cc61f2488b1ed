"""A CI's jobs, rehearsed as the accounts that run them: the nightly look, a deployment, a missing permission."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import Any

import pytest
import yaml

from blueprint.spec import CONFIG_KEY
from infra.service_selection import PUBLIC
from localcloud import iam
from localcloud.base.world import World
from localcloud.run.journal import REQUEST
from tools.variants.table import merged

pytestmark = [pytest.mark.stack, pytest.mark.long, pytest.mark.timeout(1_800)]

DRIFT = ("preview", "--as", "ci-preview", "--refresh", "--expect-no-changes")
DEPLOY = ("up", "--as", "ci-deploy")
ROLE = "projects/acme-rehearsal/roles/launch_{name}"
EDITS: dict[str, Any] = {
    "origin": "worker",
    "google": {"audit_logs": "full", "budget": 80},
    "alerts": {"error_percent": 3, "watch": "essential"},
    "secrets": {"rotation_days": 30},
    "services": {"env": {"sync-crm": {"APP_STAGE": "later"}}},
    "support": {"webhooks": False},
}
"""Nearly all that a deployment changes: services, roles, jobs, queues, secrets, alerts, the budget."""


@pytest.fixture(scope="module")
def running(apart: Any) -> Any:
    apart.well("up")
    return apart


@contextmanager
def without(launch: Any, name: str, permission: str) -> Iterator[None]:
    """Have one permission missing in one of the two roles."""
    role = ROLE.format(name=name)
    with closing(World(launch.home / "world.db")) as world:
        before = world.resource(iam.CUSTOM_ROLE, role)
        assert before is not None
        left = [each for each in before.inputs["permissions"] if each != permission]
        assert len(left) < len(before.inputs["permissions"])
        world.put(replace(before, inputs={**before.inputs, "permissions": left}))
        yield
        world.put(before)


def edit(launch: Any, choices: dict[str, Any]) -> None:
    file = launch.project / "Pulumi.local.yaml"
    content = yaml.safe_load(file.read_text())
    content["config"][CONFIG_KEY] = merged(content["config"][CONFIG_KEY], choices)
    file.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True))


def test_the_nightly_look_works_with_the_roles_of_whoever_looks(running: Any) -> None:
    assert "0 changes" in running.well(*DRIFT)


@pytest.mark.parametrize(
    "permission", ["cloudscheduler.jobs.get", "pubsub.topics.get", "datastore.backupSchedules.get"]
)
def test_without_a_permission_the_nightly_look_is_refused_by_name(running: Any, permission: str) -> None:
    with without(running, "preview", permission):
        done = running.run(*DRIFT)
    assert done.returncode != 0
    assert f"Error 403: Permission '{permission}' denied" in done.stdout + done.stderr
    assert "ci-preview@acme-rehearsal" in done.stdout + done.stderr


def test_whoever_looks_cannot_deploy(running: Any) -> None:
    edit(running, {"alerts": {"error_percent": 4}})
    done = running.run("up", "--as", "ci-preview")
    assert done.returncode != 0
    assert "Error 403: Permission 'monitoring.alertPolicies.update' denied" in done.stdout + done.stderr


def test_a_deployment_works_with_the_roles_of_whoever_deploys(running: Any) -> None:
    source = running.project / "handlers" / "words.py"
    source.write_text(source.read_text() + "\n# another image\n")
    edit(running, EDITS)
    running.well(*DEPLOY)
    assert "0 changes" in running.well(*DRIFT)


def served_by(launch: Any) -> str:
    """Ask the API, and return the revision that answered, by what Cloud Run wrote down."""
    with closing(World(launch.home / "world.db")) as world:
        last = max((entry.seq for entry in world.journal(REQUEST)), default=0)
        for _ in range(3):  # a request is written down after it was answered
            asked = launch.run("verify", "--only", "uptime")
            seen = [entry.data["revision"] for entry in world.journal(REQUEST, PUBLIC, since=last)]
            if seen:
                return str(seen[-1])
    raise AssertionError(asked.stdout + asked.stderr)


def test_a_rollback_moves_requests_to_the_former_image_until_a_refreshed_up(running: Any) -> None:
    newest = served_by(running)
    assert running.run("rollback").returncode == 0
    former = served_by(running)
    assert (newest.split("-")[1], former.split("-")[1]) == ("00002", "00001")
    again = running.run("rollback")
    assert "requests go to" in again.stdout
    assert "→" not in again.stdout
    looked = running.run("preview", "--expect-no-changes")
    assert looked.returncode != 0
    assert f"{PUBLIC}: requests go to {former} (100 %), as after a rollback" in looked.stdout
    assert f"the traffic of {PUBLIC}" in looked.stderr
    running.well("up", "--refresh")
    assert served_by(running) == newest
    assert "0 changes" in running.well(*DRIFT)
