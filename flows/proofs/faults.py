"""Faults: each stand-in fails in each way while many users act; once it is healed, everything comes to be, once."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from flows.proofs.crowd import Crowd
from flows.proofs.oracle import Oracle, Tally
from flows.proofs.rehearsed import Rehearsed
from localcloud.faults import Fault, Faults, Kind

TARGETS = ("firestore", "tasks", "crm", "helpdesk", "mailer")
KINDS = (Kind.SLOW, Kind.RESET, Kind.TOO_MANY, Kind.INTERNAL, Kind.UNAVAILABLE, Kind.CUT, Kind.LATE)
CELLS = tuple(itertools.product(TARGETS, KINDS))
# Only what the services call: our own looks at Firestore come as its owner, by the open port.
MATCH = {"firestore": ("serviceAccount:",), "tasks": ("serviceAccount:",)}
MET = 30.0  # seconds until the fault is met
ILL = 8.0  # seconds that it stays on afterwards

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Case:
    """One stand-in with one fault: so many users acted meanwhile, so many calls met it, and what came of it."""

    target: str
    kind: Kind
    runs: int
    met: int
    tally: Tally

    @property
    def is_well(self) -> bool:
        """Whether the fault was met and nothing was lost or doubled."""
        return self.met > 0 and self.tally.is_well

    def __str__(self) -> str:
        return f"{self.target} {self.kind}: {self.runs} runs, {self.met} calls met it; {self.tally}"


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
            f"{'PASS' if self.is_well else 'FAIL'} faults: {len(self.cases)} faults, "
            f"{sum(case.runs for case in self.cases)} runs, {sum(case.met for case in self.cases)} calls met one; "
            f"{sum(len(case.tally.lost) for case in self.cases)} lost, "
            f"{sum(len(case.tally.doubled) for case in self.cases)} doubled, "
            f"drained within {slowest:.0f} s of healing" + "".join(f"\n  {line}" for line in bad)
        )


def prove(rehearsed: Rehearsed, runs: int, tell: Tell, cells: Sequence[tuple[str, Kind]] = CELLS) -> Result:
    """Play each stand-in with each fault for so many users."""
    return Result([_case(rehearsed, target, kind, runs, tell) for target, kind in cells])


def _case(rehearsed: Rehearsed, target: str, kind: Kind, runs: int, tell: Tell) -> Case:
    faults, oracle = Faults(rehearsed.world), Oracle(rehearsed.scene, rehearsed.world)
    crowd = Crowd(rehearsed.scene, f"{target}-{kind}", pays=False)
    number = faults.switch_on(Fault(target, kind, MATCH.get(target, ("POST",)), seconds=600))
    with ThreadPoolExecutor(1) as pool:
        acting = pool.submit(crowd.all_at_once, range(runs))
        try:
            met = _ill(faults, number)
        finally:
            faults.switch_off(number)
        acting.result()
    case = Case(target, kind, runs, met, oracle.judge(crowd.members))
    tell(str(case))
    return case


def _ill(faults: Faults, number: int) -> int:
    """Wait until the fault was met, and a while longer; return how many calls it befell."""
    end = time.monotonic() + MET
    while not faults.met(number) and time.monotonic() < end:
        time.sleep(0.1)
    time.sleep(ILL)
    return faults.met(number)
