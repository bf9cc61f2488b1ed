"""Every role is needed: without any one binding of the program, a named flow is refused with 403 and stands still."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import psutil
import pytest
import requests

from blueprint import iam_grants, outputs
from blueprint.finding import Finding
from flows import Stage, offline, payment, scene, signup, support
from flows.accept import charge
from flows.scene import Record, Scene
from infra.cloudbuild import BuildFailedError, BuildOrder, build, client
from localcloud import iam
from localcloud.base import internal_traffic, ports, tokens
from localcloud.base.world import Resource, World

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
    one role the provider itself asks for (tests/localcloud/providers/test_rules_retention.py).
    """
    found = [one for token in iam_grants.BOUND_ON for one in world.resources(token) if iam.binding_of(one)]
    acting = [one for one in found if not (account(one).startswith("ci-") or "gcp-sa-" in one.inputs["member"])]
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


def waits_until_refused(world: World, bound: Resource, since: int) -> bool:
    ends = time.monotonic() + PATIENCE
    while not refused_since(world, bound, since) and time.monotonic() < ends:
        threading.Event().wait(0.05)
    return refused_since(world, bound, since)


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
            refused = waits_until_refused(world, bound, since)
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


@dataclass(frozen=True)
class Moment:
    """What needs a role only now and then: the documents that are there then, and who is called to go on with them."""

    documents: Mapping[str, Record]
    service: str = ""
    path: str = ""


def kept_event(**fields: Any) -> Record:
    """An event of the inbox that was taken in some time ago, and is done unless `fields` say otherwise."""
    now = datetime.now(UTC)
    record = {
        "state": "done", "source": "intent", "kind": "signup_completed", "service": "sync-crm", "body": "{}",
        "userId": "nobody", "email": "nobody@acme.test", "correlationId": "c-of-the-stuck", "reason": "",
        "receivedAt": now - timedelta(minutes=9), "finishedAt": None, "attempts": 1, "faults": 0, "leaseUntil": None,
        "effects": [],
    }  # fmt: skip
    return {**record, **fields}


def kept_effect(service: str, kind: str) -> Record:
    """An effect of the outbox that nobody has performed though it is due."""
    then = datetime.now(UTC) - timedelta(minutes=9)
    return {
        "kind": kind, "service": service, "payload": {}, "eventId": "evt_stuck", "correlationId": "c-of-the-stuck",
        "state": "pending", "createdAt": then, "dueAt": then, "attempts": 1, "firstTriedAt": then, "unsureSince": None,
        "leaseUntil": None, "reason": "",
    }  # fmt: skip


def stuck_effect(service: str, kind: str) -> Callable[[str], Moment]:
    """The sweep of the minute finds an effect whose task was lost."""
    return lambda id_: Moment({f"outbox/{id_}": kept_effect(service, kind)}, "reconcile", "/sweeps/minute")


def stuck_event(id_: str) -> Moment:
    """The sweep of the minute finds an event whose task was lost."""
    return Moment({f"inbox/{id_}": kept_event(state="received")}, "reconcile", "/sweeps/minute")


def unsent_effect(service: str, kind: str) -> Callable[[str], Moment]:
    """The service meets an event again that it ended, and died before it sent the event's effect on its way."""

    def moment(id_: str) -> Moment:
        documents = {
            f"outbox/{id_}": kept_effect(service, kind),
            f"inbox/{id_}": kept_event(service=service, effects=[id_]),
        }
        return Moment(documents, service, f"/events/{id_}/run")

    return moment


def attempted_payment(id_: str) -> Moment:
    """An app that was offline tells that its user has paid; Eventarc delivers it."""
    intent = {"kind": "payment_attempted", "data": {}, "email": "nobody@acme.test", "createdAt": datetime.now(UTC)}
    return Moment({f"users/{id_}/intents/{id_}": intent})


def wanted_draft(id_: str) -> Moment:
    """Somebody of the team wants a reply proposed."""
    ticket = {
        "userId": "nobody", "email": "nobody@acme.test", "subject": "Help", "message": "It is broken.",
        "helpdeskId": "1", "state": "assigned",
    }  # fmt: skip
    ticket_id = f"tkt_{id_[-24:]}"
    asked = {"source": "staff", "kind": "draft", "service": "support-ticket", "state": "received"}
    event = kept_event(**asked, body=json.dumps({"ticketId": ticket_id, "by": "Cleo"}))
    return Moment({f"tickets/{ticket_id}": ticket, f"inbox/{id_}": event}, "support-ticket", f"/events/{id_}/run")


# A role that none of FLOWS needs → the moment that needs it.
MOMENTS: Mapping[str, Callable[[str], Moment]] = {
    "crm-reconcile-enqueuer": stuck_effect("sync-crm", "crm_contact"),
    "events-reconcile-enqueuer": stuck_event,
    "helpdesk-reconcile-enqueuer": stuck_effect("support-ticket", "helpdesk_ticket"),
    "identity-reconcile-enqueuer": stuck_effect("sync-payments", "custom_claims"),
    "mail-reconcile-enqueuer": stuck_effect("support-ticket", "notification"),
    "payments-reconcile-enqueuer": stuck_effect("sync-payments", "timer"),
    "reconcile-as-task-caller": stuck_event,
    "payments-sync-payments-enqueuer": unsent_effect("sync-payments", "timer"),
    "identity-sync-crm-enqueuer": unsent_effect("sync-crm", "custom_claims"),
    "payments-sync-crm-enqueuer": unsent_effect("sync-crm", "stripe_address"),
    "payments-intents-enqueuer": attempted_payment,
    "support-drafts-support-ticket": wanted_draft,
}
DOOR = "helpdesk-signing-secret-intake-secretAccessor"  # of events that no helpdesk here sends


def at_its_moment(launch: Any, world: World, bound: Resource) -> bool:
    """Return whether somebody is refused when the moment comes that needs the role, while it is away."""
    since, moment = last(world), MOMENTS[name_of(bound)](f"stuck_{uuid.uuid4().hex}")
    documents = staged(launch).documents()
    try:
        with taken_away(world, bound):
            for path, fields in moment.documents.items():
                documents.document(path).create(fields, timeout=10)
            if moment.service:
                called(launch, moment.service, moment.path)
            refused = waits_until_refused(world, bound, since)
            for path in moment.documents:
                documents.document(path).delete(timeout=10)
    finally:
        documents.close()
    return refused


def at_the_helpdesks_door(launch: Any, world: World, bound: Resource) -> bool:
    """Return whether an event of a helpdesk is turned away with 503, because its secret may not be read."""
    since = last(world)
    with scene.set_up(staged(launch)) as opened, taken_away(world, bound):
        forget_secrets(launch)
        signed = {"webhook-id": "msg_1", "webhook-timestamp": f"{time.time():.0f}", "webhook-signature": "v1,AAAA"}
        answer = opened.edge.post("/webhooks/helpdesk", b"{}", signed)
        return answer.status == 503 and waits_until_refused(world, bound, since)


def sweep(launch: Any, name: str) -> int:
    """Have a sweep done as Cloud Scheduler does; return the answer's status."""
    return called(launch, "reconcile", f"/sweeps/{name}")


def called(launch: Any, service: str, path: str) -> int:
    """Call a private service with the task caller's identity; return the answer's status."""
    promised = json.loads((launch.home / "outputs.json").read_text())
    url = next(each["url"] for each in promised["services"] if each["name"] == service)
    caller = f"task-caller@{promised['project']}.iam.gserviceaccount.com"
    bearer = tokens.id_token(launch.home, caller, url, time.time())
    headers = {**internal_traffic.headers(launch.home), "Authorization": f"Bearer {bearer}", "Host": url.split("/")[2]}
    at = f"http://{ports.load(launch.home).address('run')}{path}"
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
    if name_of(bound) in MOMENTS:
        assert at_its_moment(launch, world, bound)
        return
    if name_of(bound) == DOOR:
        assert at_the_helpdesks_door(launch, world, bound)
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


@pytest.mark.long
@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("role", [*MOMENTS, DOOR])
def test_without_a_role_that_is_seldom_needed_its_moment_is_refused(launch: Any, world: World, role: str) -> None:
    require_needed(launch, staged(launch), world, next(one for one in bindings(world) if name_of(one) == role))
