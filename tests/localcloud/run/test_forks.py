"""Instances of one image share what its libraries take, and are told apart by nothing else."""

import os
import signal

import psutil
import pytest

from localcloud.base import forkserver
from localcloud.run import forks
from localcloud.run.instance_registry import InstanceRegistry

pytestmark = pytest.mark.skipif(not forkserver.SAFE, reason="processes are forked on Linux only")


def pids(cloud):
    found = {name: InstanceRegistry(cloud.world).pids_of(name) for name in ("one", "two")}
    return [pid for each in found.values() for pid in each] if all(found.values()) else []


def parents(cloud):
    return {psutil.Process(pid).ppid() for pid in cloud.wait_for(lambda: pids(cloud))}


def test_services_of_one_image_come_off_one_process_with_an_environment_each(cloud):
    hosts = [cloud.deploy(name, env={"VERSION": name}) for name in ("one", "two")]
    seen = [cloud.ask(host, "/env").json() for host in hosts]
    assert [each["VERSION"] for each in seen] == ["one", "two"]
    assert len({each["HOME"] for each in seen}) == 2
    assert all(forkserver.ROOM not in each for each in seen)
    (parent,) = parents(cloud)
    assert "forkserver.py" in " ".join(psutil.Process(parent).cmdline())


def test_an_instance_is_known_by_its_command_line_and_its_environment(cloud):
    cloud.deploy("one", env={"VERSION": "seen"})
    cloud.deploy("two")
    pid, _ = cloud.wait_for(lambda: pids(cloud))
    cloud.wait_for(lambda: psutil.Process(pid).environ().get("VERSION") == "seen")
    assert {"uvicorn", "127.0.0.1"} <= set(psutil.Process(pid).cmdline())


@pytest.mark.parametrize("variable", ["TZ", "GRPC_TRACE", "PYTHONOPTIMIZE", "SSL_CERT_DIR"])
def test_a_variable_that_libraries_may_look_at_gets_an_interpreter_of_its_own(variable, cloud):
    cloud.deploy("one", env={variable: "1"})
    cloud.deploy("two", env={variable: "1"})
    cloud.wait_for(lambda: pids(cloud))
    assert "forkserver.py" not in " ".join(
        word for parent in parents(cloud) for word in psutil.Process(parent).cmdline()
    )


def test_an_instance_is_replaced_when_the_process_that_it_came_off_is_killed(cloud):
    host = cloud.deploy("one")
    first = cloud.ask(host, "/env").json()["pid"]
    os.kill(psutil.Process(first).ppid(), signal.SIGKILL)
    cloud.wait_for(lambda: not psutil.pid_exists(first))
    assert cloud.ask(host, "/env").json()["pid"] != first


def test_an_instance_goes_on_without_the_process_that_it_came_off(cloud, monkeypatch):
    monkeypatch.setattr(forks, "LINGER", 0.2)
    host = cloud.deploy("one")
    first = cloud.ask(host, "/env").json()["pid"]
    cloud.wait_for(lambda: psutil.Process(first).ppid() == os.getpid())
    assert cloud.ask(host, "/env").json()["pid"] == first

    os.kill(first, signal.SIGKILL)
    cloud.wait_for(lambda: not psutil.pid_exists(first))
    second = cloud.ask(host, "/env").json()["pid"]
    assert second != first
    cloud.wait_for(lambda: psutil.Process(second).ppid() == os.getpid())


def test_a_fork_server_does_not_outlive_its_runner(stage, start_runner):
    host = stage.deploy()
    with start_runner() as runner:
        instance = psutil.Process(stage.ask(host, "/env").json()["pid"])
        server = instance.parent()
        runner.end(signal.SIGKILL)
        runner.wait(10)
        psutil.wait_procs([server], timeout=5)
    assert not server.is_running() or server.status() == psutil.STATUS_ZOMBIE
    instance.kill()
