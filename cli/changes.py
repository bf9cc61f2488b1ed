"""Tells what a preview found: each change with its values before and after."""

from __future__ import annotations

from collections.abc import Iterable

from cli.progress import sign
from cli.terminal import Terminal
from engine.engine_events import PARTS_OF_REPLACE, Event, Step


def changes(seen: Iterable[Event]) -> list[Step]:
    """Return the steps that change something, each replacement once."""
    done = [event for event in seen if isinstance(event, Step) and event.state == "done"]
    return [step for step in done if step.changes and step.op not in PARTS_OF_REPLACE]


def unseen(seen: Iterable[Event]) -> list[Step]:
    """Return the steps that change something without being counted, each resource once and as the engine last said."""
    done = {event.urn: event for event in seen if isinstance(event, Step) and event.state == "done"}
    return [step for step in done.values() if step.unseen]


def tell_unseen(step: Step, show: Terminal) -> None:
    """Write as a result what the engine does not count as a change: guards of a resource, outputs of the stack."""
    values = "".join(f"\n      {value}" for value in step.unseen)
    show.result(
        f"{sign('update')} unseen   {step.resource}{values}",
        op="unseen",
        resource=step.resource,
        urn=step.urn,
        values={value.path: [value.old, value.new] for value in step.unseen},
    )


def tell_change(step: Step, show: Terminal) -> None:
    """Write one change as a result: what happens to which resource, and the values that make it so."""
    line = f"{sign(step.op)} {step.op:8} {step.resource}"
    if step.immutable:
        line += f" (a new one takes its place: {', '.join(step.immutable)} cannot be changed in place)"
    values = [f"\n      {value}" for value in step.values]
    show.result(
        line + "".join(values),
        op=step.op,
        resource=step.resource,
        urn=step.urn,
        immutable=list(step.immutable),
        values={value.path: [value.old, value.new] for value in step.values},
    )
