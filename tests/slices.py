"""Ports of its own for each worker of a run: two that start servers at once would choose the same one now and then.

Whoever shares the tests out gives each worker a slice, and that of one that crashed to the one that takes its place:
xdist numbers that one on, so its number is not among those that the run began with.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

import pytest
from xdist.workermanage import WorkerController

from localcloud.base import ports

INPUT = "slice"  # of what a worker is given by the process that shares the tests out: the number of its slice
_held: dict[str, int] = {}  # by worker, in that process


def pytest_configure_node(node: WorkerController) -> None:
    """Give a worker, before it starts, a slice that no living one holds."""
    free = set(range(node.workerinput["workercount"])) - set(_held.values())
    node.workerinput[INPUT] = _held[node.gateway.id] = min(free)


def pytest_testnodedown(node: WorkerController) -> None:
    """Take a worker's slice back when it has ended; xdist says so before it starts another in its place."""
    _held.pop(node.gateway.id, None)


def pytest_configure(config: pytest.Config) -> None:
    """Narrow the choice of ports, in a worker, to its slice."""
    given = getattr(config, "workerinput", None)
    if given:
        choice = ports.choices(os.environ.get(ports.VARIABLE, ports.CHOICE))
        own = part(choice, given[INPUT], given["workercount"])
        os.environ[ports.VARIABLE] = f"{own[0]}-{own[-1]}"


def part(choice: Sequence[int], number: int, count: int) -> Sequence[int]:
    """Return the part of that number, from 0 on, of a choice that is cut into `count` equal ones."""
    size = len(choice) // count
    return choice[number * size : (number + 1) * size]
