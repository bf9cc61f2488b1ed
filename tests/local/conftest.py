"""A stack of its own for the tests: the real engine against a local cloud in a temporary folder."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

PROJECT = Path(__file__).parents[2]
WHOLE = str(PROJECT)
TOO_LONG = 280  # seconds after which a command counts as stuck


@dataclass(frozen=True)
class Launch:
    """Runs commands of the project in `project` on a stack whose files lie below `root`."""

    root: Path
    project: Path = PROJECT

    @property
    def home(self) -> Path:
        return self.root / "local"

    @property
    def environ(self) -> dict[str, str]:
        return {**os.environ, "LAUNCH_HOME": str(self.root)}

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "cli", *arguments]
        return subprocess.run(
            command, cwd=self.project, env=self.environ, capture_output=True, text=True, timeout=TOO_LONG, check=False
        )

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "cli", *arguments]
        return subprocess.Popen(
            command, cwd=self.project, env=self.environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def well(self, *arguments: str) -> str:
        done = self.run(*arguments)
        assert done.returncode == 0, f"{arguments} exited {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    def shell(self, command: str) -> subprocess.CompletedProcess[str]:
        """Run a command in a shell that has read `./launch env`."""
        exports = self.well("env")
        return subprocess.run(
            ["sh", "-c", f"{exports}\n{command}"],
            cwd=self.project,
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=TOO_LONG,
            check=False,
        )

    def findings(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.home / "findings.jsonl").read_text().splitlines()]

    def processes(self) -> list[psutil.Process]:
        """Every living process that belongs to the stack: by its command line, its environment or its folder."""
        return [process for process in psutil.process_iter() if self._owns(process)]

    def _owns(self, process: psutil.Process) -> bool:
        root = str(self.root)
        try:
            named = any(root in part for part in process.cmdline())
            marked = process.environ().get("LAUNCH_STACK_HOME", "").startswith(root)
            return named or marked or process.cwd().startswith(root)
        except psutil.Error:
            return False


@pytest.fixture(scope="session")
def launch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launch]:
    """One stack for all tests of this room, brought up once; it is ended at the end of the session."""
    found = Launch(tmp_path_factory.mktemp("launch"))
    try:
        found.well("up")
        yield found
    finally:
        found.run("down")


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launch]:
    """A stack protected as in production, of a project of its own whose files a test may break and mend again."""
    root = tmp_path_factory.mktemp("workshop")
    found = Launch(root / "launch", root / "project")
    shutil.copytree(PROJECT, found.project, ignore=lambda folder, names: _left_out(names) if folder == WHOLE else [])
    (found.project / ".venv").symlink_to(PROJECT / ".venv")
    stack_file = found.project / "Pulumi.local.yaml"
    stack_file.write_text(stack_file.read_text().replace("protect: false", "protect: true"))
    try:
        found.well("up")
        yield found
    finally:
        found.run("down")


def _left_out(names: list[str]) -> list[str]:
    return [name for name in names if name.startswith(".") or name in ("docs", "tests")]


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Launch]:
    """A stack that was never up."""
    found = Launch(tmp_path / "launch")
    try:
        yield found
    finally:
        found.run("down")
