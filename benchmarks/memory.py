"""How much memory a rehearsal that is up takes, beside a work tree of an earlier commit (Linux only).

    .venv/bin/python -m benchmarks.memory OTHER [ROUNDS]

OTHER is a work tree that is set up: `git worktree add ../before COMMIT`, one `./launch up` in it. Each round brings up
a rehearsal of each tree, the order changing from round to round, and looks at it once it is at rest, when no fork
server is left: the sum of the proportional set sizes (PSS) of all its processes, in which what several share counts
once (https://docs.kernel.org/filesystems/proc.html, smaps_rollup). Both have the user's cache, but for the schemas of
the SDKs, as on a new machine: the first `up` reads them, which took 220 MiB for good. The median of the rounds' ratios
counts. Exits 1 when the bound is broken.
"""

from __future__ import annotations

import ctypes
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import platformdirs
import psutil

from benchmarks.up_time import HERE, PORTS, SUBREAPER, standing
from localcloud.run.forks import LINGER

BOUND = 0.5  # of the other's
ROUNDS = 5
REST = LINGER + 15.0  # seconds
SCHEMAS = "schemas"  # the folder of the cache that a new machine lacks, whatever else it has

Sizes = Mapping[str, float]  # MiB of each process


def sizes(home: Path) -> Sizes:
    """Return the size of each process of the rehearsal in `home`, by its id and what it is."""
    found = {}
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error, OSError):
            if any(str(home) in each for each in process.environ().values()):
                rollup = Path(f"/proc/{process.pid}/smaps_rollup").read_text()
                pss = next(line for line in rollup.splitlines() if line.startswith("Pss:"))
                found[f"{process.pid} {_name(process)}"] = int(pss.split()[1]) / 1024
    return found


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


def _shown(found: Sizes) -> str:
    largest = sorted(found, key=lambda name: found[name], reverse=True)[:3]
    parts = ", ".join(f"{name.partition(' ')[2]} {found[name]:.0f}" for name in largest)
    return f"{sum(found.values()):.0f} MiB in {len(found)} processes ({parts})"


def main(words: list[str]) -> int:
    """Play the rounds, print what they took, and return the exit code."""
    other, rounds = Path(words[0]).resolve(), int(words[1]) if words[1:] else ROUNDS
    ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)
    ratios = []
    for number in range(rounds):
        order = list(zip((HERE, other), PORTS, strict=True))
        found = {tree: taken(tree, ports) for tree, ports in order[:: 1 - 2 * (number % 2)]}
        ratios.append(sum(found[HERE].values()) / sum(found[other].values()))
        print(f"here: {_shown(found[HERE])}; other: {_shown(found[other])}", flush=True)
    seen = statistics.median(ratios)
    print(f"memory: {seen:.2f} of the other's, bound {BOUND}", flush=True)
    return int(seen > BOUND)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
