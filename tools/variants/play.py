"""Plays a variant as its founder would: a copy of the project, `./launch up`, and a look at what still changes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from blueprint.spec import CONFIG_KEY
from tools.variants.table import Variant, rewritten

LOCAL = "local"
STACK_FILE = f"Pulumi.{LOCAL}.yaml"
LONGEST = 1_500  # seconds after which a command counts as stuck
TOLD = re.compile(r"checks:|\bchanges?\b|^✗")  # what a line holds that tells how a command ended
UP = ("up", "--weather", "rough")
SETTLED = ("preview", "--refresh", "--expect-no-changes")
DRIFT = ("preview", "--as", "ci-preview", *SETTLED[1:])
DEPLOY = ("up", "--as", "ci-deploy")
CHANGED = Path("handlers", "words.py")  # a source of the image, which a deployment changes


@dataclass(frozen=True)
class Ran:
    """One command: how it ended, what it said, and how many seconds it took."""

    command: Sequence[str]
    code: int
    said: str
    seconds: float

    @property
    def last(self) -> str:
        """The line that tells how it ended."""
        lines = [line.strip() for line in self.said.splitlines() if line.strip()]
        told = [line for line in lines if TOLD.search(line)]
        return (told or lines or [""])[-1]


@dataclass(frozen=True)
class Workbench:
    """A copy of the project with a variant's spec, and a home of its own for its stack."""

    folder: Path
    runs: list[Ran] = field(default_factory=list)
    environ: Mapping[str, str] = field(default_factory=dict)

    @property
    def has_delivery(self) -> bool:
        """Whether the variant is deployed by a CI."""
        content = yaml.safe_load((self.folder / "project" / STACK_FILE).read_text(encoding="utf-8"))
        return content["config"][CONFIG_KEY].get("delivery") is not None

    def run(self, *command: str) -> Ran:
        """Run `./launch` with these arguments and return how it went; raises subprocess.TimeoutExpired."""
        began = time.monotonic()
        done = self.shell(sys.executable, "-m", "cli", *command)
        ran = Ran(command, done.returncode, done.stdout + done.stderr, time.monotonic() - began)
        self.runs.append(ran)
        return ran

    def shell(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run any command in the copy, for its stack; raises subprocess.TimeoutExpired."""
        return subprocess.run(
            words,
            cwd=self.folder / "project",
            env={**os.environ, "LAUNCH_HOME": str(self.folder / "home"), **self.environ},
            capture_output=True,
            text=True,
            timeout=LONGEST,
            check=False,
        )


@contextmanager
def workbench(variant: Variant, project: Path, folder: Path) -> Iterator[Workbench]:
    """Have a copy of `project` with the variant's spec in an empty `folder` while the block runs."""
    with copied(project, folder) as bench:
        (folder / "project" / STACK_FILE).write_text(rewritten(project / STACK_FILE, variant))
        yield bench


@contextmanager
def copied(project: Path, folder: Path, stack: str = LOCAL, **environ: str) -> Iterator[Workbench]:
    """Have a copy of `project` in an empty `folder` while the block runs, with more in its commands' environment."""
    copy, whole = folder / "project", str(project)
    shutil.copytree(project, copy, ignore=lambda each, names: _left_out(names) if each == whole else [])
    (copy / ".venv").symlink_to((project / ".venv").resolve())
    bench = Workbench(folder, environ=environ)
    try:
        yield bench
    finally:
        bench.run("down", "--stack", stack)


def play(bench: Workbench) -> bool:
    """Bring the variant up in rough weather, in one run, and tell whether nothing changes after it, even refreshed."""
    return all(bench.run(*command).code == 0 for command in (UP, SETTLED))


def delivered(bench: Workbench) -> bool:
    """Look by night and deploy another image, as the accounts of a CI, and tell whether both went well."""
    if bench.run(*DRIFT).code:
        return False
    with (bench.folder / "project" / CHANGED).open("a") as source:
        source.write("\n# another image\n")
    return bench.run(*DEPLOY).code == 0


def _left_out(names: Sequence[str]) -> list[str]:
    return [name for name in names if name.startswith(".") or name == "tests"]
