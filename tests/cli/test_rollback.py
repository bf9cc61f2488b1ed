"""`./launch rollback` against the rehearsal's Cloud Run Admin API."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import uvloop

from blueprint import spec
from engine.home import PROJECT as ROOT
from engine.home import Home
from infra.service_selection import roles_of
from localcloud.base import ports, process
from localcloud.base.supervisor import processes
from localcloud.base.world import Resource, World
from localcloud.control.server import serve
from localcloud.run import services
from localcloud.run.revision_history import RevisionHistory
from localcloud.run.services import SERVICE

WANTED = spec.load(ROOT / "Pulumi.local.yaml")
PROJECT, REGION = WANTED.google.project, WANTED.google.region
NAMES = [role.name for role in roles_of(WANTED)]

Run = Callable[..., Any]
Deploy = Callable[[str], None]


def traffic(home: Home) -> dict[str, str]:
    """Return by service the revision that its requests are sent to, empty for the newest."""
    world = World(home.path / "world.db")
    found = {
        str(resource.inputs["name"]): str((resource.inputs.get("traffics") or [{}])[0].get("revision", ""))
        for resource in world.resources(SERVICE)
    }
    world.close()
    return found


@pytest.fixture
def deploy(home: Home) -> Iterator[Deploy]:
    """Gives every service a ready revision with an image, as an `up` would."""
    world = World(home.path / "world.db")
    outputs = {"projectId": PROJECT, "number": "100000000001"}
    world.put(Resource("gcp:organizations/project:Project", PROJECT, "urn:project", outputs=outputs))

    def call(image: str) -> None:
        for name in NAMES:
            template = {"serviceAccount": "a@p.iam.gserviceaccount.com", "containers": [{"image": image}]}
            inputs = {"name": name, "project": PROJECT, "location": REGION, "template": template}
            latest = {"traffics": [{"type": "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", "percent": 100}]}
            resource = Resource(SERVICE, name, f"urn:{name}", inputs={**inputs, **latest})
            world.put(resource)
            history, service = RevisionHistory(world), services.read(resource, world)
            history.became_ready(service, history.begin(service, time.time()).name)

    yield call
    world.close()


@pytest.fixture
def running(home: Home) -> Iterator[Home]:
    """A local cloud of which the control plane runs."""
    ports.allocate(home.path)
    with subprocess.Popen(["sleep", "600"]) as in_its_place:  # what commands look for: they must not find the tests
        processes.record(home, "control", in_its_place.pid)
        with process.on_thread(serve(home.path), uvloop.new_event_loop):
            yield home
        in_its_place.kill()


def test_requests_go_to_the_former_revisions_and_a_second_run_changes_nothing(
    running: Home, deploy: Deploy, run: Run, lines: Callable[[str], list[dict[str, Any]]]
) -> None:
    deploy("one")
    deploy("two")
    done = run("rollback", "--json")
    assert done.returncode == 0, done.stderr
    assert {(line["service"], line["op"]) for line in lines(done.stdout)} == {(name, "moves") for name in NAMES}
    rolled_back = traffic(running)
    assert all(revision.startswith(f"{name}-00001-") for name, revision in rolled_back.items())
    assert "git revert" in done.stderr
    assert "./launch up --refresh" in done.stderr
    again = run("rollback", "--json")
    assert again.returncode == 0
    assert {line["op"] for line in lines(again.stdout)} == {"already"}
    assert traffic(running) == rolled_back


def test_undoing_it_sends_requests_to_the_newest_again(running: Home, deploy: Deploy, run: Run) -> None:
    deploy("one")
    deploy("two")
    assert run("rollback").returncode == 0
    assert run("rollback", "--undo").returncode == 0
    assert set(traffic(running).values()) == {""}
    assert "already" in run("rollback", "--undo").stdout


def test_a_revision_that_is_named_decides_the_image_of_all(running: Home, deploy: Deploy, run: Run) -> None:
    for image in ("one", "two", "three"):
        deploy(image)
    first = f"{NAMES[0]}-00001-"
    world = World(running.path / "world.db")
    past = RevisionHistory(world).past(f"projects/{PROJECT}/locations/{REGION}/services/{NAMES[0]}")
    world.close()
    name = next(revision.name for revision in past if revision.name.startswith(first))
    assert run("rollback", "--to", name).returncode == 0
    assert all(revision.startswith(f"{service}-00001-") for service, revision in traffic(running).items())
    refused = run("rollback", "--to", "nothing-00009-abc")
    assert refused.returncode == 2
    assert "No service has a revision nothing-00009-abc" in refused.stderr


def test_without_a_former_revision_it_says_so(running: Home, deploy: Deploy, run: Run) -> None:
    deploy("one")
    refused = run("rollback")
    assert refused.returncode == 2
    assert "No service has a former revision" in refused.stderr
    assert "./launch up" in refused.stderr
    assert set(traffic(running).values()) == {""}


def test_before_the_first_launch_there_is_nothing_to_roll_back(run: Run) -> None:
    refused = run("rollback")
    assert refused.returncode == 3
    assert "./launch up" in refused.stderr
