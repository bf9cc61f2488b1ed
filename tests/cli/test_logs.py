from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Callable
from typing import Any

from engine.home import Home
from localcloud.base.world import World

Run = Callable[..., subprocess.CompletedProcess[str]]
Lines = Callable[[str], list[dict[str, Any]]]


def test_logs_before_anything_ran_say_to_run_it(run: Run) -> None:
    done = run("logs")
    assert done.returncode == 3
    assert "Run ./launch up" in done.stderr


def test_logs_of_a_service_that_is_not_there_name_those_that_are(run: Run, home: Home) -> None:
    world = World(home.path / "world.db")
    world.record("log", "intake", severity="INFO", message="stored")
    world.close()
    done = run("logs", "intak")
    assert done.returncode == 2
    assert "There is no log of intak." in done.stderr
    assert "the services intake, and of providers, " in done.stderr


def test_logs_of_a_server_as_json_are_json(run: Run, home: Home, lines: Lines) -> None:
    home.logs.mkdir(parents=True)
    (home.logs / "edge.log").write_text("ready\n")
    assert lines(run("logs", "edge", "--json").stdout) == [{"service": "edge", "message": "ready"}]


def test_logs_of_production_are_a_command_ready_to_paste(run: Run, brought_up: Home) -> None:
    brought_up.path.rename(brought_up.path.with_name("prod"))
    project = json.loads((brought_up.path.with_name("prod") / "outputs.json").read_text())["project"]
    done = run("logs", "--stack", "prod")
    assert done.returncode == 0
    words = shlex.split(done.stdout)
    assert words[:3] == ["gcloud", "logging", "read"]
    assert 'resource.type="cloud_run_revision"' in words
    assert f"--project={project}" in words


def test_logs_of_a_service_that_production_does_not_have_are_refused(run: Run, brought_up: Home) -> None:
    brought_up.path.rename(brought_up.path.with_name("prod"))
    done = run("logs", "intak", "--stack", "prod")
    assert done.returncode == 2
    assert "There is no log of intak." in done.stderr
