"""What an event costs in the services, which is what Cloud Run bills, beside a work tree of an earlier commit.

    .venv/bin/python -m benchmarks.event_cost OTHER [ROUNDS [RATE]]

OTHER is a work tree that is set up: `git worktree add ../before COMMIT`, one `./launch up` in it. Each tree brings up a
rehearsal of its own, below a folder that is thrown away, and the two play `prove load` for a minute in turn, the order
changing from round to round: RATE requests a second, three in ten repeated, until everything is at rest. Counted is the
processor time of all services, until then, for each event. The proof's own verdict on how fast the door was does not
count, what was lost or doubled does. The median of the rounds' ratios counts. Exits 1 when the bound is broken.
"""

from __future__ import annotations

import ctypes
import re
import statistics
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psutil

from benchmarks.up_time import HERE, PORTS, SUBREAPER, Stack, standing

BOUND = 0.6  # of the other's processor time
ROUNDS, RATE = 3, 20
LOOK = 1.0  # seconds between two looks: an instance that has ended in between is counted up to the last
KEPT = re.compile(r"(\d+) events kept; \d+ promises, 0 lost, 0 doubled, 0 events unsettled")


@contextmanager
def counted(home: Path) -> Iterator[dict[int, float]]:
    """Give the seconds of processor time of each process of the services, by its id, that the block takes."""
    before, spent, done = _used(home), {}, threading.Event()

    def look() -> None:
        for pid, seconds in _used(home).items():
            spent[pid] = seconds - before.get(pid, 0.0)

    def watch() -> None:
        while not done.wait(LOOK):
            look()

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield spent
    finally:
        done.set()
        watcher.join()
        look()


def _used(home: Path) -> dict[int, float]:
    used = {}
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            if "handlers.app:app" in process.cmdline() and any(
                str(home) in each for each in process.environ().values()
            ):
                times = process.cpu_times()
                used[process.pid] = times.user + times.system
    return used


def milliseconds(stack: Stack, rate: int) -> float:
    """Play a minute of load and return what an event took; raises SystemExit when anything was lost or doubled."""
    with counted(stack.home) as spent:
        said = stack.launch("prove", "load", "--minutes", "1", "--rate", str(rate)).communicate()[0].decode()
    found = KEPT.search(said)
    if not found:
        raise SystemExit(f"{stack.tree}: {said[-2000:]}")
    return sum(spent.values()) / int(found[1]) * 1000


def main(words: list[str]) -> int:
    """Play the rounds, print the ratio, and return the exit code."""
    other = Path(words[0]).resolve()
    rounds = int(words[1]) if words[1:] else ROUNDS
    rate = int(words[2]) if words[2:] else RATE
    ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)
    ratios = []
    with ExitStack() as kept:
        ours, theirs = (kept.enter_context(standing(*each)) for each in zip((HERE, other), PORTS, strict=True))
        for number in range(rounds):
            order = (ours, theirs) if number % 2 else (theirs, ours)
            found = {stack.tree: milliseconds(stack, rate) for stack in order}
            ratios.append(found[HERE] / found[other])
            print(f"here: {found[HERE]:.1f} ms an event; other: {found[other]:.1f} ms", flush=True)
    ratio = statistics.median(ratios)
    print(f"processor time of an event {ratio:.2f} of the other's, bound {BOUND}")
    return int(ratio > BOUND)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
