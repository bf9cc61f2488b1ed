"""What the benchmarks' stand-ins have in common: a store that is asked only for what a benchmark expects."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from handlers.work.documents import Fields, Found, Query, Revision, T, Work
    from handlers.work.task_queue import Task


class Documents:
    """Documents of which every method is to be overridden that the benchmark's subject calls."""

    def create(self, path: str, fields: Fields) -> bool:
        _unexpected("create", path, fields)

    def get(self, path: str) -> Fields | None:
        _unexpected("get", path)

    def several(self, paths: Sequence[str]) -> list[Fields | None]:
        _unexpected("several", paths)

    def find(self, query: Query) -> list[Found]:
        _unexpected("find", query)

    def count(self, query: Query) -> int:
        _unexpected("count", query)

    def delete(self, path: str) -> None:
        _unexpected("delete", path)

    def transact(self, work: Work[T], ahead: Sequence[str] = ()) -> T:
        _unexpected("transact", work, ahead)

    def revise(self, path: str, revision: Revision[T]) -> T:
        _unexpected("revise", path, revision)


class Queue:
    """Takes every task, and delivers none."""

    def send(self, task: Task) -> bool:  # noqa: ARG002 - as the protocol has it
        return True


def _unexpected(method: str, *arguments: object) -> NoReturn:
    raise NotImplementedError(f"the benchmark does not expect {method}{arguments}: give its stand-in an answer")
