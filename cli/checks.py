"""Flows and verification of a stack, one beside the other, on threads of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from typing import TYPE_CHECKING

from cli.aside import Aside, Tell

if TYPE_CHECKING:
    from blueprint.finding import Finding
    from verify.run import Report

Play = Callable[[Tell, Callable[[], object]], "list[Finding]"]
"""Plays the flows; calls the second function when each has ended, or only waits for what should not happen."""
Verify = Callable[[Tell], "Report"]


class Checks:
    """What is played and verified from now on. The verification begins while flows wait for what must not be.

    Make it with `begun`.
    """

    def __init__(self, threads: ThreadPoolExecutor, play: Play, verify: Verify) -> None:
        self._free, self._given_up = Event(), Event()
        self._flows = Aside(threads, lambda tell: self._play(play, tell))
        self._verification = Aside(threads, lambda tell: self._verify(verify, tell))

    def played(self, tell: Tell) -> list[Finding]:
        """Tell what is played, and return what the flows found."""
        return self._flows.result(tell)

    def verified(self, tell: Tell) -> Report:
        """Tell which checks passed, and return what the verification found."""
        return self._verification.result(tell)

    def give_up(self) -> None:
        """Begin no verification any more."""
        self._given_up.set()

    def _play(self, play: Play, tell: Tell) -> list[Finding]:
        try:
            return play(tell, self._free.set)
        finally:
            self._free.set()

    def _verify(self, verify: Verify, tell: Tell) -> Report:
        self._free.wait()
        return {} if self._given_up.is_set() else verify(tell)


@contextmanager
def begun(play: Play, verify: Verify) -> Iterator[Checks]:
    """Give checks that are under way; they have ended when the block has, and what has not begun then never does."""
    with ThreadPoolExecutor(2) as threads:
        checks = Checks(threads, play, verify)
        try:
            yield checks
        finally:
            checks.give_up()
