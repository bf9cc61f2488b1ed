"""Plays faults on gRPC calls: before a method's work, and between the work and its answer.

A client library sees a broken connection as UNAVAILABLE and a time-out as DEADLINE_EXCEEDED
(grpc.github.io/grpc/core/md_doc_statuscodes.html), so that is what `reset`, `cut` and `late` come to here.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable, Iterable, Mapping

import grpc

from localcloud.faults.fault import LONGEST, SLOW, Fault, Kind
from localcloud.faults.table import Faults

BEFORE = {Kind.SLOW: SLOW, Kind.HOLD: LONGEST}  # seconds
AFTER = {Kind.LATE: 60.0, Kind.HOLD_AFTER: LONGEST}  # seconds; a minute is longer than our clients wait
BROKEN = "Socket closed"
REFUSALS = {
    Kind.RESET: (grpc.StatusCode.UNAVAILABLE, BROKEN),
    Kind.TOO_MANY: (grpc.StatusCode.RESOURCE_EXHAUSTED, "The rehearsal is out of quota here on purpose."),
    Kind.INTERNAL: (grpc.StatusCode.INTERNAL, "The rehearsal fails here on purpose."),
    Kind.UNAVAILABLE: (grpc.StatusCode.UNAVAILABLE, "The rehearsal is down here on purpose."),
}
LOSSES = {
    Kind.CUT: (grpc.StatusCode.UNAVAILABLE, BROKEN),
    Kind.LATE: (grpc.StatusCode.DEADLINE_EXCEEDED, "Deadline Exceeded"),
}


class Struck(Exception):  # noqa: N818 - what befell the call
    """The call ends with gRPC status `code` and `message`, whether or not its work was done."""

    def __init__(self, code: grpc.StatusCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Faulty:
    """The faults of one target for gRPC methods, both for threads and for asyncio."""

    def __init__(self, faults: Faults, target: str) -> None:
        self._faults = faults
        self._target = target

    def meet(self, text: Callable[[], str]) -> Fault | None:
        """Return the fault that a call meets; `text` is only made when any is on."""
        return self._faults.befalling(self._target, text()) if self._faults.on(self._target) else None

    async def meet_async(self, text: Callable[[], str]) -> Fault | None:
        """Like `meet`, without keeping the event loop."""
        if not self._faults.on(self._target):
            return None
        return await asyncio.to_thread(self._faults.befalling, self._target, text())

    def before(self, fault: Fault | None) -> None:
        """Do what comes before the work; raises Struck when there is to be none."""
        for pause in self._pauses(fault, BEFORE):
            time.sleep(pause)
        _strike(REFUSALS, fault)

    async def before_async(self, fault: Fault | None) -> None:
        """Do as `before`, for asyncio."""
        for pause in self._pauses(fault, BEFORE):
            await asyncio.sleep(pause)
        _strike(REFUSALS, fault)

    def after(self, fault: Fault | None, is_awaited: Callable[[], bool]) -> None:
        """Do what comes between work and answer; raises Struck when nobody is to hear of it.

        A caller that gave up and hung up (`is_awaited` is false) does not keep a thread from the calls of others.
        """
        for pause in itertools.takewhile(lambda _: is_awaited(), self._pauses(fault, AFTER)):
            time.sleep(pause)
        _strike(LOSSES, fault)

    async def after_async(self, fault: Fault | None) -> None:
        """Do as `after`, for asyncio."""
        for pause in self._pauses(fault, AFTER):
            await asyncio.sleep(pause)
        _strike(LOSSES, fault)

    def _pauses(self, fault: Fault | None, lengths: Mapping[Kind, float]) -> Iterable[float]:
        if fault is None or fault.kind not in lengths:
            return ()
        return self._faults.waiting(fault, lengths[fault.kind])


def _strike(ends: Mapping[Kind, tuple[grpc.StatusCode, str]], fault: Fault | None) -> None:
    if fault and fault.kind in ends:
        raise Struck(*ends[fault.kind])
