"""`./launch preview`: what `up` would change."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.options import Json, Refresh, Stack, home_of
from cli.progress import in_words, sign
from cli.show import Show
from cli.stage import at_work, prepare
from engine.events import Event, Step
from engine.home import LOCAL


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(epilog="Example: ./launch preview --expect-no-changes")(preview)


def preview(
    stack: Stack = LOCAL,
    json: Json = False,
    refresh: Refresh = False,
    expect_no_changes: Annotated[bool, typer.Option(help="Fail when something would change.")] = False,
) -> None:
    """Say what `up` would change, without changing it."""
    show, home = Show(json), home_of(stack)
    with at_work(home, "preview"):
        stage = prepare(home, show)
        seen: list[Event] = []
        with show.step("Preview"):
            engine = stage.pulumi.also_telling(seen.append)
            wanted = {"--refresh": refresh, "--expect-no-changes": expect_no_changes}
            summary = engine.preview(*(option for option, on in wanted.items() if on))
    for step in seen:
        if isinstance(step, Step) and step.state == "done" and step.changes:
            show.result(
                f"{sign(step.op)} {step.op:8} {step.resource}", op=step.op, resource=step.resource, urn=step.urn
            )
    show.result(in_words(summary), changes=dict(summary.changes))
