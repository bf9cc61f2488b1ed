import hashlib
import os
import re
import socket
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
import uvloop

from localcloud.base import ports, process
from localcloud.base.application import Application
from localcloud.base.world import Resource, World
from localcloud.run.server import serve
from localcloud.run.services import SERVICE
from tests import forked, signing_keys

PROJECT, NUMBER, REGION = "acme-rehearsal", "100000000001", "europe-west1"
PACKAGES = {"starlette", "uvicorn", "anyio", "click", "h11", "idna", "typing-extensions"}
ROOT = Path(__file__).parents[3]
APPLICATION = Application("service/requirements.txt", "service.main:app")
GRACE = 30  # seconds within which a server has ended
APP = (Path(__file__).parent / "image_app.py").read_text()


def small_lock() -> str:
    """Return those blocks of the handlers' lock that a bare starlette on uvicorn needs."""
    blocks = re.split(r"\n(?=[a-z])", (ROOT / "handlers" / "requirements.txt").read_text())
    return "\n".join(block for block in blocks if re.split(r"[=\[]", block)[0] in PACKAGES) + "\n"


@dataclass
class CloudRun:
    """A Cloud Run of its own in a temporary home."""

    home: Path
    ports: ports.Ports
    world: World

    def image(self, app: str = APP) -> str:
        """Put an image into the home as Cloud Build would, and return its name by digest."""
        digest = hashlib.sha256(app.encode()).hexdigest()
        package = self.home / "images" / digest / "service"
        package.mkdir(parents=True, exist_ok=True)
        (package / "__init__.py").touch()
        (package / "main.py").write_text(app)
        (package / "requirements.txt").write_text(small_lock())
        return f"{REGION}-docker.pkg.dev/{PROJECT}/launch/service@sha256:{digest}"

    def deploy(self, name="hello", env=None, image=None, template=None, container=None, **inputs) -> str:
        """Create or change a service, as the engine would; return its host name."""
        envs = [{"name": key, "value": value} for key, value in (env or {}).items()]
        probe = {"httpGet": {"path": "/health"}, "periodSeconds": 1, "failureThreshold": 20}
        running = {"image": image or self.image(), "envs": envs, "startupProbe": probe, **(container or {})}
        whole = {"serviceAccount": f"{name}@{PROJECT}.iam.gserviceaccount.com", "containers": [running]}
        given = {"name": name, "project": PROJECT, "location": REGION, "invokerIamDisabled": True, **inputs}
        given["template"] = {**whole, **(template or {})}
        self.world.put(Resource(SERVICE, name, f"urn:{name}", inputs=given))
        return f"{name}-{NUMBER}.{REGION}.run.app"

    def ask(self, host: str, path: str = "/", method: str = "GET", **options) -> requests.Response:
        """Send a request to Google's front end as a stranger on the internet would."""
        headers = {"Host": host, **options.pop("headers", {})}
        address = f"http://{self.ports.address('run')}{path}"
        return requests.request(method, address, headers=headers, timeout=30, **options)

    def wait_for(self, condition, seconds: float = 10.0):
        """Return the condition's first true answer; fail when there is none in time."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if found := condition():
                return found
            time.sleep(0.05)
        pytest.fail(f"nothing came of it in {seconds} s; journal: {self.journal()}")

    def journal(self) -> list[Any]:
        return [(e.kind, e.subject, e.data) for kind in ("log", "revision") for e in self.world.journal(kind)]

    def logged(self, text: str) -> list[Any]:
        return [entry for entry in self.world.journal("log") if text in str(entry.data)]

    def serving(self, host: str, **wanted) -> bool:
        """Tell whether /env shows these variables."""
        answer = self.ask(host, "/env")
        if answer.status_code != 200:  # it is still starting, or was cut off
            return False
        shown = answer.json()
        return all(shown.get(name) == value for name, value in wanted.items())


def staged(home: Path) -> CloudRun:
    """Return a home with ports and a project in its world, and no server yet."""
    known = ports.allocate(home)
    signing_keys.lay(home)
    world = World(home / "world.db")
    outputs = {"projectId": PROJECT, "number": NUMBER}
    world.put(Resource("gcp:organizations/project:Project", PROJECT, "urn:project", outputs=outputs))
    return CloudRun(home, known, world)


@pytest.fixture
def stage(tmp_path):
    stage = staged(tmp_path)
    yield stage
    stage.world.close()


@pytest.fixture
def cloud(stage):
    with process.on_thread(serve(stage.home, APPLICATION), uvloop.new_event_loop):
        yield stage


@contextmanager
def runner(home: Path):
    """Run `python -m localcloud.run` in a process on the home, until it is killed or the block ends."""
    arguments = ("--home", str(home), *APPLICATION.arguments["run"])
    with (home / "run.log").open("ab") as log:
        process = forked.start("localcloud.run", arguments, os.environ, log)
    try:
        _await_port(ports.load(home)["gateway"])
        yield process
    finally:
        process.end()
        process.wait(GRACE)


def _await_port(port: int, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(f"nothing listens on {port} after {seconds} s")


@pytest.fixture
def start_runner(stage):
    """Return a function → context manager that runs the server as a process of its own on the stage's home."""
    return lambda: runner(stage.home)


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """One server for a file's tests; who deploys the same template as the test before finds its instance running."""
    stage = staged(tmp_path_factory.mktemp("shared"))
    with process.on_thread(serve(stage.home, APPLICATION), uvloop.new_event_loop):
        yield stage
    stage.world.close()
