"""Probes: synthetic events that take the whole way of a payment event and change nothing at its end.

One that stops arriving says that events of customers do not arrive either, at an hour at which nobody buys anything.
They are told from real events by their source alone: no log metric of deliveries counts their lines.
"""

from __future__ import annotations

from collections.abc import Callable

from handlers.work.documents import Read
from handlers.work.inbox import PROBE, Claim, Decide, Decision, Event


def event(correlation_id: str) -> Event:
    """Return a new probe; it is about nobody."""
    return Event(f"probe_{correlation_id}", PROBE, PROBE, "{}", correlation_id)


def spared(prepare: Callable[[Claim], Decide]) -> Callable[[Claim], Decide]:
    """Return what prepares every event as before, and of a probe asks nobody anything."""

    def prepared(held: Claim) -> Decide:
        return _nothing if held.event.source == PROBE else prepare(held)

    return prepared


def _nothing(read: Read) -> Decision:  # noqa: ARG001 - has the shape of every decision
    return Decision(reason="a probe changes nothing")
