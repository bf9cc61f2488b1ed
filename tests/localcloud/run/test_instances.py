import os
import signal
import time
from pathlib import Path

import psutil
import pytest

from localcloud.run import revision
from localcloud.run.instance import BACKGROUND
from localcloud.run.instance_registry import InstanceRegistry


def pids(stage):
    return [row["pid"] for row in stage.world.connection.execute("SELECT pid FROM run_instances")]


def test_an_instance_that_crashes_is_replaced_on_the_next_request(cloud):
    host = cloud.deploy()
    first = cloud.ask(host, "/env").json()["pid"]
    assert cloud.ask(host, "/crash").status_code == 503
    assert cloud.ask(host, "/env").json()["pid"] != first
    cloud.wait_for(lambda: cloud.logged("Container called exit(3)."))


def test_a_service_with_a_minimum_of_instances_is_running_before_and_after_a_crash(cloud):
    host = cloud.deploy(template={"scaling": {"minInstanceCount": 1}})
    first = cloud.wait_for(lambda: pids(cloud))
    cloud.wait_for(lambda: cloud.world.journal("revision"))
    cloud.ask(host, "/crash")
    second = cloud.wait_for(lambda: pids(cloud) != first and pids(cloud))
    assert second != first


def test_an_instance_that_nobody_asks_ends_and_the_next_request_starts_another(cloud, monkeypatch):
    monkeypatch.setattr(revision, "IDLE", 0.5)
    host = cloud.deploy()
    first = cloud.ask(host, "/env").json()["pid"]
    cloud.wait_for(lambda: not pids(cloud))
    assert cloud.ask(host, "/env").json()["pid"] != first
    assert not cloud.logged("Container called exit")


def test_an_instance_does_not_end_while_it_has_a_request(cloud, monkeypatch):
    monkeypatch.setattr(revision, "IDLE", 0.5)
    host = cloud.deploy()
    first = cloud.ask(host, "/env").json()["pid"]
    assert cloud.ask(host, "/slow?seconds=1.5").status_code == 200
    assert pids(cloud) == [first]


def test_requests_that_come_again_and_again_keep_their_instance(cloud, monkeypatch):
    monkeypatch.setattr(revision, "IDLE", 2.0)
    host = cloud.deploy()
    first = cloud.ask(host, "/env").json()["pid"]
    for _ in range(6):
        time.sleep(0.5)
        assert cloud.ask(host, "/env").json()["pid"] == first


def test_a_minimum_of_instances_does_not_end(cloud, monkeypatch):
    monkeypatch.setattr(revision, "IDLE", 0.2)
    cloud.deploy(template={"scaling": {"minInstanceCount": 1}})
    first = cloud.wait_for(lambda: pids(cloud))
    time.sleep(1)
    assert pids(cloud) == first


def test_crash_after_crash_makes_the_restarts_wait(cloud):
    host = cloud.deploy()
    cloud.ask(host, "/health")
    times = []
    for _ in range(2):
        cloud.ask(host, "/crash")
        began = time.monotonic()
        cloud.ask(host, "/health")
        times.append(time.monotonic() - began)
    assert times[0] > 0.5
    assert times[1] > 1.0


def test_an_instance_that_fails_its_liveness_probe_is_replaced(cloud):
    probe = {"httpGet": {"path": "/health"}, "periodSeconds": 0.1, "failureThreshold": 2}
    host = cloud.deploy(container={"livenessProbe": probe})
    first = cloud.ask(host, "/env").json()["pid"]
    cloud.ask(host, "/sicken")
    cloud.wait_for(lambda: cloud.ask(host, "/env").json()["pid"] != first)


def test_what_instances_print_is_in_the_journal(cloud):
    cloud.ask(cloud.deploy(), "/log")
    cloud.wait_for(lambda: cloud.logged("to stderr"))
    found = [entry.data for entry in cloud.world.journal("log", "hello")]
    assert {"severity": "INFO", "message": "a step", "kind": "signup", "subject": "x"} in found
    assert {"message": "plain words"} in found
    assert {"message": "to stderr"} in found


def test_a_restarted_runner_serves_the_same_revision(stage, start_runner):
    host = stage.deploy()
    seen = []
    for _ in range(2):
        with start_runner() as runner:
            seen.append(stage.ask(host, "/env").json())
        assert runner.returncode == 0
    assert seen[0]["K_REVISION"] == seen[1]["K_REVISION"]
    assert len(stage.world.journal("revision")) == 1
    assert not psutil.pid_exists(seen[1]["pid"])
    assert pids(stage) == []


def test_a_runner_that_restarts_serves_the_last_good_revision(stage, start_runner):
    host = stage.deploy(env={"VERSION": "1"})
    with start_runner():
        stage.ask(host, "/health")
    stage.deploy(env={"VERSION": "2", "FAIL": "always"})
    with start_runner():
        assert stage.serving(host, VERSION="1")


def test_no_instance_outlives_a_runner_that_was_killed_by_more_than_its_next_start(stage, start_runner):
    host = stage.deploy()
    with start_runner() as runner:
        orphan = stage.ask(host, "/env").json()["pid"]
        runner.end(signal.SIGKILL)
        runner.wait(10)
    assert psutil.pid_exists(orphan)
    with start_runner():
        assert not psutil.pid_exists(orphan)
        assert stage.ask(host, "/env").json()["pid"] != orphan


def test_a_process_that_got_the_number_of_a_dead_instance_is_left_alone(stage, start_runner):
    with start_runner():
        pass
    stage.world.connection.execute(
        "INSERT INTO run_instances VALUES ('key', 'service', 'revision', 'account', ?, ?)",
        (os.getpid(), psutil.Process().create_time() - 100),
    )
    with start_runner():
        assert pids(stage) == []


def test_an_instance_that_ignores_sigterm_is_killed_after_its_grace(stage, start_runner):
    host = stage.deploy()
    with start_runner() as runner:
        pid = stage.ask(host, "/env").json()["pid"]
        stage.ask(host, "/stubborn")
        began = time.monotonic()
        runner.end()
        runner.wait(14)
    assert 9 < time.monotonic() - began < 12
    assert not psutil.pid_exists(pid)


@pytest.mark.parametrize("leak", ["PULUMI_CONFIG_PASSPHRASE", "PYTHONPATH", "AWS_SECRET_ACCESS_KEY"])
def test_nothing_of_the_founder_s_shell_reaches_a_container(stage, start_runner, monkeypatch, leak):
    monkeypatch.setenv(leak, str(stage.home))
    host = stage.deploy(env={"ROLE": "hello", "PORT": "1"})
    with start_runner():
        seen = stage.ask(host, "/env").json()
    assert leak not in seen
    assert seen["ROLE"] == "hello"


def test_a_container_sees_its_own_variables_the_platform_s_and_the_network_of_the_rehearsal(cloud):
    host = cloud.deploy(env={"ROLE": "hello"})
    seen = cloud.ask(host, "/env").json()
    metadata, proxy = seen["GCE_METADATA_HOST"], f"http://{cloud.ports.address('proxy')}"
    assert metadata.startswith(f"{cloud.ports.address('metadata')}/")
    assert seen["https_proxy"] == seen["HTTPS_PROXY"] == seen["http_proxy"] == proxy
    assert seen["SSL_CERT_FILE"] == str(cloud.home / "ca" / "ca.pem")
    assert seen["cwd"] == str(cloud.home / "images" / cloud.image().rpartition(":")[2])
    assert set(seen) - {"pid", "cwd", "PWD", "OLDPWD", "_", "SHLVL", "LC_CTYPE"} == {
        *("ROLE", "PORT", "K_SERVICE", "K_REVISION", "K_CONFIGURATION"),
        *("https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY", "no_proxy", "NO_PROXY"),
        *("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH"),
        *("GCE_METADATA_HOST", "GCE_METADATA_IP", "HOME", "TMPDIR", "PATH", "LANG", "TZ"),
        *("PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE", "SMTP_EMULATOR_HOST"),
    }


@pytest.mark.parametrize(("given", "zone"), [({}, "UTC"), ({"TZ": "Europe/Berlin"}, "Europe/Berlin")])
def test_a_container_is_in_utc_wherever_the_machine_is_unless_its_resource_says_otherwise(cloud, given, zone):
    host = cloud.deploy(env={"ROLE": "hello"} | given)
    assert cloud.ask(host, "/env").json()["TZ"] == zone


def test_an_image_is_compiled_before_its_instances_load_it(cloud):
    image = cloud.image()
    host = cloud.deploy(image=image)
    cloud.ask(host, "/health")
    folder = cloud.home / "images" / image.rpartition(":")[2]
    assert {each.name.partition(".")[0] for each in folder.rglob("*.pyc")} == {"__init__", "main"}


def test_a_container_has_its_own_packages_and_none_of_the_toolkit_s(cloud):
    app = (
        "import importlib.util, json\nfrom starlette.responses import JSONResponse\n"
        "names = ('starlette', 'pulumi', 'grpc', 'localcloud')\n"
        "app = JSONResponse({name: importlib.util.find_spec(name) is not None for name in names})\n"
    )
    host = cloud.deploy(image=cloud.image(app), container={"startupProbe": {"httpGet": {"path": "/"}}})
    assert cloud.ask(host, "/").json() == {"starlette": True, "pulumi": False, "grpc": False, "localcloud": False}


def test_only_what_queues_call_runs_in_the_background(cloud):
    cloud.deploy("open")
    cloud.deploy("closed", ingress="INGRESS_TRAFFIC_INTERNAL_ONLY")
    register = InstanceRegistry(cloud.world)
    own = psutil.Process().nice()
    nicer = min(own + BACKGROUND, 19)
    cloud.wait_for(lambda: [psutil.Process(pid).nice() for pid in register.pids_of("closed")] == [nicer])
    cloud.wait_for(lambda: [psutil.Process(pid).nice() for pid in register.pids_of("open")] == [own])
    # sched(7): Linux shares the processors between sessions first, where this file is, and each instance is a session.
    sessions = {name: Path(f"/proc/{register.pids_of(name)[0]}/autogroup") for name in ("open", "closed")}
    if all(each.exists() for each in sessions.values()):
        cloud.wait_for(lambda: [each.read_text().split()[-1] for each in sessions.values()] == ["0", str(BACKGROUND)])
