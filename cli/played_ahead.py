"""Plays and verifies a stack beside the engine when nothing seems to have changed; the engine has the last word.

An `up` without change waits for the engine, on two processors of which one has little to do, only to hear that the
stack is what it was. So it is played meanwhile, where nothing is left to be done first, as no secret lacks its value.
What was played counts when the engine has changed nothing and says the same outputs: then it was played on the stack as
it stands. Else it is forgotten, and played again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cli.checks import Checks
from engine.engine_events import Summary

if TYPE_CHECKING:
    from blueprint.outputs import Outputs


@dataclass(frozen=True)
class Begun:
    """Checks that are under way, of a stack that had these outputs before the engine began."""

    outputs: Outputs
    checks: Checks


Begin = Callable[[ExitStack], Begun | None]
"""Begins the checks and has what is left open closed by the stack; None where the stack cannot be played yet."""


@dataclass(frozen=True)
class Ahead:
    """What was begun beside the engine, if anything."""

    _begun: Future[Begun | None]

    def that_count(self, summary: Summary, outputs: Outputs) -> Checks | None:
        """Return the checks when they were played on the stack as it is now; None when they have to begin anew.

        `summary` and `outputs` are what the engine has said. What kept the checks from beginning is told by those.
        """
        begun = None if self._begun.exception() else self._begun.result()
        return begun.checks if begun and not summary.changed and begun.outputs == outputs else None


@contextmanager
def begun(begin: Begin) -> Iterator[Ahead]:
    """Have the checks begin on a thread, and end before the block has: nothing of them outlasts it."""
    with ExitStack() as kept, ThreadPoolExecutor(1) as aside:
        yield Ahead(aside.submit(begin, kept))
