"""A Firestore server of its own for the tests of each file, and official clients of it."""

from __future__ import annotations

import os
import signal
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import grpc
import pytest
import uvloop
from google.cloud import firestore

from localcloud.base import ports, process
from localcloud.base.world import World
from localcloud.firestore.server import serve
from tests import forked, signing_keys

PROJECT = "acme-rehearsal"


@dataclass(frozen=True)
class Stage:
    """A home folder with its world and ports, and a way to make clients of the open port."""

    home: Path
    world: World
    ports: ports.Ports

    def client(self, port: str = "firestore") -> firestore.Client:
        with mock.patch.dict(os.environ, {"FIRESTORE_EMULATOR_HOST": self.ports.address(port)}):
            return firestore.Client(project=PROJECT)

    def async_client(self) -> firestore.AsyncClient:
        with mock.patch.dict(os.environ, {"FIRESTORE_EMULATOR_HOST": self.ports.address("firestore")}):
            return firestore.AsyncClient(project=PROJECT)

    @contextmanager
    def process(self) -> Iterator[forked.Forked]:
        """Run the server as a process of its own, ended with the block if it still runs."""
        with (self.home / "log").open("ab") as log:
            server = forked.start("localcloud.firestore", ["--home", str(self.home)], os.environ, log)
        try:
            channel = grpc.insecure_channel(self.ports.address("firestore"))
            grpc.channel_ready_future(channel).result(timeout=20)
            channel.close()
            yield server
        finally:
            server.end(signal.SIGKILL)
            server.wait(10)


def make_stage(home: Path) -> Stage:
    signing_keys.lay(home)
    return Stage(home, World(home / "world.db"), ports.allocate(home))


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """An empty world, and no server yet."""
    return make_stage(tmp_path)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A world with a server on a thread."""
    stage = make_stage(tmp_path_factory.mktemp("firestore"))
    with process.on_thread(serve(stage.home), uvloop.new_event_loop):
        yield stage


@pytest.fixture(scope="module")
def db(served: Stage) -> Iterator[firestore.Client]:
    client = served.client()
    yield client
    client.close()


@pytest.fixture
def col(db: firestore.Client) -> firestore.CollectionReference:
    """A collection that no other test uses."""
    return db.collection(f"c-{uuid.uuid4().hex}")


@pytest.fixture(scope="session")
def eventually() -> Callable[[Callable[[], bool]], None]:
    """Wait until something holds; fail after five seconds."""

    def wait(holds: Callable[[], bool], seconds: float = 5.0) -> None:
        end = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > end:
                pytest.fail("it did not come true in time")
            time.sleep(0.01)

    return wait
