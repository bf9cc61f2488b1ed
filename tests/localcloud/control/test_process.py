"""The control plane as the process that it is in a stack: started, ended and killed."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.cloud.tasks_v2 import CloudTasksClient
from google.cloud.tasks_v2.services.cloud_tasks.transports import CloudTasksGrpcTransport

from localcloud import iam
from localcloud.base import ports
from localcloud.base.world import Resource, World

P = "acme-rehearsal"
QUEUE = f"projects/{P}/locations/europe-west1/queues/events"
URL = "https://sync-crm-100000000001.europe-west1.run.app/events/1"


@contextmanager
def control(home: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run the process until the block ends; it listens on all its ports when the block starts."""
    command = [sys.executable, "-m", "localcloud.control", "--home", str(home)]
    with (home / "control.log").open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, "PYTHONWARNINGS": "error"})
    try:
        for port in ports.load(home).of("control"):
            wait_for(port, process, home)
        yield process
    finally:
        process.kill()
        process.wait()


def wait_for(port: int, process: subprocess.Popen[bytes], home: Path) -> None:
    end = time.monotonic() + 30
    while True:
        assert process.poll() is None, (home / "control.log").read_text()
        assert time.monotonic() < end, f"port {port} does not accept"
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return


@pytest.fixture
def world(home: Path) -> Iterator[World]:
    world = World(home / "world.db")
    world.put(Resource(iam.PROJECT, f"projects/{P}", "", {"projectId": P}, {"number": "100000000001", "projectId": P}))
    values = {"project": P, "location": "europe-west1", "name": "events"}
    fast = {"minBackoff": "0.05s", "maxBackoff": "0.2s"}
    world.put(Resource("gcp:cloudtasks/queue:Queue", QUEUE, "", {**values, "retryConfig": fast}, values))
    yield world
    world.close()


@contextmanager
def client(home: Path) -> Iterator[CloudTasksClient]:
    with grpc.insecure_channel(ports.load(home).address("tasks")) as channel:
        yield CloudTasksClient(transport=CloudTasksGrpcTransport(channel=channel))


def events(world: World, name: str) -> list[str]:
    return [entry.data["event"] for entry in world.journal("task", name)]


def test_a_kill_in_the_middle_of_an_attempt_has_the_task_delivered_again(
    home: Path, world: World, listen: Any, eventually: Any
) -> None:
    chosen = ports.load(home)
    with listen(200) as handler:
        stand_in_for_cloud_run(home, handler.port)
        handler.hold = threading.Event()
        with control(home) as process, client(home) as tasks:
            name = tasks.create_task(parent=QUEUE, task={"http_request": {"url": URL, "body": b"once"}}).name
            eventually(lambda: handler.inside == 1)
            process.kill()
            process.wait()
        assert events(world, name) == ["created"]
        handler.hold.set()
        with control(home):
            eventually(lambda: events(world, name) == ["created", "attempt", "done"])
        assert [request[3] for request in handler.requests] == [b"once", b"once"]
        assert [request[2]["X-CloudTasks-TaskRetryCount"] for request in handler.requests] == ["0", "1"]
    assert ports.load(home)["tasks"] == chosen["tasks"]


def stand_in_for_cloud_run(home: Path, port: int) -> None:
    """Have *.run.app served by a test's own handler."""
    chosen = ports.load(home)
    (home / "ports.json").write_text(json.dumps({**chosen, "run": port}))


def test_a_term_signal_ends_it_within_two_seconds_even_while_it_delivers(
    home: Path, world: World, listen: Any, eventually: Any
) -> None:
    with listen(200) as handler:
        stand_in_for_cloud_run(home, handler.port)
        handler.hold = threading.Event()
        with control(home) as process, client(home) as tasks:
            tasks.create_task(parent=QUEUE, task={"http_request": {"url": URL}})
            eventually(lambda: handler.inside == 1)
            process.terminate()
            assert process.wait(2) == 0


def test_a_taken_port_ends_it_with_a_reason(home: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", ports.load(home)["build"]))
        taken.listen()
        command = [sys.executable, "-m", "localcloud.control", "--home", str(home)]
        done = subprocess.run(command, capture_output=True, timeout=30, check=False)
    assert done.returncode != 0
    assert f"cannot listen on 127.0.0.1:{ports.load(home)['build']}" in done.stderr.decode()
