from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import pytest

from engine import recover
from engine.errors import LaunchError
from engine.home import Home
from engine.locate import Engine
from engine.pulumi import Pulumi
from localcloud.base.supervisor import processes
from localcloud.base.supervisor.orphan_processes import strays
from localcloud.base.world import OUTSIDE, Resource, World

URN = "urn:pulumi:local::launch-ready::gcp:cloudtasks/queue:Queue::events"
QUEUE = "gcp:cloudtasks/queue:Queue"
Spawn = Callable[..., psutil.Process]

# An engine that keeps its state in a file, as far as recovery asks for it.
ENGINE = """
import json, pathlib, sys
state, called = pathlib.Path("state.json"), pathlib.Path("called")
called.write_text((called.read_text() if called.exists() else "") + " ".join(sys.argv[1:3]) + "\\n")
if sys.argv[1:3] == ["stack", "export"]:
    print(state.read_text())
if sys.argv[1:3] == ["stack", "import"]:
    state.write_text(sys.stdin.read())
"""


@pytest.fixture
def pulumi(home: Home, python_program: Callable[..., Path]) -> Pulumi:
    folder = python_program("pulumi", ENGINE).parent
    home.path.mkdir(parents=True)
    return Pulumi(home, Engine(folder, "3.200.0", "PATH"), dict(os.environ), lambda _event: None)


def lock(home: Home, pid: int, taken: str | None = None) -> Path:
    path = home.state / ".pulumi" / "locks" / "organization" / "launch-ready" / "local" / "4711.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    stamp = taken or datetime.now(UTC).isoformat().replace("+00:00", "123Z")  # nanoseconds, as Go writes them
    path.write_text(json.dumps({"pid": pid, "username": "ada", "hostname": "laptop", "timestamp": stamp}))
    return path


def with_state(home: Home, resources: list[dict[str, Any]], pending: list[dict[str, Any]]) -> None:
    made = home.state / ".pulumi" / "stacks" / "launch-ready" / "local.json"
    made.parent.mkdir(parents=True)
    deployment = {"resources": resources, "pending_operations": pending}
    made.write_text(json.dumps({"version": 3, "checkpoint": {"stack": "local", "latest": deployment}}))
    (home.project / "state.json").write_text(json.dumps({"version": 3, "deployment": deployment}))


def calls(home: Home) -> list[str]:
    called = home.project / "called"
    return called.read_text().splitlines() if called.exists() else []


def test_a_living_engine_is_left_alone(
    home: Home, spawn: Spawn, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recover, "ENDING", 0.1)
    engine = spawn("sleep", "60")
    lock(home, engine.pid)
    with pytest.raises(LaunchError, match=f"process {engine.pid}") as refused:
        recover.clear_the_field(home, told.append)
    assert f"kill -INT {engine.pid}" in refused.value.cure
    assert engine.is_running()


def test_an_engine_that_is_about_to_end_is_waited_for(home: Home, spawn: Spawn, told: list[str]) -> None:
    engine = spawn("sleep", "0.5")
    lock(home, engine.pid)
    recover.clear_the_field(home, told.append)
    assert not engine.is_running() or engine.status() == psutil.STATUS_ZOMBIE


def test_a_dead_engines_lock_is_taken_away(pulumi: Pulumi, home: Home, spawn: Spawn, told: list[str]) -> None:
    engine = spawn("sleep", "60")
    lock(home, engine.pid)
    engine.kill()
    engine.wait()
    recover.clear_the_field(home, told.append)
    recover.recover(pulumi, told.append)
    assert calls(home) == ["cancel local"]


def test_a_lock_whose_process_id_was_given_to_another_is_dead(home: Home, spawn: Spawn, told: list[str]) -> None:
    lock(home, spawn("sleep", "60").pid, "2020-01-01T00:00:00.123456789Z")
    recover.clear_the_field(home, told.append)


@pytest.mark.parametrize("content", ["", "{", "{}", '{"pid": 1}'])
def test_a_lock_cut_off_by_a_kill_is_dead(home: Home, told: list[str], content: str) -> None:
    lock(home, 1).write_text(content)
    recover.clear_the_field(home, told.append)
    assert len(list(recover.locks(home))) == 1


def test_what_a_killed_run_left_running_is_ended(
    home: Home, told: list[str], eventually: Callable[[Callable[[], object]], None]
) -> None:
    left = processes.start(home, "engine", ["sleep", "60"], os.environ)
    eventually(lambda: strays(home))  # its environment is empty while the kernel loads it
    recover.clear_the_field(home, told.append)
    assert processes.running(left) is None
    assert told == ["Ending 1 processes that a killed run left behind"]


def test_a_stack_that_was_never_made_needs_nothing(pulumi: Pulumi, home: Home, told: list[str]) -> None:
    recover.recover(pulumi, told.append)
    assert calls(home) == []
    assert told == []


def test_a_stack_in_order_is_left_as_it_is(pulumi: Pulumi, home: Home, told: list[str]) -> None:
    World(home.path / "world.db").put(Resource(QUEUE, "events", URN))
    with_state(home, [{"urn": URN, "type": QUEUE, "id": "events"}], [])
    recover.recover(pulumi, told.append)
    assert calls(home) == [], "the state is read from its file"
    assert told == []


def test_a_state_in_a_form_that_is_not_known_is_asked_of_the_engine(
    pulumi: Pulumi, home: Home, told: list[str]
) -> None:
    World(home.path / "world.db").put(Resource(QUEUE, "events", URN))
    with_state(home, [{"urn": URN, "type": QUEUE, "id": "events"}], [])
    (home.state / ".pulumi" / "stacks" / "launch-ready" / "local.json").write_text('{"version": 4}')
    recover.recover(pulumi, told.append)
    assert calls(home) == ["stack export"]
    assert told == []


def test_a_creation_nobody_wrote_down_is_undone_and_forgotten(pulumi: Pulumi, home: Home, told: list[str]) -> None:
    world = World(home.path / "world.db")
    world.put(Resource(QUEUE, "events", URN))
    world.record("provider", URN, op="create", type=QUEUE, id="events")
    with_state(home, [], [{"resource": {"urn": URN, "type": QUEUE}, "type": "creating"}])
    recover.recover(pulumi, told.append)
    assert world.resources() == []
    assert [entry.data["op"] for entry in world.journal("provider", URN)] == ["create", "settle"]
    assert calls(home) == ["stack export", "stack import"]
    assert "pending_operations" not in json.loads((home.project / "state.json").read_text())["deployment"]


def test_what_was_there_before_and_adopted_stays_when_nobody_wrote_that_down(
    pulumi: Pulumi, home: Home, told: list[str]
) -> None:
    world = World(home.path / "world.db")
    world.put(Resource(QUEUE, "events", URN, {"name": "events"}))
    world.record("provider", URN, op="update", type=QUEUE, id="events")
    with_state(home, [], [])
    recover.recover(pulumi, told.append)
    assert [(kept.id, kept.urn, kept.inputs) for kept in world.resources()] == [("events", OUTSIDE, {"name": "events"})]
    assert told == []


def test_a_resource_is_known_by_type_and_id_whatever_its_urn() -> None:
    renamed = Resource(QUEUE, "events", URN.replace("events", "an-older-name"))
    deployment = {"resources": [{"urn": URN, "type": QUEUE, "id": "events"}]}
    assert recover.orphans([renamed], deployment, "local") == []


def test_resources_of_another_stack_or_of_no_program_are_no_orphans() -> None:
    others = [Resource(QUEUE, "a", URN.replace(":local:", ":prod:")), Resource(QUEUE, "b", "")]
    assert recover.orphans(others, {"resources": None}, "local") == []


def test_the_old_half_of_a_replacement_is_kept_and_the_unknown_new_one_is_not() -> None:
    old, new = Resource(QUEUE, "events-1", URN), Resource(QUEUE, "events-2", URN)
    deployment = {"resources": [{"urn": URN, "type": QUEUE, "id": "events-1", "delete": True}]}
    assert recover.orphans([old, new], deployment, "local") == [new]
