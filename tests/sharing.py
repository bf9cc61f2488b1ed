"""How tests are shared out: a file or a group of files to one worker, the long ones first, few stacks at a time.

A stack is 15 servers, seven services and an engine, and keeps two processors busy by itself. Most other tests wait: for
a server, a limit in seconds, a retry. So there are more workers than stacks, and whoever has no stack plays those.
"""

from __future__ import annotations

import pytest
from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

# Files that share one stack, and so a worker: bringing one up takes longer than most of their tests. Three stacks, each
# for as long as the others: whoever had all of these files would be waited for.
GROUPS = {
    "launch": ("tests/local/test_up.py", "tests/local/test_crash.py"),
    "accepted": (
        *("tests/local/test_accept.py", "tests/local/test_canary.py", "tests/local/test_clients.py"),
        *("tests/local/test_commands.py", "tests/local/test_events.py", "tests/local/test_faults.py"),
        *("tests/local/test_iam.py", "tests/local/test_page.py", "tests/local/test_tickets.py"),
    ),
    "mutations": (
        *("tests/local/test_mutations_dns.py", "tests/local/test_mutations_mail.py"),
        "tests/local/test_mutations_web.py",
    ),
}
_groups = {file: group for group, files in GROUPS.items() for file in files}
# Other files that have the engine make a whole launch or use it for long, the longest first.
ALONE = (
    *("tests/local/test_drill.py", "tests/local/test_broken.py", "tests/local/test_edits.py"),
    *("tests/localcloud/providers/test_engine.py", "tests/local/test_kill.py", "tests/localcloud/test_readme.py"),
)
# Files and rooms that keep a worker for half a minute or more without the engine. Most of that is waiting, so the first
# of them come while the stacks are made.
LONG = (
    *("tests/flows/", "tests/monitors/cases/", "tests/monitors/test_fatigue.py", "tests/localcloud/run/"),
    "tests/engine/test_launch.py",
)
FIRST = (*GROUPS["launch"], *GROUPS["accepted"], *GROUPS["mutations"], *ALONE, "tests/local/", *LONG)
STACKS = 3  # workers that may hold a stack at the same time
AHEAD = 2  # tests that a worker knows of while it plays: it begins none before it knows the next one


def scope_of(nodeid: str) -> str:
    """Return the name of what a test is given out with: its group, or else its file."""
    file = nodeid.partition("::")[0]
    return _groups.get(file, file)


def rank(nodeid: str) -> int:
    """Return a test's place among those that come first; whoever began one of them last would be waited for."""
    return next((place for place, start in enumerate(FIRST) if nodeid.startswith(start)), len(FIRST))


def is_stack(scope: str) -> bool:
    """Tell whether the tests of a scope bring a stack up."""
    return scope in GROUPS or scope.startswith((*ALONE, "tests/local/"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the long tests first, each group's in its order."""
    items.sort(key=lambda item: rank(item.nodeid))


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> ByFile:
    """Have the tests shared out as described above."""
    return ByFile(config, log)


class ByFile(LoadScopeScheduling):  # type: ignore[misc] # it comes without types
    """Gives a scope's tests to one worker, so that what they share is made once, in the order of the collection."""

    def _split_scope(self, nodeid: str) -> str:
        return scope_of(nodeid)

    def _assign_work_unit(self, node: WorkerController) -> None:
        """Give a worker the first scope that it may have; it may end when there is none."""
        scope = self._next(node)
        if scope is None:
            node.shutdown()
            return
        self.workqueue.move_to_end(scope, last=False)
        super()._assign_work_unit(node)

    def _reschedule(self, node: WorkerController) -> None:
        """Give a worker more when it is about to run out: no sooner, or a long scope would wait behind a long test."""
        if node not in self.registered_collections:
            return  # it has only begun, in the place of one that crashed
        while not node.shutting_down and self._pending_of(self.assigned_work[node]) < AHEAD:
            self._assign_work_unit(node)

    def _next(self, node: WorkerController) -> str | None:
        """Return the scope to give out. Behind a test on a stack it is something short: no other stack waits for it."""
        small = [scope for scope in self.workqueue if not is_stack(scope)]
        if small and _has_stack(self.assigned_work[node]):
            return small[-1]
        full = sum(_has_stack(units) for other, units in self.assigned_work.items() if other is not node) >= STACKS
        return next(iter(small if full else self.workqueue), None)


def _has_stack(units: dict[str, dict[str, bool]]) -> bool:
    return any(is_stack(scope) and not all(unit.values()) for scope, unit in units.items())
