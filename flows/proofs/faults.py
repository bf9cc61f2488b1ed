"""Faults: the stand-ins fail in each way while many users act; afterwards everything has happened exactly once.

A run is one user's whole story: an account of their own, a signup and a request for help, told until they are
acknowledged, and in the end one contact, one ticket and one notification. All runs of a case share one spell of its
fault, which lasts until as many calls have met it as there are runs. The vendors fail in the same case, each by a fault
of its own, for none of them waits for another.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from flows.proofs.crowd import Crowd
from flows.proofs.oracle import DRAINED, Oracle, Tally
from flows.proofs.rehearsed import Rehearsed
from localcloud.faults import Fault, Faults, Kind

Targets = tuple[str, ...]

VENDORS = ("crm", "helpdesk", "mailer")
TOGETHER: tuple[Targets, ...] = (("firestore",), ("tasks",), VENDORS)
KINDS = (Kind.SLOW, Kind.RESET, Kind.TOO_MANY, Kind.INTERNAL, Kind.UNAVAILABLE, Kind.CUT, Kind.LATE)
CELLS = tuple(itertools.product(TOGETHER, KINDS))
# Whose calls fail, one after the other. With the door down from the beginning the services behind it would have nothing
# to do, and meet nothing. Our own looks at Firestore come as its owner, by the open port.
AT_VENDORS = (("POST",),)
AT_GOOGLE = (("serviceAccount:intake@",), ("serviceAccount:s",))  # and then sync-… and support-…
LONGEST = 300.0  # seconds of a spell: five calls at once that run into their time-out of 10 s make 200 for 100 runs
LOOK = 0.2  # seconds

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Case:
    """Stand-ins with one kind of fault: so many users acted meanwhile, so many calls met it, and what came of it."""

    kind: Kind
    runs: int
    met: Mapping[str, int]
    tally: Tally

    @property
    def is_well(self) -> bool:
        """Whether there was a call that met the fault for each run, and nothing was lost, doubled or late."""
        return min(self.met.values()) >= self.runs and self.tally.is_well and self.tally.seconds < DRAINED

    def __str__(self) -> str:
        met = ", ".join(f"{count} calls to {target}" for target, count in self.met.items())
        return f"{self.kind}: {self.runs} runs, met by {met}; {self.tally}"


@dataclass(frozen=True)
class Result:
    """All cases."""

    cases: Sequence[Case]

    @property
    def is_well(self) -> bool:
        """Whether there are cases and each is well."""
        return bool(self.cases) and all(case.is_well for case in self.cases)

    def __str__(self) -> str:
        bad = [str(case) for case in self.cases if not case.is_well]
        slowest = max((case.tally.seconds for case in self.cases), default=0.0)
        return (
            f"{'PASS' if self.is_well else 'FAIL'} faults: {sum(len(case.met) for case in self.cases)} faults of "
            f"{min((case.runs for case in self.cases), default=0)} runs each, "
            f"{sum(sum(case.met.values()) for case in self.cases)} calls met one; "
            f"{sum(len(case.tally.lost) for case in self.cases)} lost, "
            f"{sum(len(case.tally.doubled) for case in self.cases)} doubled, "
            f"drained within {slowest:.0f} s of healing" + "".join(f"\n  {line}" for line in bad)
        )


def prove(rehearsed: Rehearsed, runs: int, tell: Tell, cells: Sequence[tuple[Targets, Kind]] = CELLS) -> Result:
    """Play each stand-in with each fault for so many users."""
    absent = {"helpdesk"} if rehearsed.scene.stage.works_by_mail else set()
    there = [(tuple(each for each in targets if each not in absent), kind) for targets, kind in cells]
    return Result([_case(rehearsed, targets, kind, runs, tell) for targets, kind in there])


def _case(rehearsed: Rehearsed, targets: Targets, kind: Kind, runs: int, tell: Tell) -> Case:
    faults, oracle = Faults(rehearsed.world), Oracle(rehearsed.scene, rehearsed.world)
    crowd = Crowd(rehearsed.scene, f"{targets[0]}-{kind}", pays=False)
    with ThreadPoolExecutor(1 + len(targets)) as pool:
        ill = {target: pool.submit(_spells, faults, target, kind, runs) for target in targets}
        acting = pool.submit(crowd.all_at_once, range(runs))
        met = {target: spell.result() for target, spell in ill.items()}
        healed = time.monotonic()
        acting.result()
    case = Case(kind, runs, met, oracle.judge(crowd.members, since=healed))
    tell(str(case))
    return case


def _spells(faults: Faults, target: str, kind: Kind, runs: int) -> int:
    """Have the callers of a stand-in meet the fault, one kind after the other; return how many calls did."""
    callers = AT_VENDORS if target in VENDORS else AT_GOOGLE
    return sum(_spell(faults, Fault(target, kind, match), -(-runs // len(callers))) for match in callers)


def _spell(faults: Faults, fault: Fault, enough: int) -> int:
    number, end = faults.switch_on(fault), time.monotonic() + LONGEST
    try:
        while faults.met(number) < enough and time.monotonic() < end:
            time.sleep(LOOK)
        return faults.met(number)
    finally:
        faults.switch_off(number)
