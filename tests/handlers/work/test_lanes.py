"""Work about one thing is done one after the other, and about others at once."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from handlers.work.lanes import Lanes

MANY = 12


def met(lanes, things, longest=20.0):
    """Have somebody at work on each thing, all at once; return how many were at work at most."""
    lock, inside, most = threading.Lock(), [0], [0]

    def work(thing):
        with lanes.alone(thing, longest):
            with lock:
                inside[0] += 1
                most[0] = max(most[0], inside[0])
            time.sleep(0.02)
            with lock:
                inside[0] -= 1

    with ThreadPoolExecutor(MANY) as pool:
        list(pool.map(work, things))
    return most[0]


def test_on_one_thing_there_is_one_at_a_time():
    assert met(Lanes(), ["cus_1"] * MANY) == 1


def test_on_different_things_all_are_at_work():
    assert met(Lanes(), [f"cus_{number}" for number in range(MANY)]) > 1


def test_nothing_is_no_thing_to_wait_for():
    assert met(Lanes(), [""] * MANY) > 1


def test_nobody_waits_for_ever():
    lanes = Lanes()
    with lanes.alone("cus_1"), lanes.alone("cus_1", 0.01):
        pass  # the second had no turn, and works all the same
    assert met(lanes, ["cus_1"] * 2) == 1


def test_a_lane_is_free_again_after_a_failure_and_no_longer_kept():
    lanes = Lanes()
    for _ in range(2):
        with suppress(LookupError), lanes.alone("cus_1", 0.01):
            raise LookupError
    assert not lanes._all
