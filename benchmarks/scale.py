"""How long a preview takes against the number of resources: twenty and forty further domains, a hundred redirects.

Run from the project's folder: `.venv/bin/python -m benchmarks.scale`. It copies the project into a temporary folder,
starts a local cloud there, and previews the whole program with the real engine, each size in turn, five times after a
first one that warms up; the fastest of a size counts. Linear means that a resource of the larger program costs no more
than one of the smaller; the bound leaves room for noise.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

PROJECT = Path(__file__).parents[1]
LEFT_OUT = ("docs", "tests", "benchmarks", "clients")
SIZES = (0, 20, 40)  # further domains
REDIRECTS = 100  # and two more for each domain
TRIES = 5
BOUND = 1.3


@dataclass(frozen=True)
class Measured:
    """One size of the program: how many resources it has, and the seconds of its fastest preview."""

    resources: int
    seconds: float


def main() -> int:
    """Print what was measured; return 0 when the ratio keeps to the bound."""
    with tempfile.TemporaryDirectory(prefix="scale-") as folder:
        project = Path(folder) / "project"
        shutil.copytree(PROJECT, project, ignore=lambda _, names: [name for name in names if _is_left_out(name)])
        (project / ".venv").symlink_to(PROJECT / ".venv")
        environ = {**os.environ, "LAUNCH_HOME": f"{folder}/home"}
        try:
            _preview(project, environ, SIZES[-1])
            rounds = [[_preview(project, environ, size) for size in SIZES] for _ in range(TRIES)]
        finally:
            _run(project, environ, "down")
    small, middle, large = (min(runs, key=lambda run: run.seconds) for runs in zip(*rounds, strict=True))
    before, after = _each(small, middle), _each(middle, large)
    for one in (small, middle, large):
        sys.stdout.write(f"{one.resources} resources: {one.seconds:.2f} s\n")
    sys.stdout.write(f"a further resource costs {before * 1000:.1f} ms, then {after * 1000:.1f} ms\n")
    sys.stdout.write(f"ratio {after / before:.2f} (bound {BOUND})\n")
    return 0 if after / before <= BOUND else 1


def _preview(project: Path, environ: dict[str, str], domains: int) -> Measured:
    _write(project / "Pulumi.local.yaml", domains)
    began = time.perf_counter()
    done = _run(project, environ, "preview", "--json")
    seconds = time.perf_counter() - began
    if done.returncode != 0:
        raise SystemExit(done.stdout + done.stderr)
    summary = json.loads(done.stdout.splitlines()[-1])
    return Measured(sum(summary["changes"].values()), seconds)


def _run(project: Path, environ: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cli", *arguments]
    return subprocess.run(command, cwd=project, env=environ, capture_output=True, text=True, check=False)


def _write(stack_file: Path, domains: int) -> None:
    content: dict[str, Any] = yaml.safe_load(stack_file.read_text())
    spec = content["config"]["launch:spec"]
    spec["other_domains"] = [f"acme{number}.example" for number in range(domains)]
    spec["redirects"] = [{"source": f"r{n}.acme.test", "target": "https://acme.test"} for n in range(REDIRECTS)]
    stack_file.write_text(yaml.safe_dump(content, sort_keys=False))


def _each(smaller: Measured, larger: Measured) -> float:
    return (larger.seconds - smaller.seconds) / (larger.resources - smaller.resources)


def _is_left_out(name: str) -> bool:
    return name.startswith(".") or name in LEFT_OUT


if __name__ == "__main__":
    sys.exit(main())
