"""Every role is needed: without any one binding of the program, a named flow is refused with 403 and stands still."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import psutil
import pytest
import requests

from blueprint import grants, outputs
from blueprint.finding import Finding
from flows import Stage, offline, payment, scene, signup, support
from flows.accept import charge
from flows.scene import Scene
from infra.cloudbuild import BuildFailedError, BuildOrder, build, client
from localcloud import backbone, iam, ports, tokens
from localcloud.world import Resource, World

pytestmark = pytest.mark.stack

PATIENCE = 30.0  # seconds until the refusal has to be seen
BUILDER = "builder"
OBJECT = "gcp:storage/bucketObject:BucketObject"
FLOWS: dict[str, Callable[[Scene], Finding]] = {
    payment.ID: payment.play,
    charge.ID: charge.play,
    signup.ID: signup.play,
    support.ID: support.play,
    offline.ID: offline.play,
}
QUEUES = ("crm", "events", "helpdesk", "identity", "mail", "payments")
LATER = {
    "payments-sync-payments-enqueuer",  # sends timers
    "identity-sync-crm-enqueuer",  # the claims of those who paid before they signed up
    "reconcile-as-task-caller",  # the sweeps send tasks for what got stuck, and here nothing does
    *(f"{queue}-reconcile-enqueuer" for queue in QUEUES),
    "intents-task-caller",  # has the intents taken in that nobody delivered
    "payments-intents-enqueuer",  # takes a payment that was attempted, as a document
    "support-drafts-support-ticket",  # asks for a draft
    "helpdesk-signing-secret-intake-secretAccessor",  # hears of what was said at the helpdesk
}
SWEPT = {"reconcile", "reconcile-task-caller"}  # whose flow is a sweep, fired by the test as the clock would
SWEEPS = ("minute", "hour", "night")
# Whose role it is, or which service it opens → the flows of which one has to stand still.
NEEDED = {
    "event-caller": (offline.ID,),
    "intents": (offline.ID,),
    "sync-payments": (charge.ID,),
    "sync-crm": (signup.ID,),
    "support-ticket": (support.ID,),
}


@pytest.fixture
def world(launch: Any) -> Iterator[World]:
    found = World(launch.home / "world.db")
    yield found
    found.close()


@pytest.fixture
def stage(launch: Any) -> Stage:
    return staged(launch)


def staged(launch: Any) -> Stage:
    promised = outputs.parse(json.loads((launch.home / "outputs.json").read_text()))
    return Stage.local(promised, launch.home, ports.load(launch.home))


def bindings(world: World) -> list[Resource]:
    """What the program grants to those who act in a rehearsal, in a steady order.

    Two do not: the accounts of the delivery's workflows, which act on the real clouds, and Google's own account, whose
    one role the provider itself asks for (tests/localcloud/providers/test_rules_keeping.py). The roles in LATER are
    needed by what no flow does, or only when time has passed, longer than a flow.
    """
    found = [one for token in grants.BOUND_ON for one in world.resources(token) if iam.binding_of(one)]
    acting = [one for one in found if not (account(one).startswith("ci-") or "gcp-sa-" in one.inputs["member"])]
    acting = [one for one in acting if name_of(one) not in LATER]
    return sorted(
        (one for one in acting if one.inputs["member"].startswith("serviceAccount:")), key=lambda one: one.urn
    )


def account(bound: Resource) -> str:
    """The account's id."""
    return str(bound.inputs["member"]).partition(":")[2].partition("@")[0]


def name_of(bound: Resource) -> str:
    """The binding's name in the program."""
    return bound.urn.rpartition("::")[2]


def flows_of(bound: Resource) -> tuple[str, ...]:
    names = (account(bound), str(bound.inputs.get("name", "")))
    return next((flows for name, flows in NEEDED.items() if name in names), tuple(FLOWS))


@contextmanager
def taken_away(world: World, bound: Resource) -> Iterator[None]:
    world.remove(bound.type, bound.id)
    try:
        yield
    finally:
        world.put(bound)


def forget_secrets(launch: Any) -> None:
    """End the services' instances: the next ones have to read their secrets anew."""
    instances = [process for process in launch.processes() if "handlers.app:app" in process.cmdline()]
    assert instances
    for process in instances:
        process.kill()
    psutil.wait_procs(instances, timeout=PATIENCE)


def refused_since(world: World, bound: Resource, since: int) -> bool:
    granted = iam.permissions(world, bound.inputs["role"])
    entries = world.journal(iam.DENIED, bound.inputs["member"], since)
    return any(entry.data["permission"] in granted for entry in entries)


def last(world: World) -> int:
    return max((entry.seq for entry in world.journal(iam.DENIED)), default=0)


def play_until_refused(launch: Any, stage: Stage, world: World, bound: Resource) -> tuple[list[str], list[Finding]]:
    """Return the flows that stood still while the binding was away, and what came of all of them in the end."""
    since, names = last(world), flows_of(bound)
    with scene.set_up(stage) as opened, ThreadPoolExecutor(len(names)) as pool:
        with taken_away(world, bound):
            if "secretAccessor" in bound.inputs["role"]:
                forget_secrets(launch)
            playing = {name: pool.submit(FLOWS[name], opened) for name in names}
            ends = time.monotonic() + PATIENCE
            while not refused_since(world, bound, since) and time.monotonic() < ends:
                threading.Event().wait(0.05)
            refused = refused_since(world, bound, since)
            standing = [name for name, future in playing.items() if not future.done()]
        return standing if refused else [], [future.result() for future in playing.values()]


def without_builders_role(launch: Any, world: World, bound: Resource) -> None:
    """Require that no image is built while the builder lacks a role."""
    source = max(world.resources(OBJECT), key=lambda one: one.created)
    project = str(world.resources("gcp:organizations/project:Project")[0].outputs["projectId"])
    order = BuildOrder(
        project=project,
        bucket=str(source.outputs["bucket"]),
        object=str(source.outputs["name"]),
        source_hash="0" * 64,
        target=f"europe-west1-docker.pkg.dev/{project}/launch/handlers",
        service_account=f"{BUILDER}@{project}.iam.gserviceaccount.com",
    )
    address = {**os.environ, "CLOUD_BUILD_EMULATOR_HOST": ports.load(launch.home).address("build")}
    since, said = last(world), ""
    with taken_away(world, bound):
        try:
            build(order, client(address), sleep=lambda _: time.sleep(0.01))
        except BuildFailedError as error:
            said = str(error)
    assert "403" in said
    assert refused_since(world, bound, since)


def sweep(launch: Any, name: str) -> int:
    """Have a sweep done as Cloud Scheduler does, with the task caller's identity; return the answer's status."""
    promised = json.loads((launch.home / "outputs.json").read_text())
    url = next(each["url"] for each in promised["services"] if each["name"] == "reconcile")
    caller = f"task-caller@{promised['project']}.iam.gserviceaccount.com"
    bearer = tokens.id_token(launch.home, caller, url, time.time())
    headers = {**backbone.headers(launch.home), "Authorization": f"Bearer {bearer}", "Host": url.split("/")[2]}
    at = f"http://{ports.load(launch.home).address('run')}/sweeps/{name}"
    return requests.post(at, headers=headers, timeout=60).status_code


def without_sweepers_role(launch: Any, world: World, bound: Resource) -> None:
    """Require that a sweep is refused while a role for it is away: at its door, or by what it asks."""
    since = last(world)
    with taken_away(world, bound):
        if "secretAccessor" in bound.inputs["role"]:
            forget_secrets(launch)
        answers = [sweep(launch, name) for name in SWEEPS]
    assert 403 in answers or refused_since(world, bound, since)


def require_needed(launch: Any, stage: Stage, world: World, bound: Resource) -> None:
    if account(bound) == BUILDER:
        without_builders_role(launch, world, bound)
        return
    if SWEPT & {account(bound), name_of(bound)}:
        without_sweepers_role(launch, world, bound)
        return
    standing, findings = play_until_refused(launch, stage, world, bound)
    assert standing, f"{bound.urn} was taken away, and no flow of {flows_of(bound)} was refused: {findings}"


@pytest.mark.parametrize("role", ["intake-payments-enqueuer", "sync-crm-task-caller", "builder-writes-images"])
def test_without_a_role_a_flow_is_refused(launch: Any, stage: Stage, world: World, role: str) -> None:
    require_needed(launch, stage, world, binding(world, role))


def binding(world: World, role: str) -> Resource:
    """The binding whose name in the program holds all words of `role`."""
    names = {name_of(one): one for one in bindings(world)}
    return next(one for name, one in names.items() if all(word in name for word in role.split("-")))


@pytest.mark.long
@pytest.mark.timeout(3_600)
def test_without_any_one_of_the_roles_a_flow_is_refused(
    launch: Any, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    every = bindings(world)
    needless = []
    for bound in every:
        began, needed = time.monotonic(), is_needed(launch, world, bound)
        needless += [] if needed else [name_of(bound)]
        with capsys.disabled():
            word = "needed" if needed else "NEEDLESS"
            sys.stdout.write(f"{word} {name_of(bound)} ({time.monotonic() - began:.1f} s)\n")
    with capsys.disabled():
        sys.stdout.write(f"{len(every) - len(needless)} of {len(every)} role bindings are needed: without it, 403\n")
    assert len(every) > 20
    assert needless == []


def is_needed(launch: Any, world: World, bound: Resource) -> bool:
    try:
        require_needed(launch, staged(launch), world, bound)
    except AssertionError:
        return False
    return True
