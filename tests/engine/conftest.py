from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from engine.home import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    project = tmp_path / "project"
    project.mkdir()
    return Home("local", tmp_path / "launch" / "local", project)


@pytest.fixture
def told() -> list[str]:
    return []


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
def python_program(program: Callable[..., Path]) -> Callable[..., Path]:
    """Writes a small executable in Python."""

    def write(name: str, body: str, folder: str = "bin") -> Path:
        return program(name, body, folder, sys.executable)

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
