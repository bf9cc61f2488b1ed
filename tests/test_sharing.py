"""Every test is given out once and played, few stacks at a time, also when workers die."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import forked, sharing
from tests.sharing import ByFile

STACKS = tuple(f"{sharing.GROUPS[group][0]}::test_{number}" for group in sharing.GROUPS for number in range(3))
MORE_STACKS = tuple(f"{file}::test_{number}" for file in sharing.ALONE for number in range(2))
MARKED = re.compile(r"^pytestmark = .*pytest\.mark\.stack", re.MULTILINE)
SMALL = tuple(f"tests/room/test_{file}.py::test_{number}" for file in range(6) for number in range(1 + file % 3))


@dataclass(eq=False)
class Worker:
    """A worker as the one that shares out sees it; it plays a test when it knows the next one, or that none follows."""

    name: str
    known: list[int] = field(default_factory=list)
    has_collected: bool = False
    shutting_down: bool = False

    @property
    def gateway(self) -> Any:
        return SimpleNamespace(id=self.name)

    def send_runtest_some(self, indices: list[int]) -> None:
        assert not self.shutting_down, "it was told that nothing follows"
        self.known += indices

    def shutdown(self) -> None:
        self.shutting_down = True

    @property
    def may_play(self) -> bool:
        return len(self.known) > (0 if self.shutting_down else 1)


class Run:
    """A run of tests by some workers."""

    def __init__(self, tests: tuple[str, ...], workers: int) -> None:
        config: Any = SimpleNamespace(
            getvalue=lambda _: [f"{workers}*popen"], option=SimpleNamespace(loadscopereorder=False)
        )
        self.tests = sorted(tests, key=sharing.rank)
        self.played: list[str] = []
        self.scheduler = ByFile(config)
        self.workers: list[Worker] = []
        for number in range(workers):
            self.begin(f"gw{number}")
        for worker in self.workers:
            self.collect(worker)

    def begin(self, name: str) -> None:
        worker: Any = Worker(name)
        self.workers.append(worker)
        self.scheduler.add_node(worker)

    def collect(self, worker: Any) -> None:
        """Have a worker tell which tests it has found."""
        worker.has_collected = True
        self.scheduler.add_node_collection(worker, self.tests)
        if self.scheduler.collection_is_completed:
            self.scheduler.schedule()

    def go_on(self, worker: Any) -> None:
        """Have a worker take its next step: its look at what there is, or a test."""
        if not worker.has_collected:
            self.collect(worker)
            return
        index = worker.known.pop(0)
        self.played.append(self.tests[index])
        self.scheduler.mark_test_complete(worker, index)

    def die(self, worker: Any) -> None:
        """Have a worker die, and another take its place."""
        self.workers.remove(worker)
        self.scheduler.remove_node(worker)
        self.begin(f"{worker.name}x")

    @property
    def with_a_stack(self) -> int:
        """How many workers have tests on a stack before them, whether begun or not."""
        return sum(any(sharing.is_stack(sharing.scope_of(self.tests[i])) for i in one.known) for one in self.workers)


@settings(max_examples=40)
@given(st.data(), st.integers(1, 7), st.sets(st.sampled_from(STACKS + MORE_STACKS + SMALL), min_size=1))
def test_whoever_is_quick_and_whoever_dies_every_test_is_played_once(
    data: st.DataObject, workers: int, tests: set[str]
) -> None:
    run, deaths = Run(tuple(sorted(tests)), workers), 0
    while able := [worker for worker in run.workers if worker.may_play or not worker.has_collected]:
        assert run.with_a_stack <= sharing.STACKS
        worker = data.draw(st.sampled_from(able))
        if deaths < 3 and data.draw(st.integers(0, 9)) == 0:
            deaths += 1
            run.die(worker)
        else:
            run.go_on(worker)
    assert sorted(run.played) == sorted(run.tests)
    assert all(worker.shutting_down for worker in run.workers)


def test_no_stack_waits_behind_a_long_test_on_another() -> None:
    drill, others = "tests/local/test_drill.py::test_drill", [test for test in MORE_STACKS if "drill" not in test]
    run = Run((drill, *others, *SMALL), 2)
    other = next(worker for worker in run.workers if run.tests[worker.known[0]] != drill)
    while other.may_play:
        run.go_on(other)
    assert set(others) <= set(run.played)
    assert drill not in run.played


def test_files_of_a_group_come_together_and_first() -> None:
    ordered = sorted((*STACKS, *MORE_STACKS, *SMALL), key=sharing.rank)
    scopes = [sharing.scope_of(test) for test in ordered]
    assert len(set(scopes)) == len([one for one, before in zip(scopes, ["", *scopes], strict=False) if one != before])
    assert scopes[0] == "launch"
    assert [sharing.is_stack(scope) for scope in scopes] == sorted(map(sharing.is_stack, scopes), reverse=True)


@pytest.mark.parametrize("file", [file for files in sharing.GROUPS.values() for file in files] + [*sharing.ALONE])
def test_a_file_that_is_named_is_there(file: str) -> None:
    assert (forked.PROJECT / file).is_file()


def test_every_file_with_tests_on_a_stack_is_known_as_one() -> None:
    found = (forked.PROJECT / "tests").rglob("test_*.py")
    stacks = [str(path.relative_to(forked.PROJECT)) for path in found if MARKED.search(path.read_text())]
    assert len(stacks) > len(sharing.ALONE)
    assert [file for file in stacks if not sharing.is_stack(sharing.scope_of(file))] == []
