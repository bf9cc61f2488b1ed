from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import grpc
import pytest
import uvloop
from google.cloud.devtools import cloudbuild_v1
from google.cloud.devtools.cloudbuild_v1.services.cloud_build.transports import CloudBuildGrpcTransport
from google.cloud.secretmanager_v1 import SecretManagerServiceClient
from google.cloud.secretmanager_v1.services.secret_manager_service.transports import SecretManagerServiceGrpcTransport
from google.cloud.tasks_v2 import CloudTasksClient
from google.cloud.tasks_v2.services.cloud_tasks.transports import CloudTasksGrpcTransport

from localcloud import iam
from localcloud.base import ports, process, tokens
from localcloud.base.network import Endpoint
from localcloud.base.world import Entry, Resource, World
from localcloud.control.server import serve
from tests import signing_keys

P = "acme-rehearsal"
NUMBER = "100000000001"
QUEUE = f"projects/{P}/locations/europe-west1/queues/events"


@dataclass
class Cloud:
    """A control plane under test and what a test does with it."""

    home: Path
    world: World
    channels: list[grpc.Channel] = field(default_factory=list)

    def channel(self, port: str) -> grpc.Channel:
        channel = grpc.insecure_channel(ports.load(self.home).address(port))
        self.channels.append(channel)
        return channel

    def secrets(self, port: str = "secretmanager") -> SecretManagerServiceClient:
        transport = SecretManagerServiceGrpcTransport(channel=self.channel(port))
        return SecretManagerServiceClient(transport=transport)

    def tasks(self, port: str = "tasks") -> CloudTasksClient:
        return CloudTasksClient(transport=CloudTasksGrpcTransport(channel=self.channel(port)))

    def build(self, port: str = "build") -> cloudbuild_v1.CloudBuildClient:
        return cloudbuild_v1.CloudBuildClient(transport=CloudBuildGrpcTransport(channel=self.channel(port)))

    def as_(self, name: str, now: float | None = None) -> list[tuple[str, str]]:
        """Return call metadata with the access token of a service account."""
        bearer = tokens.access_token(self.home, self.account(name), time.time() if now is None else now)
        return [("authorization", f"Bearer {bearer}")]

    def account(self, name: str) -> str:
        return f"{name}@{P}.iam.gserviceaccount.com"

    def bind(self, kind: str, role: str, account: str, /, **where: object) -> Resource:
        inputs = {"role": role, "member": f"serviceAccount:{self.account(account)}", **where}
        member = Resource(f"gcp:{kind}", f"{role} {inputs}", "", inputs)
        self.world.put(member)
        return member

    def resource(self, token: str, id_: str, values: dict[str, Any]) -> Resource:
        return Resource(token, id_, "", values, values)

    def unbind(self, member: Resource) -> None:
        self.world.remove(member.type, member.id)

    def queue(self, name: str = "events", **inputs: Any) -> str:
        values = {"project": P, "location": "europe-west1", "name": name}
        id_ = f"projects/{P}/locations/europe-west1/queues/{name}"
        fast = {"minBackoff": "0.02s", "maxBackoff": "0.05s"}
        self.world.put(
            Resource("gcp:cloudtasks/queue:Queue", id_, "", {"retryConfig": fast, **values, **inputs}, values)
        )
        return id_

    def secret(self, name: str, **further: Any) -> str:
        values = {"project": P, "secretId": name}
        id_ = f"projects/{P}/secrets/{name}"
        inputs = {**values, "replication": {"auto": {}}, **further}
        self.world.put(Resource("gcp:secretmanager/secret:Secret", id_, "", inputs, values))
        return id_

    def settled(self, task: str, within: float = 10.0) -> list[Entry]:
        """Wait until a task is done or dropped and return its journal."""
        return until(lambda: self._settled(task), within)

    def _settled(self, task: str) -> list[Entry]:
        entries = self.world.journal("task", task)
        return entries if entries and entries[-1].data["event"] in {"done", "dropped", "deleted"} else []


def until(found: Callable[[], Any], within: float = 10.0) -> Any:
    """Return what `found` returns as soon as that is true."""
    end = time.monotonic() + within
    while not (value := found()):
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)
    return value


@dataclass
class Handler:
    """A task handler on a loopback port: keeps what it got, answers as told (the last answer for ever)."""

    port: int
    answers: list[tuple[int, dict[str, str]]]
    requests: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    hold: threading.Event | None = None
    inside: int = 0
    most_inside: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def route(self, host: str) -> Endpoint | None:
        return Endpoint("127.0.0.1", self.port, False, host) if host.endswith(".run.app") else None

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str]]:
        with self.lock:
            self.requests.append((method, path, headers, body))
            self.inside += 1
            self.most_inside = max(self.most_inside, self.inside)
        if self.hold:
            self.hold.wait(20)
        with self.lock:
            self.inside -= 1
            return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@contextmanager
def handler_on_loopback(*statuses: int | tuple[int, dict[str, str]]) -> Iterator[Handler]:
    handler = Handler(0, [status if isinstance(status, tuple) else (status, {}) for status in statuses or (200,)])

    class Http(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, headers = handler.answer(self.command, self.path, dict(self.headers.items()), body)
            self.send_response(status)
            for name, value in {**headers, "Content-Length": "0"}.items():
                self.send_header(name, value)
            self.end_headers()

        do_GET = do_POST = do_PUT = handle_any  # noqa: N815 - http.server's names

        def log_message(self, *args: object) -> None:
            """Keep quiet."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *args: object) -> None:
            """The dispatcher may hang up."""

    with Server(("127.0.0.1", 0), Http) as server:
        handler.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield handler
        if handler.hold:
            handler.hold.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def listen() -> Callable[..., Any]:
    return handler_on_loopback


@pytest.fixture
def eventually() -> Callable[..., Any]:
    return until


@pytest.fixture
def home(tmp_path: Path) -> Path:
    ports.allocate(tmp_path)
    signing_keys.lay(tmp_path)
    return tmp_path


@pytest.fixture
def run(home: Path) -> Iterator[Callable[..., Any]]:
    """Return a context manager that runs the control plane of `home`; it may be used several times in a row."""

    @contextmanager
    def running(route: Callable[[str], Endpoint | None] | None = None) -> Iterator[Cloud]:
        world = World(home / "world.db")
        world.put(Resource(iam.PROJECT, f"projects/{P}", "", {"projectId": P}, {"projectId": P, "number": NUMBER}))
        cloud = Cloud(home, world)
        with process.on_thread(serve(home, route, "service/requirements.txt"), uvloop.new_event_loop):
            yield cloud
            for channel in cloud.channels:
                channel.close()
        world.close()

    return running


@pytest.fixture
def cloud(run: Callable[..., Any]) -> Iterator[Cloud]:
    with run() as running:
        yield running
