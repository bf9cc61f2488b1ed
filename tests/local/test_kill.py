from __future__ import annotations

import time
from typing import Any

import psutil
import pytest

from localcloud.world import World

pytestmark = [pytest.mark.long, pytest.mark.stack, pytest.mark.xdist_group("stack")]

VICTIMS = {
    "engine": ("pulumi", "up"),
    "providers": ("localcloud.providers",),
    "program": ("pulumi-language-python-exec",),
}


def victims(words: tuple[str, ...], root: str) -> list[psutil.Process]:
    """Processes of this stack whose command line holds all the words."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        line = " ".join(process.info["cmdline"] or ())
        try:
            ours = root in line or process.environ().get("LAUNCH_HOME") == root
        except psutil.Error:
            continue
        if ours and "-m cli" not in line and all(word in line for word in words):
            found.append(process)
    return found


def count(launch: Any) -> int:
    if not (launch.home / "world.db").exists():
        return 0
    world = World(launch.home / "world.db")
    found = len(world.resources())
    world.close()
    return found


@pytest.mark.parametrize("victim", VICTIMS)
def test_a_run_that_was_killed_in_the_middle_is_taken_up_again(fresh: Any, victim: str) -> None:
    running = fresh.start("up")
    ends = time.monotonic() + 120
    while count(fresh) < 20 and time.monotonic() < ends:
        time.sleep(0.02)
    killed = victims(VICTIMS[victim], str(fresh.root))
    for process in killed:
        process.kill()
    running.communicate(timeout=200)
    assert killed, f"no process of the {victim} was found"
    fresh.well("up")
    assert "0 changes" in fresh.well("up")
    world = World(fresh.home / "world.db")
    urns = [resource.urn for resource in world.resources()]
    world.close()
    assert len(urns) == len(set(urns))
    assert {finding["status"] for finding in fresh.findings()} == {"pass"}
