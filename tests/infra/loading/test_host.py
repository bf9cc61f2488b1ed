"""The program's host, asked as the engine asks it, with a script in place of the one that runs a program."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
import psutil
import pytest
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime import resource
from pulumi.runtime.proto import analyzer_pb2_grpc, language_pb2, language_pb2_grpc, plugin_pb2, provider_pb2_grpc

from infra.loading import policies
from infra.policy import pack
from tests import forked

ROOT = Path(__file__).parents[3]
SHOWS = """
import json, os, pathlib, sys
given = {name: json.loads(os.environ[name]) for name in ("PULUMI_CONFIG", "PULUMI_CONFIG_SECRET_KEYS")}
assert os.environ["TOLD_LATER"] == "in the order"
loaded = sorted({"infra.program", "pulumi_gcp.compute.url_map"} & set(sys.modules))
print("what the program prints")
pathlib.Path(__file__).with_name("seen.json").write_text(json.dumps([sys.argv[1:], given, loaded, __name__]))
"""

Asked = Callable[[str], Any]


@pytest.fixture
def fast() -> str:
    """Whether the SDKs are cut (1), as in a rehearsal, or whole (0)."""
    return "1"


@pytest.fixture
def forks() -> bool:
    """Whether the host is a fork of a process that has loaded what it loads, as those of most tests' commands are."""
    return True


@pytest.fixture
def host(tmp_path: Path, fast: str, forks: bool) -> Iterator[Asked]:
    """Runs a program by the host, and returns its answer."""
    with (
        (tmp_path / "log").open("w") as log,
        subprocess.Popen(
            [
                forked.interpreter() if forks else sys.executable,
                "-m",
                "infra.loading.host",
                "infra.program",
                "infra.policy.pack",
            ],
            cwd=ROOT,
            env={**os.environ, "LAUNCH_FAST_LOADING": fast},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as process,
    ):
        assert process.stdout
        assert process.stdin
        environ = {**os.environ, "LAUNCH_FAST_LOADING": fast, "TOLD_LATER": "in the order"}
        order = {"script": str(tmp_path / "script.py"), "environ": environ}
        process.stdin.write(f"{json.dumps(order)}\n")
        process.stdin.flush()
        port, *_ = process.stdout.readline().split()
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            engine = language_pb2_grpc.LanguageRuntimeStub(channel)  # type: ignore[no-untyped-call]

            def run(script: str) -> Any:
                (tmp_path / "script.py").write_text(script)
                assert not engine.GetRequiredPackages(language_pb2.GetRequiredPackagesRequest()).packages
                return engine.Run(
                    language_pb2.RunRequest(
                        project="launch-ready",
                        stack="local",
                        pwd=str(ROOT),
                        args=["127.0.0.1:1"],
                        config={"launch:spec": "{}"},
                        configSecretKeys=["launch:key"],
                        dryRun=True,
                        parallel=8,
                        monitor_address="127.0.0.1:2",
                        organization="organization",
                        info=language_pb2.ProgramInfo(root_directory=str(ROOT), entry_point="."),
                    ),
                    timeout=300,  # the whole SDKs load meanwhile
                )

            yield run
        process.stdin.close()
        assert process.wait(timeout=10) == 0


@pytest.mark.parametrize(("fast", "forks"), [("0", False), ("1", False), ("1", True)], ids=["0", "1", "1, as a fork"])
def test_the_script_runs_as_by_pulumi_s_own_host_with_the_program_loaded(host: Asked, tmp_path: Path) -> None:
    answer = host(SHOWS)
    arguments, given, loaded, name = json.loads((tmp_path / "seen.json").read_text())
    assert (answer.error, answer.bail) == ("", False)
    assert " ".join(arguments) == (
        f"--monitor 127.0.0.1:2 --engine 127.0.0.1:1 --project launch-ready --root_directory {ROOT} --stack local "
        f"--pwd {ROOT} --dry_run true --parallel 8 --organization organization ."
    )
    assert given == {"PULUMI_CONFIG": {"launch:spec": "{}"}, "PULUMI_CONFIG_SECRET_KEYS": ["launch:key"]}
    assert loaded == ["infra.program", "pulumi_gcp.compute.url_map"]
    assert name == "__main__"
    assert (tmp_path / "log").read_text() == "what the program prints\n"


@pytest.mark.parametrize(
    ("script", "error", "bail"),
    [
        ("import sys; sys.exit(0)", "", False),
        ("import sys; sys.exit(32)", "", True),
        ("import sys; sys.exit(1)", "Program exited with non-zero exit code: 1", False),
        ("import sys; sys.exit('in words')", "Program exited with non-zero exit code: 1", False),
    ],
    ids=["well", "the user was told", "it failed", "it failed with words"],
)
def test_its_end_is_told_as_by_pulumi_s_own_host(host: Asked, script: str, error: str, bail: bool) -> None:
    answer = host(script)
    assert (answer.error, answer.bail) == (error, bail)


TRACED = """
import pathlib
from pulumi.runtime import resource
pathlib.Path(__file__).with_name("trace").write_text(str(len(resource._get_stack_trace().frames)))
"""


def test_no_stack_trace_goes_with_a_resource(host: Asked, tmp_path: Path) -> None:
    assert resource._get_stack_trace().frames is not None, "the SDK has the function under this name"
    assert host(TRACED).error == ""
    assert (tmp_path / "trace").read_text() == "0"


def test_without_an_order_it_ends_with_whoever_started_it() -> None:
    command = [sys.executable, "-m", "infra.loading.host", "json", "infra.policy.pack"]
    done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0


SERVED = """
import sys
from functools import partial
from infra.loading import dynamic, policies
from infra.loading.forked import forked
server = forked({"dynamic": dynamic.serve, "policies": partial(policies.serve, "infra.policy.pack")}["SERVER"])
print(server.port(), flush=True)
sys.stdin.readline()
server.tell({"TOLD_LATER": "in the order"})
sys.stdin.read()
"""


@pytest.fixture
def served(request: pytest.FixtureRequest) -> Iterator[tuple[subprocess.Popen[str], grpc.Channel]]:
    """A process that has forked one of the servers, and the engine's way to the fork."""
    code = SERVED.replace("SERVER", getattr(request, "param", "dynamic"))
    with subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "PULUMI_STACK": "local"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        with grpc.insecure_channel(f"127.0.0.1:{process.stdout.readline().strip()}") as channel:
            yield process, channel
        process.kill()


def tell_environment(process: subprocess.Popen[str]) -> None:
    assert process.stdin
    process.stdin.write("\n")
    process.stdin.flush()


def dynamic_resources(channel: grpc.Channel) -> Any:
    return provider_pb2_grpc.ResourceProviderStub(channel)  # type: ignore[no-untyped-call]


ADDRESS = plugin_pb2.PluginAttach(address="127.0.0.1:1")


def test_dynamic_resources_are_served_by_a_fork(served: tuple[subprocess.Popen[str], grpc.Channel]) -> None:
    process, channel = served
    tell_environment(process)
    provider = dynamic_resources(channel)
    assert provider.Attach(ADDRESS, timeout=60) == Empty()
    assert provider.GetPluginInfo(Empty(), timeout=60).version


def test_dynamic_resources_are_not_served_before_their_environment_is_known(
    served: tuple[subprocess.Popen[str], grpc.Channel],
) -> None:
    process, channel = served
    attached = dynamic_resources(channel).Attach.future(ADDRESS, timeout=60)
    with pytest.raises(grpc.FutureTimeoutError):
        attached.result(timeout=0.3)
    tell_environment(process)
    assert attached.result() == Empty()


@pytest.mark.parametrize("served", ["policies"], indirect=True)
def test_policies_are_served_by_a_fork_as_those_of_a_rehearsal(
    served: tuple[subprocess.Popen[str], grpc.Channel],
) -> None:
    _, channel = served
    judge = analyzer_pb2_grpc.AnalyzerStub(channel)  # type: ignore[no-untyped-call]
    assert [each.name for each in judge.GetAnalyzerInfo(Empty(), timeout=60).policies] == [
        each.name for each in pack.of("local").GetAnalyzerInfo(None, None).policies
    ]


@pytest.mark.parametrize("served", ["dynamic", "policies"], indirect=True)
def test_a_fork_ends_with_its_parent(served: tuple[subprocess.Popen[str], grpc.Channel]) -> None:
    process, _ = served
    (child,) = psutil.Process(process.pid).children()
    process.kill()
    psutil.wait_procs([child], timeout=10)
    assert not child.is_running()


def test_the_engine_s_plugin_says_where_the_fork_serves() -> None:
    environ = {**os.environ, **policies.environ_for("4713", os.environ["PATH"])}
    with subprocess.Popen([policies.PLUGIN.name], env=environ, stdout=subprocess.PIPE, text=True) as plugin:
        assert plugin.stdout
        assert plugin.stdout.readline() == "4713\n"
        assert plugin.poll() is None, "it stays until the engine ends it"
        plugin.kill()
