"""A command that is forked off does what one in an interpreter of its own does."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from localcloud.base import ports
from tests import forked

HELLO = """
import os
async def app(scope, receive, send):
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": os.environ["GREETING"].encode()})
"""


def environ(home: Path, **more: str) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": str(home), "LAUNCH_HOME": str(home), "COLUMNS": "100", **more}


@pytest.mark.parametrize("arguments", [("status",), ("users", "--help"), ("nonsense",)])
def test_code_output_and_errors_are_those_of_an_interpreter(arguments: tuple[str, ...], tmp_path: Path) -> None:
    command, folder, variables = [sys.executable, "-m", "cli", *arguments], forked.PROJECT, environ(tmp_path)
    done = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)
    fork = forked.run(arguments, variables)
    assert (fork.returncode, fork.stdout, fork.stderr) == (done.returncode, done.stdout, done.stderr)
    assert fork.stdout + fork.stderr


def test_the_environment_is_the_given_one_and_none_is_left_for_the_next(tmp_path: Path) -> None:
    narrow, wide = ("status", "--help"), ("status", "--help")
    first = forked.run(narrow, environ(tmp_path, COLUMNS="40"))
    second = forked.run(wide, environ(tmp_path, COLUMNS="160"))
    assert max(map(len, first.stdout.splitlines())) <= 40 < max(map(len, second.stdout.splitlines()))


def test_what_no_host_is_runs_in_an_interpreter(tmp_path: Path) -> None:
    command = [forked.interpreter(), "-c", "import sys; print(sys.executable, 'cli.app' in sys.modules)"]
    done = subprocess.run(command, env=environ(tmp_path), capture_output=True, text=True, check=False)
    assert done.stdout == f"{sys.executable} False\n"


def test_several_at_once_get_their_own_answers(tmp_path: Path) -> None:
    names = [f"nonsense{number}" for number in range(6)]
    with ThreadPoolExecutor(len(names)) as pool:
        done = list(pool.map(lambda name: forked.run((name,), environ(tmp_path)), names))
    assert [name in each.stderr for name, each in zip(names, done, strict=True)] == [True] * len(names)


def test_a_copied_project_runs_its_own_code_until_that_is_changed(tmp_path: Path) -> None:
    project = tmp_path / "project"
    shutil.copytree(forked.PROJECT, project, ignore=shutil.ignore_patterns(".*", "tests", "docs", "benchmarks"))
    (project / "Pulumi.ours.yaml").touch()
    for loaded_later in ("Pulumi.local.yaml", "infra/stack.py"):
        (project / loaded_later).touch()
        done = forked.run(("status", "--stack", "nope"), environ(tmp_path), project=project)
        assert "Name one of local, ours, prod, staging" in done.stderr
    (project / "cli" / "status.py").touch()
    refused = forked.run(("status", "--stack", "nope"), environ(tmp_path), project=project)
    assert refused.returncode == 1
    assert "changed after it was loaded" in refused.stderr
    assert f"{project}/cli/status.py" in refused.stderr


def test_one_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    log = tmp_path / "local" / "logs" / "edge.log"
    log.parent.mkdir(parents=True)
    log.touch()
    with pytest.raises(subprocess.TimeoutExpired):
        forked.run(("logs", "-f", "edge"), environ(tmp_path), timeout=2)


def test_a_service_is_reached_and_ends_when_it_is_asked_to(
    tmp_path: Path, eventually: Callable[[Callable[[], object]], None]
) -> None:
    (tmp_path / "hello.py").write_text(HELLO)
    port = ports.allocate(tmp_path)["https"]
    arguments = ("--app-dir", str(tmp_path), "hello:app", "--port", str(port), "--lifespan", "off")
    with (tmp_path / "log").open("wb") as log:
        process = forked.start("uvicorn", arguments, environ(tmp_path, GREETING="hello"), log)
    eventually(lambda: "running on" in (tmp_path / "log").read_text())
    assert requests.get(f"http://127.0.0.1:{port}", timeout=5).text == "hello"
    process.end()
    assert process.wait(10) == -signal.SIGTERM
