"""How much memory a rehearsal that is up takes, beside a work tree of an earlier commit (Linux only).

    .venv/bin/python -m benchmarks.memory OTHER [ROUNDS]

OTHER is a work tree that is set up: `git worktree add ../before COMMIT`, one `./launch up` in it. Each round brings up
a rehearsal of each tree, the order changing from round to round, and looks at it once it is at rest: the sum of the
proportional set sizes (PSS) of all its processes, in which what several share counts once
(https://docs.kernel.org/filesystems/proc.html, smaps_rollup). It is taken twice: with the user's cache as it is, and
with one that holds no schemas, as on a new machine. The medians of the rounds' ratios count. Exits 1 when the bound is
broken in either.
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

BOUND = 0.5  # of the other's
ROUNDS = 5
REST = 10.0  # seconds
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
def cache(*, without_schemas: bool) -> Iterator[None]:
    """Have what starts in the block use the user's cache, or one that shares all with it but for the schemas."""
    if not without_schemas:
        yield
        return
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


def taken(tree: Path, ports: str, *, without_schemas: bool) -> Sizes:
    """Bring up a rehearsal of the tree, and return what its processes take."""
    with cache(without_schemas=without_schemas), standing(tree, ports) as stack:
        time.sleep(REST)
        return sizes(stack.home)


def _shown(found: Sizes) -> str:
    largest = sorted(found, key=lambda name: found[name], reverse=True)[:3]
    parts = ", ".join(f"{name.partition(' ')[2]} {found[name]:.0f}" for name in largest)
    return f"{sum(found.values()):.0f} MiB in {len(found)} processes ({parts})"


def ratio(other: Path, rounds: int, *, without_schemas: bool) -> float:
    """Play the rounds and return the median of their ratios."""
    ratios = []
    for number in range(rounds):
        order = list(zip((HERE, other), PORTS, strict=True))
        found = {
            tree: taken(tree, ports, without_schemas=without_schemas) for tree, ports in order[:: 1 - 2 * (number % 2)]
        }
        ratios.append(sum(found[HERE].values()) / sum(found[other].values()))
        print(f"here: {_shown(found[HERE])}; other: {_shown(found[other])}", flush=True)
    return statistics.median(ratios)


def main(words: list[str]) -> int:
    """Play the rounds, print the ratios, and return the exit code."""
    other, rounds = Path(words[0]).resolve(), int(words[1]) if words[1:] else ROUNDS
    ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)
    broken = False
    for without_schemas, cached in ((False, "the user's cache"), (True, "no schemas in the cache")):
        seen = ratio(other, rounds, without_schemas=without_schemas)
        print(f"memory, {cached}: {seen:.2f} of the other's, bound {BOUND}", flush=True)
        broken = broken or seen > BOUND
    return int(broken)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
