"""A stack of its own for the tests: the real engine against a local cloud in a temporary folder."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingUDPServer
from typing import Any

import dns.message
import dns.query
import psutil
import pytest
from dns.message import Message

from blueprint import outputs
from blueprint.finding import Status
from cli.alert_delivery import notified
from cli.reachability import reach_of
from engine.home import Home
from localcloud.base import ports as listening
from localcloud.base.ports import LOOPBACK, Ports
from localcloud.base.world import Resource, World
from tests import forked
from verify import run as verification
from verify.reach import Reach
from verify.scene import of_stack

PROJECT = Path(__file__).parents[2]
WHOLE = str(PROJECT)
TOO_LONG = 280  # seconds after which a command counts as stuck
# Each step of a run writes the whole state, 2.4 MB, twice. Where no test kills a run in its middle, the end will do.
STATE_AT_THE_END = {"PULUMI_SKIP_CHECKPOINTS": "true"}


@dataclass(frozen=True)
class Launch:
    """Runs commands of the project in `project` on a stack whose files lie below `root`."""

    root: Path
    project: Path = PROJECT
    stack: str = "local"
    more: Mapping[str, str] = field(default_factory=dict)  # variables of the environment
    forks: bool = False  # whether that of a copied project, too, forks its commands off a process that has them loaded

    @property
    def home(self) -> Path:
        return self.root / self.stack

    @property
    def environ(self) -> dict[str, str]:
        return {**os.environ, "LAUNCH_HOME": str(self.root), **self.more}

    def run(self, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
        if self.forks or self.project == PROJECT:
            return forked.run(arguments, self.environ, given, TOO_LONG, self.project)
        command = [sys.executable, "-m", "cli", *arguments]
        return subprocess.run(
            command,
            cwd=self.project,
            env=self.environ,
            input=given,
            capture_output=True,
            text=True,
            timeout=TOO_LONG,
            check=False,
        )

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "cli", *arguments]
        return subprocess.Popen(
            command, cwd=self.project, env=self.environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def well(self, *arguments: str) -> str:
        done = self.run(*arguments)
        assert done.returncode == 0, f"{arguments} exited {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    def shell(self, command: str) -> subprocess.CompletedProcess[str]:
        """Run a command in a shell that has read `./launch env`."""
        exports = self.well("env")
        return subprocess.run(
            ["sh", "-c", f"{exports}\n{command}"],
            cwd=self.project,
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=TOO_LONG,
            check=False,
        )

    def findings(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.home / "findings.jsonl").read_text().splitlines()]

    def processes(self) -> list[psutil.Process]:
        """Every living process that belongs to the stack: by its command line, its environment or its folder."""
        return [process for process in psutil.process_iter() if self._owns(process)]

    def _owns(self, process: psutil.Process) -> bool:
        root = str(self.root)
        try:
            named = any(root in part for part in process.cmdline())
            marked = process.environ().get("LAUNCH_STACK_HOME", "").startswith(root)
            return named or marked or process.cwd().startswith(root)
        except psutil.Error:
            return False


@contextmanager
def in_turn(factory: pytest.TempPathFactory) -> Iterator[None]:
    """Be the only worker that brings a stack up: with the services of three that start at once, two processors need
    longer for a payment than its flow has.
    """
    with (factory.getbasetemp().parent / "up.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session")
def launch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launch]:
    """One stack for all tests of this room, brought up once; it is ended at the end of the session."""
    found = Launch(tmp_path_factory.mktemp("launch"), more=STATE_AT_THE_END)
    try:
        with in_turn(tmp_path_factory):
            found.well("up")
        yield found
    finally:
        found.run("down")


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launch]:
    """A stack protected as in production, of a project of its own whose files a test may break and mend again."""
    root = tmp_path_factory.mktemp("workshop")
    found = Launch(root / "launch", root / "project", more=STATE_AT_THE_END, forks=True)
    copy_project(found.project)
    stack_file = found.project / "Pulumi.local.yaml"
    stack_file.write_text(stack_file.read_text().replace("protect: false", "protect: true"))
    try:
        with in_turn(tmp_path_factory):
            found.well("up")
        yield found
    finally:
        found.run("down")


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launch]:
    """A stack that was never up, of a project of its own whose spec a test may write."""
    root = tmp_path_factory.mktemp("apart")
    found = Launch(root / "launch", root / "project")
    copy_project(found.project)
    try:
        yield found
    finally:
        found.run("down")


@pytest.fixture
def production(tmp_path: Path) -> Iterator[Launch]:
    """The stack prod of a project of its own, on the local cloud: nobody has done yet what only a person can do."""
    found = Launch(tmp_path / "launch", tmp_path / "project", "prod", {"LAUNCH_REHEARSE_PROD": "1"})
    copy_project(found.project)
    try:
        yield found
    finally:
        found.run("down", "--stack", "prod")


def copy_project(folder: Path) -> None:
    """Copy what a run needs of the project."""
    shutil.copytree(PROJECT, folder, ignore=lambda each, names: _left_out(names) if each == WHOLE else [])
    (folder / ".venv").symlink_to(PROJECT / ".venv")


def _left_out(names: list[str]) -> list[str]:
    return [name for name in names if name.startswith(".") or name == "tests"]


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Launch]:
    """A stack that was never up."""
    found = Launch(tmp_path / "launch")
    try:
        yield found
    finally:
        found.run("down")


@pytest.fixture
def unharmed(fresh: Launch) -> Launch:
    """The same stack, for a run that nobody kills."""
    return replace(fresh, more=STATE_AT_THE_END)


Statuses = dict[tuple[str, str], str]
Alter = Callable[[Message, Message], Message | None]
RECORD = "cloudflare:index/dnsRecord:DnsRecord"
ABSENT = "absent"  # what a finding turns to when a run no longer makes it


@dataclass(frozen=True)
class Bench:
    """The stack on which one fault at a time is made; `ports` lead to its servers, or to what stands before them."""

    home: Home
    ports: Ports

    @property
    def reach(self) -> Reach:
        """By which doors a verification goes."""
        return reach_of(self.home, self.ports)

    def verified(self) -> Statuses:
        """Verify the stack by `reach` and return the status of each finding by its id and subject."""
        promised = outputs.parse(json.loads(self.home.outputs.read_text()))
        subject = of_stack(promised, notified=notified(self.home, self.ports))
        report = verification.run(subject, self.reach, datetime.now(UTC))
        found = verification.findings(report)
        statuses = {(finding.id, finding.subject): str(finding.status) for finding in found}
        assert len(statuses) == len(found), "two findings share id and subject"
        return statuses

    def tool(self, *command: str) -> str:
        """Return what a program of somebody else's prints, both streams."""
        if not shutil.which(command[0]):
            pytest.skip(f"left out: {command[0]} is not installed")
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
        return done.stdout + done.stderr

    def kdig(self, *question: str, port: str = "dns") -> str:
        """Return what kdig prints for a question to a nameserver of the stack, by the present reach."""
        return self.tool("kdig", f"@{LOOPBACK}", "-p", str(self.ports[port]), "+timeout=2", "+retry=0", *question)

    # Faults in the world

    @contextmanager
    def opened(self) -> Iterator[World]:
        world = World(self.home.path / "world.db")
        try:
            yield world
        finally:
            world.close()

    @contextmanager
    def world(self, change: Callable[[World], None]) -> Iterator[Bench]:
        """Change resources of the world as somebody at the console would, and put all of them back."""
        with self.opened() as world:
            before = world.resources()
            try:
                change(world)
                yield self
            finally:
                _restore(world, before)

    def changed(self, type_: str, values: Mapping[str, Any], **where: Any) -> AbstractContextManager[Bench]:
        """Change the one resource of a type whose inputs are as `where` says."""

        def change(world: World) -> None:
            found = [made for made in world.resources(type_) if where.items() <= made.inputs.items()]
            assert len(found) == 1, f"{len(found)} resources {type_} with {where}"
            made = found[0]
            world.put(replace(made, inputs={**made.inputs, **values}, outputs={**made.outputs, **values}))

        return self.world(change)

    def records(self, type_: str, name: str, *contents: str, **values: Any) -> AbstractContextManager[Bench]:
        """Have just these records of a type at a name; `values` are further inputs, such as priority or proxied."""

        def change(world: World) -> None:
            zone_id = world.resources(RECORD)[0].inputs["zoneId"]
            for made in world.resources(RECORD):
                if (made.inputs["type"], made.inputs["name"]) == (type_, name):
                    world.remove(RECORD, made.id)
            for number, content in enumerate(contents):
                inputs = {"zoneId": zone_id, "name": name, "type": type_, "content": content, "ttl": 1, **values}
                by_hand = f"by-hand-{type_}-{name}-{number}"
                world.put(Resource(RECORD, by_hand, by_hand, inputs, inputs))

        return self.world(change)

    # Faults on the wire

    @contextmanager
    def wire(self, alter: Alter, port: str = "dns") -> Iterator[Bench]:
        """Stand before a nameserver: `alter(query, response)` returns what is answered instead, None for silence."""
        server = ThreadingUDPServer((LOOPBACK, 0), _forwarding(self.ports[port], alter))
        thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.02))
        thread.start()
        try:
            yield self.fronted(port, server.server_address[1])
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    def fronted(self, port: str, front: int) -> Bench:
        """Return the bench with another loopback port in the place of one of the local cloud."""
        return replace(self, ports=Ports({**self.ports, port: front}))


def _restore(world: World, before: list[Resource]) -> None:
    kept = {(made.type, made.id): made for made in before}
    now = {(made.type, made.id): made for made in world.resources()}
    for type_, id_ in now.keys() - kept.keys():
        world.remove(type_, id_)
    for key, made in kept.items():
        if made != now.get(key):
            world.put(made)


def _forwarding(port: int, alter: Alter) -> type[BaseRequestHandler]:
    class Handler(BaseRequestHandler):
        def handle(self) -> None:
            packet, sock = self.request
            query = dns.message.from_wire(packet)
            response = alter(query, dns.query.tcp(query, LOOPBACK, port=port, timeout=5))
            if response is not None:
                sock.sendto(response.to_wire(max_size=65_535), self.client_address)

    return Handler


@pytest.fixture(scope="module")
def bench(launch: Launch) -> Bench:
    """The stack of this session, healthy."""
    return Bench(Home("local", launch.home), listening.load(launch.home))


@pytest.fixture(scope="module")
def healthy(bench: Bench) -> Iterator[Statuses]:
    """What a verification finds before any fault, which is nothing; and has to find again after all of them."""
    statuses = bench.verified()
    assert {key: status for key, status in statuses.items() if status != Status.PASS} == {}
    yield statuses
    assert bench.verified() == statuses


@pytest.fixture
def mutation(bench: Bench, healthy: Statuses) -> Callable[..., None]:
    """Plays one fault: it is made, a foreign tool sees it, and exactly the named findings turn.

    `make(bench)` makes the fault while its block runs. `seen(bench)` tells whether a program of somebody else's sees
    it, which it must only while the fault is there. `turned` maps a finding, `id` or `id subject`, to its new status.
    """

    def play(
        make: Callable[[Bench], AbstractContextManager[Bench]],
        seen: Callable[[Bench], bool],
        turned: Mapping[str, str],
    ) -> None:
        assert not seen(bench), "the foreign tool sees the fault before it is made"
        with make(bench) as faulty:
            assert seen(faulty), "no foreign tool sees the fault"
            found = faulty.verified()
        statuses = {key: found.get(key, ABSENT) for key in {*healthy, *found}}
        changed = {key: status for key, status in statuses.items() if status != healthy.get(key, ABSENT)}
        names = {key: f"{key[0]} {key[1]}" if f"{key[0]} {key[1]}" in turned else key[0] for key in changed}
        assert [(names[key], status) for key, status in sorted(changed.items())] == sorted(turned.items())

    return play
