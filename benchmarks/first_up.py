"""How long the first `./launch up` takes in a new clone on a machine that has nothing yet, beside an earlier commit.

    .venv/bin/python -m benchmarks.first_up COMMIT [ROUNDS]

Each round clones what is committed here, and COMMIT, into folders that are thrown away, with a home, pip's cache and
Go's caches that are empty, and brings the rehearsal up. The two take turns, the order changing from round to round.
Libraries and sources come over the network, and the engine from Pulumi or, where that cannot be reached, from Go: the
line says which. Every round has to find every check passed. The median of the rounds' ratios counts. Exits 1 when the
bound is broken.
"""

from __future__ import annotations

import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

HERE = Path(__file__).parents[1]
BOUND = 0.7  # of the other's wall time
ROUNDS = 5
PORTS = "21000-21299"
CHECKS = re.compile(r"(\d+) checks: (\d+) passed")


def empty(folder: Path) -> dict[str, str]:
    """Return the environment of somebody who has just got this machine; what would be cached lies in `folder`."""
    names = {"HOME": "home", "XDG_CACHE_HOME": "cache", "GOPATH": "go", "GOMODCACHE": "go/mod", "GOCACHE": "go/built"}
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("LAUNCH_", "PIP_CACHE", "PYTHON"))
    }
    return {**kept, **{name: str(folder / place) for name, place in names.items()}, "LAUNCH_PORTS": PORTS}


def first_up(commit: str) -> float:
    """Clone `commit` and bring it up; return the seconds, raises SystemExit unless every check passed."""
    folder = Path(tempfile.mkdtemp(prefix="first-up-"))
    try:
        clone, environ = folder / "project", empty(folder)
        (folder / "home").mkdir()
        subprocess.run(["git", "clone", "-q", HERE, clone], check=True)
        subprocess.run(["git", "checkout", "-q", commit], cwd=clone, check=True)
        began = time.monotonic()
        done = launch(clone, environ, "up")
        wall = time.monotonic() - began
        found = CHECKS.search(done.stdout)
        if done.returncode or not found or found[1] != found[2]:
            raise SystemExit(f"{commit}: exit {done.returncode}\n{done.stdout[-3000:]}")
        launch(clone, environ, "down")
        how = "with an engine built by Go" if "Building the Pulumi engine" in done.stdout else "with Pulumi's engine"
        print(f"{commit[:12]}: {wall:.0f} s {how}, {found[0]}", flush=True)
        return wall
    finally:
        remove(folder)


def launch(clone: Path, environ: Mapping[str, str], command: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the clone."""
    return subprocess.run(
        [clone / "launch", command],
        cwd=clone,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def remove(folder: Path) -> None:
    """Remove a folder with Go's module cache in it, whose files nobody may write."""
    for place, _, _ in os.walk(folder):
        Path(place).chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)


def main(words: list[str]) -> int:
    """Play the rounds, print the ratio, and return the exit code."""
    other, rounds = words[0], int(words[1]) if words[1:] else ROUNDS
    here = subprocess.run(["git", "rev-parse", "HEAD"], cwd=HERE, capture_output=True, text=True, check=True)
    mine = here.stdout.strip()
    ratios = []
    for number in range(rounds):
        order = (mine, other) if number % 2 else (other, mine)
        taken = {commit: first_up(commit) for commit in order}
        ratios.append(taken[mine] / taken[other])
    ratio = statistics.median(ratios)
    print(f"wall time {ratio:.2f} of the other's, bound {BOUND}")
    return int(ratio > BOUND)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
