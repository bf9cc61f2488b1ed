from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from google.api_core import exceptions

from localcloud.base import internal_traffic, tokens

P = "acme-rehearsal"
QUEUE = f"projects/{P}/locations/europe-west1/queues/events"
BASE = "https://sync-crm-100000000001.europe-west1.run.app"


def task(**request: Any) -> dict[str, Any]:
    return {"http_request": {"url": f"{BASE}/events/evt_1?a=b", **request}}


def events(entries: Any) -> list[tuple[str, int | None]]:
    return [(entry.data["event"], entry.data["status"]) for entry in entries]


def test_a_task_arrives_as_cloud_tasks_sends_it(run: Any, listen: Any) -> None:
    with listen(200) as handler, run(handler.route) as cloud:
        oidc = {"service_account_email": cloud.account("task-caller"), "audience": BASE}
        headers = {"X-Correlation-Id": "c1", "X-CloudTasks-TaskName": "forged", "user-agent": "forged"}
        request = task(body=b'{"a": 1}', headers=headers, oidc_token=oidc)
        name = cloud.tasks().create_task(parent=cloud.queue(), task={"name": f"{QUEUE}/tasks/evt_1", **request}).name
        assert events(cloud.settled(name)) == [("created", None), ("attempt", 200), ("done", 200)]
        [(method, path, got, body)] = handler.requests
        home = cloud.home
    assert (method, path, body) == ("POST", "/events/evt_1?a=b", b'{"a": 1}')
    assert got["Host"] == "sync-crm-100000000001.europe-west1.run.app"
    assert (got["X-CloudTasks-QueueName"], got["X-CloudTasks-TaskName"]) == ("events", "evt_1")
    assert (got["X-CloudTasks-TaskRetryCount"], got["X-CloudTasks-TaskExecutionCount"]) == ("0", "0")
    assert float(got["X-CloudTasks-TaskETA"]) == pytest.approx(time.time(), abs=30)
    assert (got["User-Agent"], got["X-Correlation-Id"]) == ("Google-Cloud-Tasks", "c1")
    assert got["Content-Type"] == "application/octet-stream"
    assert internal_traffic.is_inside(home, got[internal_traffic.HEADER].encode())
    bearer = got["Authorization"].removeprefix("Bearer ")
    assert (
        tokens.id_caller(home, bearer, BASE, time.time()) == f"serviceAccount:task-caller@{P}.iam.gserviceaccount.com"
    )


def test_a_failed_task_is_tried_again_and_told_so(run: Any, listen: Any) -> None:
    with listen(500, 404, 200) as handler, run(handler.route) as cloud:
        name = cloud.tasks().create_task(parent=cloud.queue(), task=task()).name
        assert events(cloud.settled(name))[1:] == [("attempt", 500), ("attempt", 404), ("attempt", 200), ("done", 200)]
        sent = [request[2] for request in handler.requests]
    assert [got["X-CloudTasks-TaskRetryCount"] for got in sent] == ["0", "1", "2"]
    assert [got["X-CloudTasks-TaskExecutionCount"] for got in sent] == ["0", "0", "1"]  # answers, 5xx left out
    assert [got.get("X-CloudTasks-TaskPreviousResponse") for got in sent] == [None, "500", "404"]


def test_a_waiting_task_shows_its_last_attempt(run: Any, listen: Any, eventually: Any) -> None:
    with listen(403) as handler, run(handler.route) as cloud:
        parent, client = cloud.queue(retryConfig={"minBackoff": "60s"}), cloud.tasks()
        name = client.create_task(parent=parent, task=task()).name
        found = eventually(lambda: (t := client.get_task(name=name)).response_count and t)
    assert (found.dispatch_count, found.response_count) == (1, 1)
    assert found.last_attempt.response_status.code == 7
    assert found.last_attempt.response_status.message == "HTTP status code 403"
    assert 50 < found.schedule_time.timestamp() - time.time() < 70


def test_a_task_is_dropped_after_its_last_attempt(run: Any, listen: Any) -> None:
    with listen(500) as handler, run(handler.route) as cloud:
        retries = {"maxAttempts": 3, "minBackoff": "0.01s", "maxBackoff": "0.01s"}
        name = cloud.tasks().create_task(parent=cloud.queue(retryConfig=retries), task=task()).name
        assert events(cloud.settled(name))[-2:] == [("attempt", 500), ("dropped", 500)]
        time.sleep(0.1)
        assert len(handler.requests) == 3
        with pytest.raises(exceptions.NotFound):
            cloud.tasks().get_task(name=name)


def test_an_overloaded_handler_is_left_alone_for_as_long_as_it_asks(run: Any, listen: Any) -> None:
    with listen((503, {"Retry-After": "1"}), 200) as handler, run(handler.route) as cloud:
        name = cloud.tasks().create_task(parent=cloud.queue(), task=task()).name
        first, second = [entry.at for entry in cloud.settled(name) if entry.data["event"] == "attempt"]
        assert second - first >= 1


def test_a_redirect_is_a_failure(run: Any, listen: Any) -> None:
    with listen((302, {"Location": f"{BASE}/elsewhere"}), 200) as handler, run(handler.route) as cloud:
        name = cloud.tasks().create_task(parent=cloud.queue(), task=task()).name
        assert events(cloud.settled(name))[1:] == [("attempt", 302), ("attempt", 200), ("done", 200)]
        assert {path for _, path, _, _ in handler.requests} == {"/events/evt_1?a=b"}


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://nowhere.example/", "the rehearsal has no way to nowhere.example"),
        (BASE.replace("https", "http"), "redirects http to https"),
    ],
)
def test_a_task_that_cannot_arrive_says_why(run: Any, listen: Any, url: str, words: str) -> None:
    with listen(200) as handler, run(handler.route) as cloud:
        parent = cloud.queue(retryConfig={"maxAttempts": 1})
        name = cloud.tasks().create_task(parent=parent, task={"http_request": {"url": url}}).name
        last = cloud.settled(name)[-1]
        assert last.data["event"] == "dropped"
        assert words in last.data["message"]
        assert handler.requests == []


def test_a_handler_that_is_down_is_tried_again(run: Any, listen: Any, eventually: Any) -> None:
    with listen(200) as handler:
        pass
    with run(handler.route) as cloud:
        name = cloud.tasks().create_task(parent=cloud.queue(), task=task()).name
        eventually(lambda: len(cloud.world.journal("task", name)) > 2)
        assert "could not be reached" in cloud.world.journal("task", name)[1].data["message"]


def test_a_task_waits_for_its_time(run: Any, listen: Any) -> None:
    import datetime

    with listen(200) as handler, run(handler.route) as cloud:
        due = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=0.7)
        name = cloud.tasks().create_task(parent=cloud.queue(), task={**task(), "schedule_time": due}).name
        assert cloud.settled(name)[-1].at >= due.timestamp()


def test_a_paused_queue_keeps_its_tasks_but_runs_the_one_that_is_forced(run: Any, listen: Any) -> None:
    with listen(200) as handler, run(handler.route) as cloud:
        client, parent = cloud.tasks(), cloud.queue()
        assert client.pause_queue(name=parent).state.name == "PAUSED"
        first, second = [client.create_task(parent=parent, task=task()).name for _ in range(2)]
        client.run_task(name=second)
        assert events(cloud.settled(second))[-1] == ("done", 200)
        assert events(cloud.world.journal("task", first)) == [("created", None)]
        assert client.resume_queue(name=parent).state.name == "RUNNING"
        assert events(cloud.settled(first))[-1] == ("done", 200)


def test_a_queue_keeps_to_its_concurrency(run: Any, listen: Any, eventually: Any) -> None:
    with listen(200) as handler, run(handler.route) as cloud:
        handler.hold = threading.Event()
        client, parent = cloud.tasks(), cloud.queue(rateLimits={"maxConcurrentDispatches": 2})
        names = [client.create_task(parent=parent, task=task()).name for _ in range(5)]
        eventually(lambda: handler.inside == 2)
        time.sleep(0.2)
        assert handler.inside == 2
        handler.hold.set()
        assert all(events(cloud.settled(name))[-1] == ("done", 200) for name in names)
        assert handler.most_inside == 2


def test_a_queue_keeps_to_its_rate(run: Any, listen: Any) -> None:
    with listen(200) as handler, run(handler.route) as cloud:
        client, parent = cloud.tasks(), cloud.queue(rateLimits={"maxDispatchesPerSecond": 5})
        names = [client.create_task(parent=parent, task=task()).name for _ in range(5)]
        done = [cloud.settled(name)[-1].at for name in names]
        assert max(done) - min(done) >= 0.7  # one token at once, then one every 0.2 s


def test_a_deadline_ends_an_attempt(run: Any, listen: Any) -> None:
    with listen(200) as handler, run(handler.route) as cloud:
        handler.hold = threading.Event()
        client, parent = cloud.tasks(), cloud.queue(retryConfig={"maxAttempts": 1})
        client.pause_queue(name=parent)
        name = client.create_task(parent=parent, task=task()).name
        shorten(cloud, name, 0.3)
        client.resume_queue(name=parent)
        assert "no answer within 0.3 seconds" in cloud.settled(name)[-1].data["message"]


def shorten(cloud: Any, name: str, deadline: float) -> None:
    """Give a stored task a deadline that the API would refuse, so that a test need not wait for 15 seconds."""
    from localcloud.control.taskspec import Task
    from localcloud.control.times import duration

    connection = cloud.world.connection
    stored = Task.FromString(connection.execute("SELECT task FROM tasks WHERE name = ?", (name,)).fetchone()[0])
    stored.dispatch_deadline.CopyFrom(duration(deadline))
    connection.execute("UPDATE tasks SET task = ? WHERE name = ?", (stored.SerializeToString(), name))


def test_tasks_survive_a_restart(run: Any, listen: Any) -> None:
    with listen(200) as handler:
        with run(handler.route) as cloud:
            parent = cloud.queue()
            cloud.tasks().pause_queue(name=parent)
            name = cloud.tasks().create_task(parent=parent, task=task(body=b"kept")).name
        with run(handler.route) as cloud:
            assert cloud.tasks().get_queue(name=QUEUE).state.name == "PAUSED"
            cloud.tasks().resume_queue(name=QUEUE)
            cloud.settled(name)
        assert [body for _, _, _, body in handler.requests] == [b"kept"]


def test_an_attempt_that_a_stop_cut_off_is_made_again(run: Any, listen: Any, eventually: Any) -> None:
    with listen(200) as handler:
        handler.hold = threading.Event()
        with run(handler.route) as cloud:
            name = cloud.tasks().create_task(parent=cloud.queue(), task=task()).name
            eventually(lambda: handler.inside == 1)
        handler.hold.set()
        with run(handler.route) as cloud:
            assert events(cloud.settled(name)) == [("created", None), ("attempt", 200), ("done", 200)]
        assert [got["X-CloudTasks-TaskRetryCount"] for _, _, got, _ in handler.requests] == ["0", "1"]


def test_many_tasks_all_arrive_once(run: Any, listen: Any) -> None:
    with listen(200) as handler, run(handler.route) as cloud:
        client, parent = cloud.tasks(), cloud.queue()
        names = [client.create_task(parent=parent, task=task(body=str(n).encode())).name for n in range(100)]
        for name in names:
            cloud.settled(name)
        assert sorted(int(body) for _, _, _, body in handler.requests) == list(range(100))
