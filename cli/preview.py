"""`./launch preview`: what `up` would change."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import typer

from blueprint.finding import verdict
from cli.findings import CODES
from cli.iam_drift import tell_strange_grants
from cli.options import Json, Refresh, Stack, home_of
from cli.prepared_stack import at_work, prepare
from cli.progress import in_words, sign
from cli.terminal import Terminal
from engine.engine_events import PARTS_OF_REPLACE, Event, Step
from engine.home import LOCAL


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(epilog="Example: ./launch preview --expect-no-changes")(preview)


def preview(
    stack: Stack = LOCAL,
    json: Json = False,
    refresh: Refresh = False,
    expect_no_changes: Annotated[
        bool, typer.Option("--expect-no-changes", help="Fail when something would change.")
    ] = False,
) -> None:
    """Say what `up` would change, without changing it."""
    show, home = Terminal(json), home_of(stack)
    with at_work(home, "preview"):
        stage = prepare(home, show)
        found = tell_strange_grants(stage, show) if refresh else []
        seen: list[Event] = []
        try:
            with show.step("Preview"):
                engine = stage.pulumi.also_telling(seen.append)
                wanted = {"--refresh": refresh, "--expect-no-changes": expect_no_changes}
                summary = engine.preview(*(option for option, on in wanted.items() if on))
        finally:  # a preview that fails has something to show too, such as what it did not expect
            for step in _changes(seen):
                _tell(step, show)
    show.result(in_words(summary), changes=dict(summary.changes))
    raise typer.Exit(CODES[verdict(found)] if found else 0)


def _changes(seen: Iterable[Event]) -> list[Step]:
    """Return the steps that change something, each replacement once."""
    done = [event for event in seen if isinstance(event, Step) and event.state == "done"]
    return [step for step in done if step.changes and step.op not in PARTS_OF_REPLACE]


def _tell(step: Step, show: Terminal) -> None:
    line = f"{sign(step.op)} {step.op:8} {step.resource}"
    if step.immutable:
        line += f" (deleted and created again: {', '.join(step.immutable)} cannot be changed in place)"
    show.result(line, op=step.op, resource=step.resource, urn=step.urn, immutable=list(step.immutable))
