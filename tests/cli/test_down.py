from __future__ import annotations

import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from engine.home import Home
from localcloud.base import ports as listening

Run = Callable[..., subprocess.CompletedProcess[str]]
Lines = Callable[[str], list[dict[str, Any]]]


@pytest.mark.parametrize("command", ["verify", "verify --json", "accept", "secrets list"])
def test_what_needs_the_local_cloud_says_at_once_that_it_is_down(run: Run, brought_up: Home, command: str) -> None:
    listening.allocate(brought_up.path)
    before = brought_up.findings.read_text()
    done = run(*command.split())
    assert (done.returncode, done.stdout) == (3, "")
    assert "The local cloud is down.\nRun ./launch up" in done.stderr
    assert brought_up.findings.read_text() == before


def test_status_of_a_stack_that_is_down_says_what_to_do(run: Run, brought_up: Home) -> None:
    assert "Run ./launch up: it starts what is down" in run("status").stderr


def test_env_of_a_stack_that_is_down_warns_beside_its_exports(run: Run, home: Home) -> None:
    home.path.mkdir(parents=True)
    listening.allocate(home.path)
    done = run("env")
    assert done.returncode == 0
    assert "The local cloud is down." in done.stderr
    assert all(line.startswith("export ") for line in done.stdout.splitlines())


def test_no_proxy_is_asked_for_what_listens_here(run: Run, home: Home, lines: Lines) -> None:
    home.path.mkdir(parents=True)
    listening.allocate(home.path)
    (values,) = lines(run("env", "--json", NO_PROXY="intranet.example", no_proxy="").stdout)
    assert values["no_proxy"] == values["NO_PROXY"]
    assert values["no_proxy"].split(",") == [
        "intranet.example",
        "127.0.0.1",
        "localhost",
        "metadata.google.internal",
        "acme.test",
    ]


def test_down_of_real_clouds_ends_nothing_and_proposes_nothing_that_does(run: Run) -> None:
    done = run("down", "--stack", "prod")
    assert done.returncode == 2
    assert "there is nothing to end" in done.stderr
    assert "destroy" not in done.stderr
