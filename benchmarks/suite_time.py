"""How long `./launch test` takes in this work tree, beside another one of the same project.

    .venv/bin/python -m benchmarks.suite_time OTHER [ROUNDS] [-- PYTEST ARGUMENTS]

OTHER is a work tree that is set up: `git worktree add ../before COMMIT`, one `./launch test -- --collect-only` in it.
The two run in turn, the order changing from round to round, and the median of the rounds' ratios counts. Processor
time counts every process that a run leaves behind too, which the kernel hands to this one when its parent ends (Linux
only). A run that fails ends the benchmark. Exits 1 when the bound is broken, or when fewer tests passed here.
"""

from __future__ import annotations

import ctypes
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

HERE = Path(__file__).parents[1]
BOUND = 0.5  # of the other's wall time
ROUNDS = 5
SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER of prctl(2): orphans among our descendants become our children
LOOK = 0.2  # seconds between two looks at who has ended
PASSED = re.compile(r"(\d+) passed")


@dataclass(frozen=True)
class Run:
    """One run of a suite: tests that passed, seconds on the clock and of processor time."""

    passed: int
    wall: float
    cpu: float

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.wall:.0f} s, {self.cpu:.0f} s of processor time"


def used() -> float:
    """Return the seconds of processor time of all children that have ended and were waited for."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def play(tree: Path, arguments: list[str]) -> Run:
    """Run the suite of a work tree; raises SystemExit when a test failed."""
    before, began = used(), time.monotonic()
    with tempfile.TemporaryFile("w+") as said:
        suite = subprocess.Popen([tree / "launch", "test", "--", *arguments], cwd=tree, stdout=said, stderr=said)
        while suite.poll() is None:
            time.sleep(LOOK)
            wait_for_orphans(suite.pid)
        wall = time.monotonic() - began
        said.seek(0)
        told = said.read()
    found = PASSED.search(told)
    if suite.returncode or not found:
        raise SystemExit(f"{tree}: exit {suite.returncode}\n{told[-6000:]}")
    with suppress(ChildProcessError):  # until there is none left
        while os.waitpid(-1, 0):
            pass
    return Run(int(found[1]), wall, used() - before)


def wait_for_orphans(suite: int) -> None:
    """Wait for whoever was handed to us and has ended: while nobody does, tests see a process that is still there."""
    for child in psutil.Process().children():
        with suppress(psutil.NoSuchProcess, ChildProcessError):
            if child.pid != suite and child.status() == psutil.STATUS_ZOMBIE:
                os.waitpid(child.pid, 0)


def rounds(other: Path, count: int, arguments: list[str]) -> list[tuple[Run, Run]]:
    """Run both suites in turn; return this tree's run and the other's for each round."""
    pairs = []
    for number in range(count):
        order = (HERE, other) if number % 2 else (other, HERE)
        found = {tree: play(tree, arguments) for tree in order}
        pairs.append((found[HERE], found[other]))
        print(f"here: {found[HERE]}; other: {found[other]}", flush=True)
    return pairs


def main(words: list[str]) -> int:
    """Play the rounds, print the ratios, and return the exit code."""
    split = words.index("--") if "--" in words else len(words)
    (other, *count), arguments = words[:split], words[split + 1 :]
    ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)
    pairs = rounds(Path(other).resolve(), int(count[0]) if count else ROUNDS, arguments)
    wall = statistics.median(mine.wall / theirs.wall for mine, theirs in pairs)
    cpu = statistics.median(mine.cpu / theirs.cpu for mine, theirs in pairs)
    fewer = any(mine.passed < theirs.passed for mine, theirs in pairs)
    print(f"wall time {wall:.2f} of the other's, bound {BOUND}; processor time {cpu:.2f}; fewer tests: {fewer}")
    return int(wall > BOUND or fewer)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
