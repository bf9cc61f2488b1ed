"""How long `./launch up` takes when nothing has changed, beside a work tree of an earlier commit.

    .venv/bin/python -m benchmarks.up_time OTHER [ROUNDS]

OTHER is a work tree that is set up: `git worktree add ../before COMMIT`, one `./launch up` in it. Each tree brings up a
rehearsal of its own, below a folder that is thrown away, and then the two repeat `up` in turn, the order changing from
round to round. Every round has to find every check passed. Wall time, and processor time of the command with all that
it starts, the rehearsal's own servers and services included (Linux only). The median of the rounds' ratios counts.
Exits 1 when the bound is broken.
"""

from __future__ import annotations

import ctypes
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

HERE = Path(__file__).parents[1]
BOUND = 0.6  # of the other's wall time
ROUNDS = 5
SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER of prctl(2): orphans among our descendants become our children
PORTS = ("21000-21299", "21300-21599")
CHECKS = re.compile(r"(\d+) checks: (\d+) passed")


@dataclass(frozen=True)
class Run:
    """One `up`: how many checks passed, seconds on the clock, to the first byte, and of processor time."""

    passed: int
    wall: float
    first: float
    cpu: float

    def __str__(self) -> str:
        return f"{self.wall:.1f} s, first byte after {self.first:.2f} s, {self.cpu:.1f} s of processor time"


@dataclass(frozen=True)
class Stack:
    """A rehearsal of the program in `tree`, whose files lie in `home` and whose servers listen on `ports`."""

    tree: Path
    home: Path
    ports: str

    def launch(self, *words: str) -> subprocess.Popen[bytes]:
        """Start a command of the work tree."""
        environ = {**os.environ, "LAUNCH_HOME": str(self.home), "LAUNCH_PORTS": self.ports}
        return subprocess.Popen(
            [self.tree / ".venv" / "bin" / "python", "-m", "cli", *words],
            cwd=self.tree,
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def up(self) -> Run:
        """Bring the stack up, or play it once more; raises SystemExit unless every check passed."""
        spent, began = processor_time(), time.monotonic()
        with self.launch("up") as process:
            assert process.stdout
            said = process.stdout.read(1)
            first = time.monotonic() - began
            said += process.stdout.read()
        wall = time.monotonic() - began
        text = said.decode()
        found = CHECKS.search(text)
        if process.returncode or not found or found[1] != found[2]:
            raise SystemExit(f"{self.tree}: exit {process.returncode}\n{text[-3000:]}")
        return Run(int(found[2]), wall, first, processor_time() - spent)


def processor_time() -> float:
    """Return the seconds of processor time of all processes that ever descended from this one."""
    with suppress(ChildProcessError):  # those that the kernel handed to us, until there is none that has ended
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    mine = os.times()
    total = mine.children_user + mine.children_system
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            used = process.cpu_times()
            total += used.user + used.system + used.children_user + used.children_system
    return total


@contextmanager
def standing(tree: Path, ports: str) -> Iterator[Stack]:
    """Give a stack of a work tree that is up, and end it after the block."""
    with tempfile.TemporaryDirectory(prefix="up-") as folder:
        stack = Stack(tree, Path(folder), ports)
        try:
            stack.up()
            stack.up()  # the first run without a change still starts what the first run has not
            yield stack
        finally:
            stack.launch("down").communicate()


def main(words: list[str]) -> int:
    """Play the rounds, print the ratios, and return the exit code."""
    other, rounds = Path(words[0]).resolve(), int(words[1]) if words[1:] else ROUNDS
    ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)
    pairs: list[tuple[Run, Run]] = []
    with ExitStack() as kept:
        ours, theirs = (kept.enter_context(standing(*each)) for each in zip((HERE, other), PORTS, strict=True))
        for number in range(rounds):
            order = (ours, theirs) if number % 2 else (theirs, ours)
            found = {stack.tree: stack.up() for stack in order}
            pairs.append((found[HERE], found[other]))
            print(f"here: {found[HERE]}; other: {found[other]}", flush=True)
    wall = statistics.median(mine.wall / their.wall for mine, their in pairs)
    cpu = statistics.median(mine.cpu / their.cpu for mine, their in pairs)
    first = statistics.median(mine.first for mine, _ in pairs)
    checks = f"{pairs[0][0].passed} checks here, {pairs[0][1].passed} there"
    print(f"wall time {wall:.2f} of the other's, bound {BOUND}; processor time {cpu:.2f}; first byte {first:.2f} s")
    print(checks)
    return int(wall > BOUND)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
