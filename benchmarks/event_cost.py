"""What an event costs in the services, which is what Cloud Run bills, beside a work tree of an earlier commit.

    .venv/bin/python -m benchmarks.event_cost OTHER [ROUNDS [RATE]]

OTHER is a work tree that is set up: `git worktree add ../before COMMIT`, one `./launch up` in it. Each tree brings up a
rehearsal of its own, below a folder that is thrown away, and the two play `prove load` for a minute in turn, the order
changing from round to round: RATE requests a second, three in ten repeated, until everything is at rest. Counted is the
processor time of all services for each event, from the moment at which the even rate begins. What the proof's users
sign up for and buy before is not counted: each tree's proof has its own crowd, and a later one buys twice as much. Nor
are the rehearsal's own servers. What an event is about still differs: a user with two customers and two subscriptions
at Stripe is more to look at than one with one of each. The proof's own verdict on how fast the door was does not count,
what was lost or doubled does. The median of the rounds' ratios counts. Exits 1 when the bound is broken.
"""

from __future__ import annotations

import ctypes
import re
import statistics
import sys
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psutil

from benchmarks.up_time import HERE, PORTS, SUBREAPER, Stack, standing

BOUND = 0.6  # of the other's processor time
ROUNDS, RATE = 3, 20
Instance = tuple[str, int]  # a service and the id of one of its processes
LOOK = 1.0  # seconds between two looks: an instance that has ended in between is counted up to the last
BEGINS = re.compile(rb"users pay; now .* requests a second")  # what the proof says when the even rate begins
KEPT = re.compile(r"(\d+) events kept; \d+ promises, 0 lost, 0 doubled, 0 events unsettled")


@contextmanager
def counted(home: Path) -> Iterator[dict[Instance, float]]:
    """Give the seconds of processor time of each process of the services that the block takes."""
    before, spent, done = _used(home), {}, threading.Event()

    def look() -> None:
        for instance, seconds in _used(home).items():
            spent[instance] = seconds - before.get(instance, 0.0)

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


def _used(home: Path) -> dict[Instance, float]:
    used = {}
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            environ = process.environ()
            if "ROLE" in environ and any(str(home) in each for each in environ.values()):
                times = process.cpu_times()
                used[environ["ROLE"], process.pid] = times.user + times.system
    return used


def milliseconds(stack: Stack, rate: int) -> dict[str, float]:
    """Play a minute of load and return what an event took in each service.

    Raises SystemExit when anything was lost or doubled.
    """
    with stack.launch("prove", "load", "--minutes", "1", "--rate", str(rate)) as process:
        assert process.stdout
        said = b""
        while not BEGINS.search(said) and (line := process.stdout.readline()):
            said += line
        with counted(stack.home) as spent:
            said += process.stdout.read()
    found = KEPT.search(said.decode())
    if not found:
        raise SystemExit(f"{stack.tree}: {said.decode()[-2000:]}")
    took: dict[str, float] = defaultdict(float)
    for (service, _), seconds in spent.items():
        took[service] += seconds / int(found[1]) * 1000
    return took


def _shown(took: Mapping[str, float]) -> str:
    dearest = sorted(took, key=lambda service: took[service], reverse=True)[:3]
    parts = ", ".join(f"{service} {took[service]:.1f}" for service in dearest)
    return f"{sum(took.values()):.1f} ms an event ({parts})"


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
            ratios.append(sum(found[HERE].values()) / sum(found[other].values()))
            print(f"here: {_shown(found[HERE])}; other: {_shown(found[other])}", flush=True)
    ratio = statistics.median(ratios)
    print(f"processor time of an event {ratio:.2f} of the other's, bound {BOUND}")
    return int(ratio > BOUND)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
