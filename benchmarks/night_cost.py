"""What a night costs at 100,000 users, 300,000 intents and 30,000 customers, 5 % changed, beside an earlier build.

    .venv/bin/python -m benchmarks.night_cost EARLIER

EARLIER is a work tree of the project from before rounds had a place: `git worktree add ../before 8df1792`. Both look at
the same launch, which is made up as it is asked for and answers at once; what is counted are document reads and calls
to vendors, and the time they would take at 10 ms a document and 150 ms a call. The night of a million users follows.
"""

from __future__ import annotations

import io
import json
import os
import resource
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

USERS = 100_000
READS, CALLS, SHARE = 1 / 10, 1 / 50, 1 / 7  # of the earlier build's night
LONGEST, MEMORY = 60.0, 150.0  # seconds a request, MiB
PRICE = 0.06  # US dollars for 100,000 document reads (cloud.google.com/firestore/pricing, multi-region nam5)
EARLIER = "earlier"


def earlier(users: int) -> dict[str, Any]:
    """Let an earlier build look at everything, as it did every night."""
    from benchmarks import night_world
    from handlers import reconcile, sweeps
    from handlers.billing.payment_terms import PaymentTerms
    from handlers.logs import Log
    from handlers.work.acceptor import Acceptor

    world = night_world.made(users)
    acceptor = Acceptor(world.documents, None, lambda: night_world.NOW, Log({}, io.StringIO()))  # type: ignore[arg-type]
    forgotten = sweeps.forgotten_intents(acceptor, lambda *_: "")  # type: ignore[attr-defined]
    terms = PaymentTerms("founder@acme.test")
    seen = reconcile.look(world.documents, world.provider, world.accounts, terms, night_world.NOW)
    found = reconcile.differences(seen, terms, night_world.NOW)
    return {**world.bill.counts, "found": len(found) + forgotten.sent, "longest": world.bill.seconds}


def tonight(users: int) -> dict[str, Any]:
    """Let this build do a night in the middle of a week: what changed, and its share of everything."""
    from benchmarks import night_world, stand_ins
    from handlers.billing.payment_terms import PaymentTerms
    from handlers.doors.routing import Call
    from handlers.doors.scheduler_calls import SweepDoor
    from handlers.logs import Log
    from handlers.rounds import night, plan
    from handlers.work.acceptor import Acceptor

    world = night_world.made(users)
    world.documents.kept[night.PLACE] = _place(users)
    bills = {name: Counter[str]() for name in plan.STEPS}
    for name, step in plan.STEPS.items():
        plan.STEPS[name] = _counted(step, bills[name], world.bill)  # type: ignore[index]
    log = Log({}, io.StringIO())
    acceptor = Acceptor(world.documents, stand_ins.Queue(), lambda: night_world.NOW, log)
    terms = PaymentTerms("founder@acme.test")
    door = SweepDoor(acceptor, world.provider, world.accounts, terms, log, lambda: world.bill.seconds)
    name, found, longest, requests = "night", 0, 0.0, 0
    while world.documents.kept[night.PLACE]["step"] or name == "night":
        began = world.bill.seconds
        found += sum(door(Call({}, {"name": name})).body.values())
        name, longest, requests = "on", max(longest, world.bill.seconds - began), requests + 1
    groups = {"changed": plan.CHANGED, "walks": plan.WALKS}
    counted = {group: dict(sum((bills[step] for step in steps), Counter())) for group, steps in groups.items()}
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {**counted, "found": found, "longest": longest, "requests": requests, "memory": memory}


def _place(users: int) -> dict[str, Any]:
    from benchmarks import night_world

    totals = {"subscriptions": users * 13 // 100, "users": users, "accounts": users, "intents": 3 * users}
    walks = {
        name: {"after": "", "seen": 0, "total": total, "tonight": 0, "begun": None} for name, total in totals.items()
    }
    return {"number": 1, "step": "", "after": "", "since": None, "until": night_world.YESTERDAY, "walks": walks}


def _counted(step: Any, counts: Counter[str], bill: Any) -> Any:
    def counting(*arguments: Any) -> Any:
        before = Counter(bill.counts)
        try:
            return step(*arguments)
        finally:
            counts.update(bill.counts - before)

    return counting


def asked(tree: Path, what: str, users: int) -> dict[str, Any]:
    """Run one of the two in a process of its own, with the handlers of a work tree."""
    script = f"from benchmarks import night_cost; import json; print(json.dumps(night_cost.{what}({users})))"
    path = os.pathsep.join([str(tree), str(Path(__file__).parents[1])])
    code = f"import sys, benchmarks; benchmarks.__path__[:] = [{str(Path(__file__).parent)!r}]; {script}"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def main(words: list[str]) -> int:
    """Measure, print, and return the exit code."""
    before = asked(Path(words[0]).resolve(), EARLIER, USERS)
    now, ten = (asked(Path(__file__).parents[1], "tonight", users) for users in (USERS, 10 * USERS))
    print(
        f"earlier build, every night: {before['reads']:,} reads, {before['calls']:,} calls, {before['longest']:,.0f} s"
    )
    well = [
        _told("what changed, reads", now["changed"]["reads"], before["reads"], READS),
        _told("what changed, calls", now["changed"]["calls"], before["calls"], CALLS),
        _told("a night's share of everything, reads", now["walks"]["reads"], before["reads"], SHARE),
        _told("a night's share of everything, calls", now["walks"]["calls"], before["calls"], SHARE),
    ]
    growth = ten["changed"]["reads"] / now["changed"]["reads"]
    print(f"{now['requests']} requests, the longest {now['longest']:.0f} s (≤ {LONGEST:.0f}); {now['memory']:.0f} MiB")
    print(
        f"ten times the users: {growth:.2f} times the reads of what changed, the longest request {ten['longest']:.0f} s"
    )
    print(f"differences found where there are none: {before['found']}, {now['found']}, {ten['found']}")
    for name, reads in (("earlier", before["reads"]), ("now", now["changed"]["reads"] + now["walks"]["reads"])):
        print(f"{name}: {30 * reads / 100_000 * PRICE:.2f} US dollars a month for reads")
    quick = max(now["longest"], ten["longest"]) <= LONGEST and now["memory"] <= MEMORY
    return 0 if all(well) and quick and growth <= 11 and now["found"] == ten["found"] == 0 else 1


def _told(what: str, now: int, before: int, bound: float) -> bool:
    print(f"{what}: {now:,}, ratio {now / before:.4f} (bound {bound:.4f})")
    return now / before <= bound


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
