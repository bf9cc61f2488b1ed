"""How long a preview takes against the number of resources: ten and twenty further domains, a hundred redirects.

Run from the project's folder: `.venv/bin/python -m benchmarks.scale`. It copies the project into a temporary folder,
starts a local cloud there, and previews the whole program with the real engine, three times for each size, the fastest
of which counts. Linear means that a resource of the larger program costs no more than one of the smaller; the bound
leaves room for noise.
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
SIZES = (0, 10, 20)  # further domains
REDIRECTS = 80  # and two more for each domain
TRIES = 3
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
            small, middle, large = (_measured(project, environ, size) for size in SIZES)
        finally:
            _run(project, environ, "down")
    before, after = _each(small, middle), _each(middle, large)
    for one in (small, middle, large):
        sys.stdout.write(f"{one.resources} resources: {one.seconds:.1f} s\n")
    sys.stdout.write(f"a further resource costs {before * 1000:.1f} ms, then {after * 1000:.1f} ms\n")
    sys.stdout.write(f"ratio {after / before:.2f} (bound {BOUND})\n")
    return 0 if after / before <= BOUND else 1


def _measured(project: Path, environ: dict[str, str], domains: int) -> Measured:
    _write(project / "Pulumi.local.yaml", domains)
    runs = [_preview(project, environ) for _ in range(TRIES)]
    return Measured(runs[0].resources, min(run.seconds for run in runs))


def _preview(project: Path, environ: dict[str, str]) -> Measured:
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
