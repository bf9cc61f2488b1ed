"""Whatever is killed, at whatever moment: the next `./launch up` ends well, and nothing is left over or there twice."""

from __future__ import annotations

import random
import re
import signal
import subprocess
import time
from contextlib import closing, suppress
from typing import Any

import psutil
import pytest

from localcloud.base.world import World

pytestmark = pytest.mark.stack

# Who is killed → what its command line matches.
VICTIMS = {
    "engine": r"(^|/)pulumi up ",
    "providers": r"-m localcloud\.providers ",
    "program": r"-m infra\.loading\.host ",
    "command": r"-m cli up$",
}
BETWEEN = 12  # resources that a run makes or removes before it is killed
PATIENCE = 120.0  # seconds


def resources(launch: Any) -> list[str]:
    """The URNs of what the world holds."""
    if not (launch.home / "world.db").exists():
        return []
    with closing(World(launch.home / "world.db")) as world:
        return urns(world)


def urns(world: World) -> list[str]:
    return [resource.urn for resource in world.resources() if resource.urn]  # a name that stays taken has none


def in_the_middle(launch: Any, running: subprocess.Popen[str]) -> None:
    """Wait until the run has made or removed BETWEEN resources."""
    ends = time.monotonic() + PATIENCE
    while not (launch.home / "world.db").exists() and running.poll() is None and time.monotonic() < ends:
        time.sleep(0.01)
    with closing(World(launch.home / "world.db")) as world:
        before = len(urns(world))
        while abs(len(urns(world)) - before) < BETWEEN and running.poll() is None and time.monotonic() < ends:
            time.sleep(0.01)
    assert running.poll() is None, f"it ended before it could be killed:\n{running.communicate()[0]}"


def members(launch: Any, running: subprocess.Popen[str], victim: str) -> list[psutil.Process]:
    """The living processes of a run that play a part."""
    family = [*launch.processes(), *([psutil.Process(running.pid)] if running.poll() is None else [])]
    return [member for member in family if re.search(VICTIMS[victim], command_line(member))]


def command_line(process: psutil.Process) -> str:
    """The command line of a process, empty once it is gone."""
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def kill(launch: Any, running: subprocess.Popen[str], victim: str) -> None:
    killed = members(launch, running, victim)
    assert killed, f"no {victim} among {[member.cmdline() for member in launch.processes()]}"
    for member in killed:
        member.kill()


def require_in_order(launch: Any) -> None:
    """Require that the stack is whole, and that nothing and nobody is left over."""
    urns = resources(launch)
    exported = launch.shell("pulumi stack export --stack local").stdout
    assert len(urns) == len(set(urns))
    assert [urn for urn in urns if f'"{urn}"' not in exported] == []
    assert "pending_operations" not in exported
    assert {finding["status"] for finding in launch.findings()} == {"pass"}
    assert [one.cmdline() for one in launch.processes() if "pulumi" in " ".join(one.cmdline())] == []
    servers = [word for one in launch.processes() for word in one.cmdline() if word.startswith("localcloud.")]
    assert len(servers) == len(set(servers)) == 8


@pytest.mark.timeout(900)
def test_killed_again_and_again_in_the_middle_of_creating_it_gets_there(fresh: Any, unharmed: Any) -> None:
    for victim in VICTIMS:
        with fresh.start("up") as running:
            in_the_middle(fresh, running)
            kill(fresh, running, victim)
            running.communicate(timeout=PATIENCE)
            assert running.returncode != 0, f"the {victim} was killed and nobody noticed"
    unharmed.well("up")
    require_in_order(fresh)
    fresh.well("preview", "--expect-no-changes")

    with fresh.start("destroy") as running:
        in_the_middle(fresh, running)
        kill_all(fresh, running)
        running.communicate(timeout=PATIENCE)
    unharmed.well("destroy")
    assert resources(fresh) == []
    fresh.well("down")
    assert fresh.processes() == []


def kill_all(launch: Any, running: subprocess.Popen[str]) -> None:
    for member in [psutil.Process(running.pid), *launch.processes()]:
        member.kill()


def test_ctrl_c_in_the_middle_leaves_no_engine_and_nothing_that_down_does_not_end(fresh: Any) -> None:
    with fresh.start("up") as running:
        in_the_middle(fresh, running)
        running.send_signal(signal.SIGINT)
        said, _ = running.communicate(timeout=PATIENCE)
    assert running.returncode == 130
    assert "./launch down" in said
    assert [one.cmdline() for one in fresh.processes() if "pulumi" in " ".join(one.cmdline())] == []
    fresh.well("down")
    assert fresh.processes() == []


def at_some_moment(launch: Any, running: subprocess.Popen[str], choice: random.Random) -> None:
    """Wait until the run has made or removed a few resources, or its engine has found none that is left to make."""
    before, wanted, worked, ends = len(resources(launch)), choice.randint(0, 25), False, time.monotonic() + PATIENCE
    while running.poll() is None and time.monotonic() < ends:
        works = has_engine(running)
        if abs(len(resources(launch)) - before) >= wanted or (worked and not works):
            break
        worked = works
        time.sleep(0.02)
    time.sleep(choice.random())


def has_engine(running: subprocess.Popen[str]) -> bool:
    try:
        children = psutil.Process(running.pid).children()
    except psutil.NoSuchProcess:
        return False
    return any(re.search(VICTIMS["engine"], command_line(child)) for child in children)


def kill_somebody(launch: Any, running: subprocess.Popen[str], choice: random.Random) -> None:
    """Kill whoever plays one of the parts that are being played."""
    living = {victim: found for victim in VICTIMS if (found := members(launch, running, victim))}
    assert running.poll() is None, f"it ended before it could be killed:\n{running.communicate()[0]}"
    for member in living[choice.choice(sorted(living))]:
        with suppress(psutil.NoSuchProcess):
            member.kill()


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", range(10))
def test_killed_at_random_moments_it_gets_there(fresh: Any, seed: int) -> None:
    choice = random.Random(seed)
    for _ in range(5):
        with fresh.start("up") as running:
            at_some_moment(fresh, running, choice)
            kill_somebody(fresh, running, choice)
            running.communicate(timeout=PATIENCE)
    fresh.well("up")
    require_in_order(fresh)
