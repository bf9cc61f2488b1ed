"""What the webhook service costs, beside a bare Starlette endpoint that only verifies the signature, in one run.

`python -m benchmarks.door_cost`: CPU per accepted webhook, and CPU of a cold start. All run behind uvicorn, each in a
process of its own, whose CPU counts, on one processor, as an instance on Cloud Run has (`infra/services.py`).

Store and queue are dictionaries, so what they take is the thread that their blocking clients are called in. It is
counted apart: a second peer, the first one with one such call, shows what it costs.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import uvicorn
from google.api_core.exceptions import NotFound
from google.cloud import secretmanager
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from benchmarks import stand_ins
from handlers.billing.stripe_mode import LIVE
from handlers.doors.edge_header import Edge
from handlers.doors.routing import Doors, route
from handlers.doors.stripe_webhook import StripeDoor
from handlers.logs import Log
from handlers.outside.secret_cache import SecretCache
from handlers.senders import stripe_signatures
from handlers.service_manifest import EDGE_HEADER, EDGE_KEY, INTAKE, SERVICE_MANIFESTS, url_variable
from handlers.work.acceptor import Acceptor
from handlers.work.documents import Documents, Fields
from handlers.work.task_queue import Queue
from localcloud.base.ports import free_port

SECRET, KEY = "whsec_" + "b" * 32, "e" * 43  # as long as real ones
PATH = "/webhooks/stripe"
ENVIRONMENT = {
    "ROLE": INTAKE,
    "GOOGLE_CLOUD_PROJECT": "acme",
    "TASK_QUEUES": "projects/acme/locations/europe-west1/queues",
    "TASK_CALLER": "task-caller@acme.iam.gserviceaccount.com",
    "PROVIDERS": "zendesk resend",
    "PAYMENTS_MODE": LIVE,
    "FIRESTORE_EMULATOR_HOST": "127.0.0.1:1",
    "CLOUD_TASKS_EMULATOR_HOST": "127.0.0.1:1",
    "SECRET_MANAGER_EMULATOR_HOST": "127.0.0.1:1",
    "FIREBASE_AUTH_EMULATOR_HOST": "127.0.0.1:1",
    **{url_variable(name): f"https://{name}.run.app" for name in SERVICE_MANIFESTS},
}
REQUESTS, ROUNDS = 1_000, 25
MOST_RATIO, MOST_COLD = 1.5, 300.0  # times the peer's CPU; milliseconds of CPU


class Memory(stand_ins.Documents):
    """Keeps the newest document in memory, so that a store's time is not ours.

    It takes the place of the one before: a store is elsewhere, and what it has kept is no heap that the service's
    garbage collector walks again and again.
    """

    def __init__(self) -> None:
        self.kept: dict[str, Fields] = {}

    def create(self, path: str, fields: Fields) -> bool:
        self.kept = {path: fields}
        return True


class Versions:
    """Secret Manager's client, which has one version of each secret."""

    def access_secret_version(
        self, request: Mapping[str, str], *, retry: None, timeout: float
    ) -> secretmanager.AccessSecretVersionResponse:
        assert retry is None, "a question is repeated by whoever asks"
        assert timeout > 0
        name, _, version = request["name"].rpartition("/")
        if version not in {"latest", "1"}:
            raise NotFound(request["name"])
        value = KEY if name.split("/")[3] == EDGE_KEY else SECRET
        return secretmanager.AccessSecretVersionResponse(name=f"{name}/1", payload={"data": value.encode()})


def bare() -> Starlette:
    """The peer: reads the body, verifies, answers."""

    async def webhook(request: Request) -> JSONResponse:
        body = await request.body()
        stripe_signatures.verify(request.headers["stripe-signature"], body, (SECRET,), time.time())
        return JSONResponse({})

    return Starlette(routes=[Route(PATH, webhook, methods=["POST"])])


def storing() -> Starlette:
    """The second peer: stores the body as well, by one blocking call in a thread."""
    memory, threads = Memory(), ThreadPoolExecutor(4)

    async def webhook(request: Request) -> JSONResponse:
        body = await request.body()
        stripe_signatures.verify(request.headers["stripe-signature"], body, (SECRET,), time.time())
        await asyncio.get_running_loop().run_in_executor(threads, memory.create, str(time.time()), {"body": body})
        return JSONResponse({})

    return Starlette(routes=[Route(PATH, webhook, methods=["POST"])])


def ours(documents: Documents, queue: Queue) -> Doors:
    """The door and its gate as `handlers.app` serves them, which gives them a router without an application."""
    log = Log({"service": "intake"})
    secret_cache = SecretCache(Versions(), "acme", time.monotonic)
    acceptor = Acceptor(documents, queue, lambda: datetime.now(UTC), log)
    door = StripeDoor(secret_cache, acceptor, time.time, log, LIVE)
    return Doors([route(PATH, door, log, gate=Edge(secret_cache))])


SERVERS: Mapping[str, Callable[[], ASGIApp]] = {
    "ours": lambda: ours(Memory(), stand_ins.Queue()),
    "bare": bare,
    "storing": storing,
}


def deliveries(round_: int) -> list[tuple[bytes, dict[str, str]]]:
    """Signed events of a usual size, about 2.5 kB."""
    made = []
    thing = {"customer": "cus_1", "lines": [{"description": "x" * 100, "amount": n} for n in range(16)]}
    for number in range(REQUESTS):
        said = {"id": f"evt_{round_}_{number}", "type": "invoice.paid", "livemode": True, "data": {"object": thing}}
        body = json.dumps(said).encode()
        at = int(time.time())
        headers = {
            "content-type": "application/json",
            "stripe-signature": f"t={at},v1={stripe_signatures.sign(body, SECRET, at)}",
            EDGE_HEADER.lower(): KEY,
        }
        made.append((body, headers))
    return made


class Server:
    """One application behind uvicorn in a process of its own, asked over one connection."""

    def __init__(self, name: str) -> None:
        self._port = free_port()
        command = [sys.executable, "-m", "benchmarks.door_cost", name, str(self._port)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # for the log's lines
        self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)

    def microseconds(self, sent: list[tuple[bytes, dict[str, str]]]) -> float:
        """Return the CPU of the server for each delivery."""
        began = self._cpu()
        for body, headers in sent:
            self._connection.request("POST", PATH, body, headers)
            answer = self._connection.getresponse()
            answer.read()
            assert answer.status == 200, answer.status
        return (self._cpu() - began) / 1e3 / len(sent)

    def _cpu(self) -> int:
        """Return the nanoseconds that its threads have been on a processor (proc_pid_schedstat(5), Linux only)."""
        tasks = Path(f"/proc/{self._process.pid}/task").glob("*/schedstat")
        return sum(int(each.read_text().split()[0]) for each in tasks)

    def wait(self) -> None:
        for _ in range(600):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self._port)) == 0:
                    return
            time.sleep(0.1)

    def end(self) -> None:
        self._connection.close()
        self._process.terminate()
        self._process.wait()


def cost() -> float:
    """Print CPU per accepted webhook and return the ratio to the peer, the store's part counted apart."""
    servers = [Server(name) for name in SERVERS]
    try:
        for server in servers:
            server.wait()
        rounds = []
        for number in range(ROUNDS + 1):
            sent = deliveries(number)
            rounds.append([server.microseconds(sent) for server in servers])
    finally:
        for server in servers:
            server.end()
    rounds = rounds[1:]  # the first one warms up
    mine, peer, stored = (statistics.median(each) for each in zip(*rounds, strict=True))
    # What slows the machine down for a while meets all of a round, so the ratios are taken within it.
    ratio = statistics.median((own + bare - store) / bare for own, bare, store in rounds)
    whole = statistics.median(own / bare for own, bare, _ in rounds)
    print(
        f"webhook: {mine:.0f} µs CPU, of which {stored - peer:.0f} µs are the store's thread; a bare Starlette "
        f"endpoint that verifies: {peer:.0f} µs; ratio {ratio:.2f} (≤ {MOST_RATIO}), and {whole:.2f} with the "
        "store's thread"
    )
    return ratio


def cold() -> float:
    """Print the CPU that importing and building the webhook service takes, beside bare Starlette; return ours in ms."""
    own = _milliseconds("import handlers.app; handlers.app.app")
    imports = _milliseconds("import handlers.app")
    peer = _milliseconds("import starlette.applications, starlette.routing, starlette.responses")
    print(
        f"cold start: {imports:.0f} ms CPU to import handlers.app, {own:.0f} ms to import and build the whole service "
        f"with its clients; bare Starlette {peer:.0f} ms, ratio {own / peer:.1f} (import ≤ {MOST_COLD:.0f} ms)"
    )
    return imports


def _milliseconds(code: str) -> float:
    """Return the median CPU of a new Python that runs the code, without that of a Python that does nothing."""
    env = {**os.environ, **ENVIRONMENT}
    return statistics.median(_once(code, env) - _once("pass", env) for _ in range(5))


def _once(code: str, env: Mapping[str, str]) -> float:
    tail = "\nimport time; print(time.process_time())"
    done = subprocess.run([sys.executable, "-c", code + tail], env=env, capture_output=True, text=True, check=True)
    return float(done.stdout) * 1_000


if __name__ == "__main__":
    if len(sys.argv) == 3:
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})  # Linux only
        uvicorn.run(
            SERVERS[sys.argv[1]](),
            port=int(sys.argv[2]),
            access_log=False,
            log_level="warning",
            server_header=False,
            timeout_keep_alive=300,
        )
        sys.exit()
    ratio, imports = cost(), cold()
    sys.exit(ratio > MOST_RATIO or imports > MOST_COLD)
