from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from engine import state_file
from engine.home import Home
from localcloud.base.world import World

pytestmark = pytest.mark.stack
BESIDE = "played while the engine worked"


def resources(home: Path) -> dict[str, int]:
    """How many resources of each type the world holds."""
    world = World(home / "world.db")
    found = [resource.type for resource in world.resources()]
    world.close()
    return {type_: found.count(type_) for type_ in found}


def test_a_launch_is_rehearsed_verified_and_handed_over(launch: Any) -> None:
    findings = launch.findings()
    assert {finding["status"] for finding in findings} == {"pass"}
    assert {"flow.payment", "flow.signup", "flow.support", "mail.spf.single", "web.cache.hit"} <= {
        finding["id"] for finding in findings
    }
    assert "acme.test" in (launch.home / "HANDOVER.html").read_text()
    assert (launch.home / "HANDOVER.md").exists()
    assert sum(resources(launch.home).values()) >= 60


def test_a_second_run_changes_nothing_and_is_played_beside_the_engine(launch: Any) -> None:
    said = launch.well("up")
    assert "0 changes" in said
    assert BESIDE in said


def test_what_was_played_before_the_engine_changed_something_does_not_count(launch: Any) -> None:
    exported = json.loads(launch.shell("pulumi stack export --stack local").stdout)
    urns = [each["urn"] for each in exported["deployment"]["resources"]]
    dashboard = next(urn for urn in urns if "gcp:monitoring/dashboard:Dashboard" in urn)
    assert launch.shell(f"pulumi state delete '{dashboard}' --stack local --yes").returncode == 0
    said = launch.well("up")
    assert "1 created" in said
    assert BESIDE not in said
    assert {finding["status"] for finding in launch.findings()} == {"pass"}


def test_plain_pulumi_agrees_that_nothing_changes(launch: Any) -> None:
    for command in (
        "pulumi preview --stack local --expect-no-changes --non-interactive",
        "pulumi refresh --stack local --expect-no-changes --yes --skip-preview --non-interactive",
    ):
        done = launch.shell(command)
        assert done.returncode == 0, done.stdout + done.stderr


def test_what_is_read_of_the_state_is_what_the_engine_says_of_it(launch: Any) -> None:
    home = Home("local", launch.home)
    outputs, exported = (
        json.loads(launch.shell(f"pulumi stack {words} --stack local").stdout) for words in ("output --json", "export")
    )
    assert state_file.outputs(home) == outputs
    assert state_file.deployment(home) == exported["deployment"]
    assert state_file.is_selected(home, launch.environ)


@pytest.mark.parametrize("server", ["providers", "firestore", "control", "saas", "internet", "run", "dns", "edge"])
def test_a_killed_server_is_brought_back_and_nothing_is_lost(launch: Any, server: str) -> None:
    before = resources(launch.home)
    killed = [process for process in launch.processes() if f"localcloud.{server}" in process.cmdline()]
    assert killed
    for process in killed:
        process.kill()
    assert "0 changes" in launch.well("up")
    assert resources(launch.home) == before


def test_down_ends_every_process_and_up_goes_on(launch: Any) -> None:
    launch.well("down")
    assert launch.processes() == []
    assert "0 changes" in launch.well("up")
