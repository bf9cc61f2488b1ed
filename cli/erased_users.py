"""Who was erased, when a backup is restored: tombstones are put back, and whoever is there again is found."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path

from cli.workflow import Workflow
from engine.errors import USAGE, LaunchError
from handlers.work import erasures
from handlers.work.documents import Found, Query, Write, every

AT_ONCE = 400  # writes; a commit takes 500


def stones(flow: Workflow) -> list[Found]:
    """Return every tombstone of a stack."""
    return flow.ask(lambda: list(every(flow.acceptor.documents, Query(erasures.COLLECTION, limit=300))))


def parse(file: Path) -> list[Write]:
    """Return the tombstones that `users erased` printed to a file; raises LaunchError when it is not one."""
    try:
        lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
        return [Write(_path(each["path"]), {"erasedAt": datetime.fromisoformat(each["erasedAt"])}) for each in lines]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LaunchError(
            f"{file} does not hold tombstones.", str(error), "Make it with: ./launch users erased > FILE", USAGE
        ) from error


def put_back(flow: Workflow, kept: list[Write]) -> None:
    """Write tombstones that the database before a restore had; those that are there stay as they are."""
    for start in range(0, len(kept), AT_ONCE):
        flow.ask(partial(_write, flow, kept[start : start + AT_ONCE]))


def who_are_back(flow: Workflow) -> list[str]:
    """Return the ids of users of whom there is something although they were erased."""
    known = {each.path for each in stones(flow)}
    return sorted(each for each in set(_ids(flow)) if erasures.path(each) in known)


def _ids(flow: Workflow) -> Iterator[str]:
    """Yield the users that there are documents of, or below whose place there are, and those with an account."""
    for each in flow.ask(lambda: list(flow.client.collection("users").list_documents(retry=None, timeout=60))):
        yield str(each.id)
    yield from _with_account(flow)


def _with_account(flow: Workflow) -> Iterable[str]:
    found, after = flow.ask(flow.accounts.page)
    yield from (each.id for each in found)
    while after:
        found, after = flow.ask(partial(flow.accounts.page, after))
        yield from (each.id for each in found)


def _write(flow: Workflow, some: list[Write]) -> None:
    flow.acceptor.documents.transact(lambda _: (None, some))


def _path(text: str) -> str:
    collection, _, rest = str(text).partition("/")
    if collection != erasures.COLLECTION or not rest or "/" in rest:
        raise ValueError(f"{text} is no place of a tombstone")
    return str(text)
