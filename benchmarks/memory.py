"""How much memory a rehearsal that is up takes, beside a work tree of an earlier commit (Linux only).

    .venv/bin/python -m benchmarks.memory OTHER [ROUNDS]

OTHER is a work tree that is set up: `git worktree add ../before COMMIT`, one `./launch up` in it. Each round brings up
a rehearsal of each tree, the order changing from round to round, and looks at it once it is at rest, when no fork
server is left: the sum of the proportional set sizes (PSS) of all its processes, in which what several share counts
once (https://docs.kernel.org/filesystems/proc.html, smaps_rollup). Both have the user's cache, but for the schemas of
the SDKs, as on a new machine: the first `up` reads them, which took 220 MiB for good. The median of the rounds' ratios
counts. All services have to run, each since it was deployed: it stops when one has ended meanwhile, as the local Cloud
Run ends what nobody asks for long. Exits 1 when the bound is broken.
"""

from __future__ import annotations

import ctypes
import os
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import platformdirs
import psutil

from benchmarks.up_time import HERE, PORTS, SUBREAPER, standing
from localcloud.run.forks import LINGER

BOUND = 0.5  # of the other's
ROUNDS = 5
REST = LINGER + 15.0  # seconds
SCHEMAS = "schemas"  # the folder of the cache that a new machine lacks, whatever else it has

DEPLOYED = "SELECT count(*) FROM resources WHERE type = 'gcp:cloudrunv2/service:Service'"  # in a rehearsal's world


@dataclass(frozen=True)
class Sizes:
    """MiB of each process, by its id and what it is; how many services are deployed, and how many of them run."""

    mib: Mapping[str, float]
    running: int
    deployed: int

    @property
    def total(self) -> float:
        """MiB of all processes."""
        return sum(self.mib.values())

    def __str__(self) -> str:
        largest = sorted(self.mib, key=lambda name: self.mib[name], reverse=True)[:3]
        parts = ", ".join(f"{name.partition(' ')[2]} {self.mib[name]:.0f}" for name in largest)
        services = f"{self.running} of {self.deployed} services"
        return f"{self.total:.0f} MiB in {len(self.mib)} processes, {services} ({parts})"


def sizes(home: Path) -> Sizes:
    """Return the size of each process of the rehearsal in `home`; raises SystemExit unless all services run."""
    found, services = {}, set()
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error, OSError):
            environ = process.environ()
            if any(str(home) in each for each in environ.values()):
                rollup = Path(f"/proc/{process.pid}/smaps_rollup").read_text()
                pss = next(line for line in rollup.splitlines() if line.startswith("Pss:"))
                found[f"{process.pid} {_name(process)}"] = int(pss.split()[1]) / 1024
                services.add(environ.get("K_SERVICE"))
    with closing(sqlite3.connect(home / "local" / "world.db")) as world:
        seen = Sizes(found, len(services - {None}), world.execute(DEPLOYED).fetchone()[0])
    if seen.running != seen.deployed:
        raise SystemExit(f"Not all services run, so the sum says little: {seen}")
    return seen


def _name(process: psutil.Process) -> str:
    server = next((word for word in process.cmdline() if word.startswith("localcloud.")), "")
    return server.removeprefix("localcloud.") or process.environ().get("ROLE") or process.name()


@contextmanager
def no_schemas() -> Iterator[None]:
    """Have what starts in the block use a cache that shares all with the user's but for the schemas."""
    known = platformdirs.user_cache_path("launch-ready")
    before = os.environ.get("XDG_CACHE_HOME")
    with tempfile.TemporaryDirectory(prefix="cache-") as folder:
        new = Path(folder) / "launch-ready"
        new.mkdir()
        for each in known.iterdir():
            if each.name != SCHEMAS:
                (new / each.name).symlink_to(each)
        os.environ["XDG_CACHE_HOME"] = folder
        try:
            yield
        finally:
            del os.environ["XDG_CACHE_HOME"]
            if before is not None:
                os.environ["XDG_CACHE_HOME"] = before


def taken(tree: Path, ports: str) -> Sizes:
    """Bring up a rehearsal of the tree, and return what its processes take."""
    with no_schemas(), standing(tree, ports) as stack:
        time.sleep(REST)
        return sizes(stack.home)


def main(words: list[str]) -> int:
    """Play the rounds, print what they took, and return the exit code."""
    other, rounds = Path(words[0]).resolve(), int(words[1]) if words[1:] else ROUNDS
    ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)
    ratios = []
    for number in range(rounds):
        order = list(zip((HERE, other), PORTS, strict=True))
        found = {tree: taken(tree, ports) for tree, ports in order[:: 1 - 2 * (number % 2)]}
        ratios.append(found[HERE].total / found[other].total)
        print(f"here: {found[HERE]}; other: {found[other]}", flush=True)
    seen = statistics.median(ratios)
    print(f"memory: {seen:.2f} of the other's, bound {BOUND}", flush=True)
    return int(seen > BOUND)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
