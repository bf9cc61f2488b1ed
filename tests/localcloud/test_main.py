"""`python -m localcloud` as a process, with tiny servers in place of the real ones."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from localcloud.base.ports import SERVERS
from localcloud.base.supervisor import processes, servers
from localcloud.base.supervisor.home import StandaloneHome

LOCALCLOUD = Path(__file__).parents[2] / "localcloud"
SERVER = """
import argparse, json, pathlib, socket, sys, time
parser = argparse.ArgumentParser()
parser.add_argument("--home", type=pathlib.Path)
given, more = parser.parse_known_args()
print(more, flush=True)
if (given.home / "broken").exists():
    sys.exit("no such table: resources")
ports = json.loads((given.home / "ports.json").read_text())
deaf = (given.home / "deaf").exists() and {name!r} == "dns"
held = [] if deaf else [socket.create_server(("127.0.0.1", ports[name])) for name in {names!r}]
time.sleep(600)
"""
Eventually = Callable[[Callable[[], object]], None]


@dataclass(frozen=True)
class Cloud:
    """A program's folder and the command on it."""

    root: Path
    project: Path

    @property
    def home(self) -> StandaloneHome:
        return StandaloneHome(self.project / ".localcloud", self.project)

    def command(self, *arguments: str) -> tuple[list[str], dict[str, str]]:
        return [sys.executable, "-m", "localcloud", *arguments], {**os.environ, "PYTHONPATH": str(self.root)}

    def run(self, *arguments: str, code: int = 0) -> str:
        command, environ = self.command(*arguments)
        done = subprocess.run(
            command, cwd=self.project, env=environ, capture_output=True, text=True, timeout=60, check=False
        )
        said = done.stdout + done.stderr
        assert done.returncode == code, said
        assert "Traceback" not in said
        return said

    def pids(self) -> dict[str, int]:
        return {name: process.pid for name, process in servers.alive(self.home).items()}


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Cloud]:
    root, project = tmp_path / "toolkit", tmp_path / "a program"
    shutil.copytree(LOCALCLOUD / "base", root / "localcloud" / "base")
    for name in ("__init__.py", "__main__.py"):
        shutil.copy(LOCALCLOUD / name, root / "localcloud")
    for name, names in SERVERS.items():
        (root / "localcloud" / name).mkdir()
        (root / "localcloud" / name / "__main__.py").write_text(SERVER.format(name=name, names=names))
    project.mkdir()
    (project / "Pulumi.yaml").write_text("name: program\nruntime: python\n")
    made = Cloud(root, project)
    yield made
    servers.down(made.home)


def test_up_and_down_may_be_repeated(cloud: Cloud) -> None:
    assert "Starting providers" in cloud.run("up")
    first = cloud.pids()
    assert set(first) == set(SERVERS)
    assert "Starting" not in cloud.run("up")
    assert cloud.pids() == first
    assert "Ended providers" in cloud.run("down")
    assert cloud.pids() == {}
    assert cloud.run("down") == "Nothing was running.\n"


def test_down_before_the_first_up_makes_no_folder(cloud: Cloud) -> None:
    assert cloud.run("down") == "Nothing was running.\n"
    assert not cloud.home.path.exists()


def test_an_interrupted_up_ends_what_it_started(cloud: Cloud, eventually: Eventually) -> None:
    cloud.home.path.mkdir()
    (cloud.home.path / "deaf").touch()
    command, environ = cloud.command("up")
    with subprocess.Popen(command, cwd=cloud.project, env=environ, stderr=subprocess.PIPE, text=True) as started:
        eventually(lambda: len(cloud.pids()) == len(SERVERS))
        mine = list(servers.alive(cloud.home).values())
        started.send_signal(signal.SIGINT)
        _, said = started.communicate(timeout=30)
    assert started.returncode == 130
    assert "Traceback" not in said
    assert not [process for process in mine if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]
    (cloud.home.path / "deaf").unlink()
    cloud.run("up")


def test_an_interrupted_up_leaves_alone_what_ran_before(cloud: Cloud, eventually: Eventually) -> None:
    cloud.run("up")
    before = cloud.pids()
    processes.end([psutil.Process(before["dns"])])
    (cloud.home.path / "deaf").touch()
    command, environ = cloud.command("up")
    with subprocess.Popen(command, cwd=cloud.project, env=environ, stderr=subprocess.PIPE, text=True) as started:
        eventually(lambda: "dns" in cloud.pids())
        started.send_signal(signal.SIGINT)
        started.communicate(timeout=30)
    assert cloud.pids() == {name: pid for name, pid in before.items() if name != "dns"}


def test_a_server_that_fails_is_shown_with_its_log_and_what_to_do(cloud: Cloud) -> None:
    cloud.home.path.mkdir()
    (cloud.home.path / "broken").touch()
    said = cloud.run("up", code=1)
    assert "server did not come up" in said
    assert "no such table: resources" in said
    assert "run `up` again" in said


def test_the_application_reaches_the_servers_that_build_and_run_it(cloud: Cloud) -> None:
    cloud.run("up", "--application", "shop.web:app", "--requirements", "shop/requirements.txt")
    log = (cloud.home.logs / "run.log").read_text()
    assert "['--requirements', 'shop/requirements.txt', '--application', 'shop.web:app']" in log
    assert "['--requirements', 'shop/requirements.txt']" in (cloud.home.logs / "control.log").read_text()
    assert (cloud.home.logs / "dns.log").read_text() == "[]\n"


def test_ports_are_shown_to_people_and_programs(cloud: Cloud) -> None:
    cloud.run("up")
    pids = cloud.pids()
    assert f"up (process {pids['dns']})" in cloud.run("ports")
    shown = {one["server"]: one for one in json.loads(cloud.run("ports", "--json"))}
    assert {name: one["pid"] for name, one in shown.items()} == pids
    assert set(shown["dns"]["addresses"]) == set(SERVERS["dns"])


def test_a_shell_that_evaluates_the_exports_is_attached_and_knows_no_account(cloud: Cloud) -> None:
    cloud.run("up")
    command, environ = cloud.command("ports", "--export")
    script = 'eval "$("$@")"; env'
    credentials = {"GOOGLE_APPLICATION_CREDENTIALS": "/key.json", "PULUMI_HOME": "/plugins"}
    shell = subprocess.run(
        ["sh", "-euc", script, "sh", *command],
        cwd=cloud.project,
        env={**environ, **credentials},
        capture_output=True,
        text=True,
        check=True,
    )
    known = dict(line.split("=", 1) for line in shell.stdout.splitlines() if "=" in line)
    assert "GOOGLE_APPLICATION_CREDENTIALS" not in known
    assert known["PULUMI_HOME"] == "/plugins"
    assert known["PULUMI_BACKEND_URL"] == f"file://{cloud.home.path}/state?metadata=skip"
    assert cloud.home.state.is_dir()
    told = json.loads(cloud.run("ports", "--export", "--json"))
    assert {name: known.get(name) for name in told} == told


def test_exports_of_a_cloud_that_is_down_say_so(cloud: Cloud) -> None:
    cloud.run("up")
    cloud.run("down")
    assert "Not running: providers" in cloud.run("ports", "--export")


def test_ports_before_the_first_up_says_what_to_do(cloud: Cloud) -> None:
    assert "Start it with `python -m localcloud up`." in cloud.run("ports", code=1)


def test_a_folder_without_a_program_is_named(cloud: Cloud) -> None:
    said = cloud.run("up", "--project", str(cloud.root), code=2)
    assert f"There is no Pulumi program in {cloud.root}" in said


def test_the_files_of_a_local_cloud_stay_out_of_the_program_s_repository(cloud: Cloud) -> None:
    cloud.run("up")
    assert (cloud.home.path / ".gitignore").read_text() == "*\n"


@pytest.mark.parametrize("command", ["", "up", "down", "ports"])
def test_every_command_explains_itself(cloud: Cloud, command: str) -> None:
    assert "usage: python -m localcloud" in cloud.run(*filter(None, [command]), "--help")
