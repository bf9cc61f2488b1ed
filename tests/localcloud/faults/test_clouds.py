"""What Google's own client libraries make of the faults of Firestore and Cloud Tasks."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from google.api_core import exceptions
from google.cloud import tasks_v2

from handlers.outside import google_clients
from localcloud.base import ports
from localcloud.base.process import on_thread
from localcloud.base.world import Resource, World
from localcloud.control.server import serve as serve_control
from localcloud.faults import Fault, Faults, Kind
from localcloud.firestore.server import serve as serve_firestore

PROJECT = "acme-rehearsal"
QUEUE = f"projects/{PROJECT}/locations/europe-west1/queues/events"
NOTHING_DONE = [
    (Kind.RESET, exceptions.ServiceUnavailable),
    (Kind.TOO_MANY, exceptions.ResourceExhausted),
    (Kind.INTERNAL, exceptions.InternalServerError),
    (Kind.UNAVAILABLE, exceptions.ServiceUnavailable),
]
DONE = [(Kind.CUT, exceptions.ServiceUnavailable), (Kind.LATE, exceptions.DeadlineExceeded)]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    ports.allocate(home)
    world = World(home / "world.db")
    project = {"projectId": PROJECT, "name": PROJECT}
    world.put(Resource("gcp:organizations/project:Project", PROJECT, "u", project, {**project, "number": "1"}))
    queue = {"project": PROJECT, "location": "europe-west1", "name": "events"}
    world.put(Resource("gcp:cloudtasks/queue:Queue", QUEUE, "u", queue, queue))
    database = {"project": PROJECT, "name": "(default)", "locationId": "europe-west1", "type": "FIRESTORE_NATIVE"}
    world.put(Resource("gcp:firestore/database:Database", "(default)", "u", database, database))
    world.close()
    with ExitStack() as exits:
        exits.enter_context(on_thread(serve_firestore(home)))
        exits.enter_context(on_thread(serve_control(home, route=lambda _: None)))
        yield home


@pytest.fixture
def faults(home):
    world = World(home / "world.db")
    found = Faults(world)
    yield found
    found.switch_off()
    world.close()


@pytest.fixture(scope="module")
def documents(home):
    client = google_clients.firestore(PROJECT, {google_clients.FIRESTORE: ports.load(home).address("firestore")})
    yield client
    client.close()


@pytest.fixture(scope="module")
def queue(home):
    with google_clients.tasks({google_clients.CLOUD_TASKS: ports.load(home).address("tasks")}) as client:
        yield client


def create(documents, name, timeout=8.0):
    documents.document(f"faults/{name}").create({"by": name}, retry=None, timeout=timeout)


def exists(documents, name):
    return bool(documents.document(f"faults/{name}").get().exists)


def send(queue, name, timeout=8.0):
    request = tasks_v2.HttpRequest(url="https://nowhere.run.app/x")
    task = tasks_v2.Task(name=f"{QUEUE}/tasks/{name}", http_request=request)
    queue.create_task(parent=QUEUE, task=task, retry=None, timeout=timeout)


def is_queued(queue, name):
    return any(each.name.endswith(f"/{name}") for each in queue.list_tasks(parent=QUEUE))


@pytest.mark.parametrize(("kind", "error"), NOTHING_DONE)
def test_firestore_that_refuses_has_stored_nothing(documents, faults, kind, error):
    faults.switch_on(Fault("firestore", kind))
    with pytest.raises(error):
        create(documents, f"refused-{kind}")
    faults.switch_off()
    assert not exists(documents, f"refused-{kind}")


@pytest.mark.parametrize(("kind", "error"), DONE)
def test_firestore_that_loses_its_answer_has_stored(documents, faults, kind, error):
    faults.switch_on(Fault("firestore", kind))
    with pytest.raises(error):
        create(documents, f"lost-{kind}", timeout=0.5)
    faults.switch_off()
    assert exists(documents, f"lost-{kind}")


@pytest.mark.parametrize(("kind", "error"), NOTHING_DONE)
def test_a_queue_that_refuses_has_kept_nothing(queue, faults, kind, error):
    faults.switch_on(Fault("tasks", kind))
    with pytest.raises(error):
        send(queue, f"refused-{kind}")
    faults.switch_off()
    assert not is_queued(queue, f"refused-{kind}")


@pytest.mark.parametrize(("kind", "error"), DONE)
def test_a_queue_that_loses_its_answer_has_kept_the_task(queue, faults, kind, error):
    faults.switch_on(Fault("tasks", kind))
    with pytest.raises(error):
        send(queue, f"lost-{kind}", timeout=0.5)
    faults.switch_off()
    with pytest.raises(exceptions.AlreadyExists):
        send(queue, f"lost-{kind}")


def test_who_gave_up_on_a_late_queue_keeps_it_from_nobody_else(queue, faults):
    faults.switch_on(Fault("tasks", Kind.LATE, match=("impatient",)))
    with ThreadPoolExecutor(20) as pool:
        calls = [pool.submit(send, queue, f"impatient-{number}", timeout=1) for number in range(20)]
    assert {type(call.exception()) for call in calls} == {exceptions.DeadlineExceeded}
    send(queue, "patient")
    assert is_queued(queue, "patient")


def test_a_slow_firestore_and_a_slow_queue_are_five_seconds_late(documents, queue, faults):
    faults.switch_on(Fault("firestore", Kind.SLOW, times=1))
    faults.switch_on(Fault("tasks", Kind.SLOW, times=1))
    begun = time.monotonic()
    with ThreadPoolExecutor() as pool:
        for done in (pool.submit(create, documents, "slow"), pool.submit(send, queue, "slow")):
            done.result()
            assert 5.0 <= time.monotonic() - begun < 8.0


def test_a_fault_can_name_the_method_and_a_value_in_the_message(documents, faults):
    faults.switch_on(Fault("firestore", Kind.UNAVAILABLE, match=("\nCommit\n", "inbox/evt_1", '"processing"')))
    documents.document("inbox/evt_1").set({"state": "received"})
    documents.document("inbox/evt_2").set({"state": "processing"})
    with pytest.raises(exceptions.ServiceUnavailable):
        documents.document("inbox/evt_1").set({"state": "processing"}, retry=None, timeout=2)
