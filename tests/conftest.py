"""For every room: what every test may use, and that what was left out for want of a tool is named."""

from __future__ import annotations

import gc
import importlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import psutil
import pytest
from hypothesis import HealthCheck, settings

from infra.loading import collector
from tests import crashes, forked, sharing, slices

# How long an example takes says how busy the machine is, and nothing about the property.
settings.register_profile("launch", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("launch")

LEFT_OUT = "left out: "
VERDICT = "verdict"
_left_out: list[str] = []
_verdicts: list[str] = []


def _load_sdks_fast() -> None:
    """Load the clouds' SDKs fast in this process; those that tests start decide for themselves."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LAUNCH_FAST_LOADING", "1")
        importlib.import_module("infra.loading.sdk")


_load_sdks_fast()  # before any conftest of a room imports them


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Keep the garbage collector from modules and items: there are millions of objects, and none becomes garbage."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_configure(config: pytest.Config) -> None:
    """Let Ctrl-C reach what the tests start: a shell's background jobs, and so a CI's, begin with it ignored.

    And what they start shall find our code compiled the second time. The collector looks for garbage as rarely as in a
    command: it took up to a fifth of a test's time. Each worker has ports of its own (`slices`), and
    gets tests by the file (`sharing`); the forks of all workers come off one process (`forked`).
    """
    collector.look_rarely()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if config.getoption("numprocesses", None) and not hasattr(config, "workerinput"):
        forked.share()
    for plugin in (slices, crashes, sharing):
        config.pluginmanager.register(plugin)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--complete", action="store_true", help="fail when a test was left out for a missing tool")


@pytest.fixture
def verdict(record_property: Callable[[str, object], None]) -> Callable[[object], None]:
    """Return what puts a long proof's one line at the end of the run, where it is found."""
    return lambda result: record_property(VERDICT, str(result))


@pytest.fixture
def program(tmp_path: Path) -> Callable[..., Path]:
    """Writes a small executable, by default a shell script."""

    def write(name: str, body: str, folder: str = "bin", interpreter: str = "/bin/sh") -> Path:
        path = tmp_path / folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!{interpreter}\n{body}\n")
        path.chmod(0o755)
        return path

    return write


@pytest.fixture
def spawn() -> Iterator[Callable[..., psutil.Process]]:
    """Starts a process in a session of its own and ends it after the test."""
    started: list[subprocess.Popen[bytes]] = []

    def start(*command: str | Path, cwd: Path | None = None, **environ: str) -> psutil.Process:
        popen = subprocess.Popen(command, cwd=cwd, env={**os.environ, **environ}, start_new_session=True)
        started.append(popen)
        return psutil.Process(popen.pid)

    yield start
    for popen in started:
        popen.kill()
        popen.wait()


@pytest.fixture
def eventually() -> Callable[[Callable[[], object]], None]:
    def wait(condition: Callable[[], object], seconds: float = 10.0) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, "it did not come true in time"
            time.sleep(0.02)

    return wait


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when == "call":
        _verdicts.extend(str(value) for name, value in report.user_properties if name == VERDICT)
    if report.skipped and isinstance(report.longrepr, tuple) and LEFT_OUT in report.longrepr[2]:
        _left_out.append(f"{report.nodeid}: {report.longrepr[2].partition(LEFT_OUT)[2]}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    if session.config.getoption("--complete") and _left_out and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if _verdicts:
        terminalreporter.section("verdicts")
        for line in _verdicts:
            terminalreporter.write_line(line)
    if _left_out:
        terminalreporter.section("left out, because something is not installed (./launch doctor tells how)")
        for line in _left_out:
            terminalreporter.write_line(line)
