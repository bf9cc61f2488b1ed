"""The client factory, the secrets and the queue, with the official clients against the rehearsal's control plane."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from handlers.failures import Unavailable
from handlers.outside import google_clients
from handlers.outside.secret_cache import MissingSecret, SecretCache
from handlers.work.task_queue import CloudTasks, event_task, task_id
from localcloud.base import ports
from localcloud.base.process import on_thread
from localcloud.base.world import Resource, World
from localcloud.control.server import serve as serve_control

PROJECT = "acme-rehearsal"
QUEUES = f"projects/{PROJECT}/locations/europe-west1/queues"
URLS = {"sync-crm": "https://sync-crm.run.app", "sync-payments": "https://sync-payments.run.app"}
CALLER = f"task-caller@{PROJECT}.iam.gserviceaccount.com"


@pytest.fixture(scope="module")
def env(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    chosen = ports.allocate(home)
    world = World(home / "world.db")
    secret = {"project": PROJECT, "secretId": "hubspot-token", "replication": {"auto": {}}}
    world.put(Resource("gcp:secretmanager/secret:Secret", f"projects/{PROJECT}/secrets/hubspot-token", "u1", secret))
    queue = {"project": PROJECT, "location": "europe-west1", "name": "events"}
    world.put(Resource("gcp:cloudtasks/queue:Queue", f"{QUEUES}/events", "u2", queue, queue))
    with on_thread(serve_control(home)):
        yield {
            google_clients.SECRET_MANAGER: chosen.address("secretmanager"),
            google_clients.CLOUD_TASKS: chosen.address("tasks"),
        }
    world.close()


def test_a_secret_is_missing_until_it_is_pushed_and_a_rotation_leaves_the_one_before(env):
    with google_clients.secret_manager(env) as manager:
        secret_cache = SecretCache(manager, PROJECT, time.monotonic)
        with pytest.raises(MissingSecret):
            secret_cache.values("hubspot-token")
        parent = f"projects/{PROJECT}/secrets/hubspot-token"
        first, second, third = (b"pat-eu1-%d-0123456789abcdef" % number for number in (1, 2, 3))
        for value in (first, second, third):
            manager.add_secret_version(parent=parent, payload={"data": value})
        assert secret_cache.values("hubspot-token", max_age=0) == (third.decode(), second.decode())
        manager.disable_secret_version(name=f"{parent}/versions/3")
        assert secret_cache.values("hubspot-token", max_age=0) == (second.decode(), first.decode())


def test_the_same_work_is_queued_once(env):
    with google_clients.tasks(env) as tasks:
        queue = CloudTasks(tasks, QUEUES, CALLER, URLS)
        assert queue.send(event_task("evt_1", "sync-crm", "c1"))
        assert not queue.send(event_task("evt_1", "sync-crm", "c1"))
        assert queue.send(event_task("evt_2", "sync-crm", "c1"))


def test_work_that_is_wanted_once_more_is_queued_once_more(env):
    with google_clients.tasks(env) as tasks:
        queue = CloudTasks(tasks, QUEUES, CALLER, URLS)
        assert queue.send(event_task("evt_3", "sync-crm", "c1"))
        assert queue.send(event_task("evt_3", "sync-crm", "c1", again="replay 1"))
        assert not queue.send(event_task("evt_3", "sync-crm", "c1", again="replay 1"))


def test_work_for_later_is_scheduled(env):
    later = datetime.now(UTC) + timedelta(days=3)
    with google_clients.tasks(env) as tasks:
        task = replace(event_task("evt_4", "sync-crm", "c1"), at=later)
        CloudTasks(tasks, QUEUES, CALLER, URLS).send(task)
        kept = tasks.get_task(name=f"{QUEUES}/events/tasks/{task_id(task)}")
        assert abs(kept.schedule_time - later) < timedelta(seconds=1)


def test_a_queue_that_is_not_there_is_unavailable(env):
    with google_clients.tasks(env) as tasks, pytest.raises(Unavailable):
        CloudTasks(tasks, QUEUES, CALLER, URLS).send(event_task("evt_1", "sync-payments", "c1"))


def test_services_that_nobody_serves_are_unavailable(tmp_path):
    chosen = ports.allocate(tmp_path)
    env = {name: chosen.address("tasks") for name in (google_clients.SECRET_MANAGER, google_clients.CLOUD_TASKS)}
    with google_clients.tasks(env) as tasks, pytest.raises(Unavailable):
        CloudTasks(tasks, QUEUES, CALLER, URLS).send(event_task("evt_1", "sync-crm", "c1"))
    with google_clients.secret_manager(env) as manager, pytest.raises(Unavailable):
        SecretCache(manager, PROJECT, time.monotonic).values("hubspot-token")


def test_a_task_is_named_after_its_work_and_not_in_sequence():
    services = ("sync-crm", "sync-payments")
    names = {task_id(event_task(f"evt_{number}", service, "c")) for service in services for number in range(100)}
    assert len(names) == 200
    assert all(name.isalnum() for name in names)
