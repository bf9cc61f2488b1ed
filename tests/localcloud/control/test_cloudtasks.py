from __future__ import annotations

import datetime
import time
from typing import Any

import pytest
from google.api_core import exceptions
from google.cloud.tasks_v2 import types
from grpc import StatusCode

from localcloud.control.queues import Queues
from localcloud.control.taskspec import accepted
from localcloud.control.taskstore import TaskStore
from localcloud.rpc import Refused

P = "acme-rehearsal"
QUEUE = f"projects/{P}/locations/europe-west1/queues/events"
URL = "https://sync-crm-100000000001.europe-west1.run.app/events/1"


def later(seconds: float) -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=seconds)


def waiting(**task: Any) -> dict[str, Any]:
    """Return a task that is due in an hour."""
    return {"http_request": {"url": URL}, "schedule_time": later(3600), **task}


def test_a_queue_exists_once_the_engine_made_it(cloud: Any) -> None:
    client = cloud.tasks()
    with pytest.raises(exceptions.NotFound, match="Queue does not exist"):
        client.create_task(parent=QUEUE, task=waiting())
    cloud.queue(rateLimits={"maxDispatchesPerSecond": 10}, retryConfig={"maxAttempts": 7, "minBackoff": "1.5s"})
    queue = client.get_queue(name=QUEUE)
    assert (queue.rate_limits.max_dispatches_per_second, queue.rate_limits.max_burst_size) == (10, 2)
    assert (queue.retry_config.max_attempts, queue.retry_config.min_backoff.total_seconds()) == (7, 1.5)
    assert queue.state.name == "RUNNING"
    parent = f"projects/{P}/locations/europe-west1"
    assert [found.name for found in client.list_queues(parent=parent)] == [QUEUE]


def test_a_task_is_stored_with_the_services_defaults(cloud: Any) -> None:
    client, parent = cloud.tasks(), cloud.queue()
    task = client.create_task(parent=parent, task=waiting(http_request={"url": URL, "body": b"{}"}))
    assert task.name.startswith(f"{QUEUE}/tasks/")
    assert task.http_request.http_method.name == "POST"
    assert task.dispatch_deadline.total_seconds() == 600
    assert task.http_request.body == b""
    full = client.get_task(request={"name": task.name, "response_view": "FULL"})
    assert full.http_request.body == b"{}"
    assert [found.name for found in client.list_tasks(parent=parent)] == [task.name]


def test_a_name_is_taken_while_the_task_lives_and_for_an_hour_after(cloud: Any) -> None:
    client, parent = cloud.tasks(), cloud.queue()
    named = waiting(name=f"{QUEUE}/tasks/evt_1")
    client.create_task(parent=parent, task=named)
    with pytest.raises(exceptions.AlreadyExists, match="already exists"):
        client.create_task(parent=parent, task=named)
    client.delete_task(name=named["name"])
    with pytest.raises(exceptions.AlreadyExists, match="existed too recently"):
        client.create_task(parent=parent, task=named)
    with pytest.raises(exceptions.NotFound):
        client.get_task(name=named["name"])
    with pytest.raises(exceptions.NotFound):
        client.delete_task(name=named["name"])
    cloud.world.connection.execute("UPDATE task_names SET until = ?", (time.time() - 1,))
    assert client.create_task(parent=parent, task=named).name == named["name"]


@pytest.mark.parametrize(
    ("task", "words"),
    [
        (waiting(name="events/1"), "Task name must be formatted"),
        (waiting(name=f"{QUEUE}/tasks/a.b"), "Task name must be formatted"),
        (waiting(name=f"{QUEUE}2/tasks/a"), "Task name must be formatted"),
        (waiting(name=f"{QUEUE}/tasks/{'a' * 501}"), "Task name must be formatted"),
        (waiting(http_request={"url": "ftp://x.run.app"}), "must begin with http"),
        (waiting(http_request={"url": "https://"}), "must begin with http"),
        (waiting(http_request={"url": "https://a b.run.app"}), "must begin with http"),
        (waiting(http_request={"url": "https://[::1/x"}), "is not a URL"),
        (waiting(http_request={"url": URL + "x" * 2100}), "longer than 2083"),
        (waiting(http_request={"url": URL, "http_method": "GET", "body": b"x"}), "body is only allowed"),
        (waiting(http_request={"url": URL, "body": b"x" * 2**20}), "Task size too large"),
        (waiting(http_request={"url": URL, "headers": {"X-A": "a" * 90_000}}), "headers are too large"),
        (waiting(http_request={"url": URL, "headers": {"X-A": "a\r\nX-B: b"}}), "HTTP forbids"),
        (waiting(http_request={"url": URL, "headers": {"X A": "a"}}), "HTTP forbids"),
        (waiting(http_request={"url": URL, "oidc_token": {"service_account_email": "x"}}), "e-mail address"),
        (waiting(schedule_time=later(31 * 24 * 3600)), "30 days"),
        (waiting(dispatch_deadline=datetime.timedelta(seconds=14)), "dispatch_deadline"),
        (waiting(dispatch_deadline=datetime.timedelta(seconds=1801)), "dispatch_deadline"),
    ],
)
def test_what_cloud_tasks_would_not_take_is_named(task: dict[str, Any], words: str) -> None:
    with pytest.raises(Refused, match=words) as refusal:
        accepted(QUEUE, types.Task.pb(types.Task(task)), time.time())
    assert refusal.value.code is StatusCode.INVALID_ARGUMENT


def test_a_refused_task_reaches_the_client_as_an_invalid_argument(cloud: Any) -> None:
    with pytest.raises(exceptions.InvalidArgument, match="Task name must be formatted"):
        cloud.tasks().create_task(parent=cloud.queue(), task=waiting(name="events/1"))


@pytest.mark.parametrize(
    "task",
    [
        {"app_engine_http_request": {"relative_uri": "/x"}},
        waiting(retry_config={"max_attempts": 2}),
        waiting(http_request={"url": URL, "oauth_token": {"service_account_email": "a@b"}}),
    ],
)
def test_what_the_rehearsal_does_not_do_is_refused_with_a_sentence(task: dict[str, Any]) -> None:
    with pytest.raises(Refused, match="The rehearsal") as refusal:
        accepted(QUEUE, types.Task.pb(types.Task(task)), time.time())
    assert refusal.value.code is StatusCode.UNIMPLEMENTED


def test_tasks_come_in_pages_and_a_purge_takes_them_all(cloud: Any) -> None:
    client, parent = cloud.tasks(), cloud.queue()
    for number in range(5):
        client.create_task(parent=parent, task=waiting(name=f"{QUEUE}/tasks/t{number}"))
    pages = client.list_tasks(request={"parent": parent, "page_size": 2}).pages
    assert [len(page.tasks) for page in pages] == [2, 2, 1]
    client.purge_queue(name=parent)
    assert list(client.list_tasks(parent=parent)) == []


def test_tasks_die_with_their_queue(cloud: Any, eventually: Any) -> None:
    client, parent = cloud.tasks(), cloud.queue()
    client.create_task(parent=parent, task=waiting())
    cloud.world.remove("gcp:cloudtasks/queue:Queue", parent)
    eventually(lambda: not cloud.world.connection.execute("SELECT 1 FROM tasks").fetchall())
    cloud.queue()
    assert list(client.list_tasks(parent=parent)) == []


def test_tasks_die_with_a_queue_that_came_and_went_between_two_looks(cloud: Any, eventually: Any) -> None:
    cloud.tasks()
    parent = cloud.queue()
    (queue,) = Queues(cloud.world).all()
    task = types.Task(name=f"{parent}/tasks/1", http_request={"url": URL}, schedule_time=later(3600))
    TaskStore(cloud.world).add(queue, types.Task.pb(task), time.time())
    cloud.world.remove("gcp:cloudtasks/queue:Queue", parent)
    assert cloud.world.connection.execute("SELECT 1 FROM tasks").fetchall()
    eventually(lambda: not cloud.world.connection.execute("SELECT 1 FROM tasks").fetchall())


def test_the_queue_may_be_named_by_the_projects_number(cloud: Any) -> None:
    cloud.queue()
    task = cloud.tasks().create_task(parent=QUEUE.replace(P, "100000000001"), task=waiting())
    assert task.name.startswith(QUEUE)


def permit(cloud: Any) -> tuple[Any, Any]:
    place = {"project": P, "location": "europe-west1", "name": "events"}
    account = f"projects/{P}/serviceAccounts/{cloud.account('task-caller')}"
    return (
        cloud.bind("cloudtasks/queueIamMember:QueueIamMember", "roles/cloudtasks.enqueuer", "intake", **place),
        cloud.bind(
            "serviceaccount/iAMMember:IAMMember", "roles/iam.serviceAccountUser", "intake", serviceAccountId=account
        ),
    )


def test_on_the_api_port_an_enqueuer_who_may_act_as_the_caller_creates(cloud: Any) -> None:
    client, parent = cloud.tasks("tasks_api"), cloud.queue()
    oidc = {"service_account_email": cloud.account("task-caller")}
    task = waiting(http_request={"url": URL, "oidc_token": oidc})
    for member, permission in zip(permit(cloud), ("cloudtasks.tasks.create", "iam.serviceAccounts.actAs"), strict=True):
        assert client.create_task(parent=parent, task=task, metadata=cloud.as_("intake")).name
        cloud.unbind(member)
        with pytest.raises(exceptions.PermissionDenied) as refusal:
            client.create_task(parent=parent, task=task, metadata=cloud.as_("intake"))
        assert permission in refusal.value.message
        assert cloud.account("intake") in refusal.value.message
        cloud.world.put(member)


def test_on_the_api_port_an_enqueuer_may_not_delete(cloud: Any) -> None:
    client, parent = cloud.tasks("tasks_api"), cloud.queue()
    permit(cloud)
    name = client.create_task(parent=parent, task=waiting(), metadata=cloud.as_("intake")).name
    for refused in (client.delete_task, client.get_task, client.run_task):
        with pytest.raises(exceptions.PermissionDenied):
            refused(name=name, metadata=cloud.as_("intake"))


def test_on_the_api_port_a_stranger_is_refused(cloud: Any) -> None:
    client, parent = cloud.tasks("tasks_api"), cloud.queue()
    for metadata in ([], [("authorization", "Bearer owner")], cloud.as_("intake", now=time.time() - 4000)):
        with pytest.raises(exceptions.Unauthenticated):
            client.create_task(parent=parent, task=waiting(), metadata=metadata)
