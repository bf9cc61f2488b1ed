"""`./launch preview`: what `up` would change."""

from __future__ import annotations

from typing import Annotated

import typer

from blueprint.finding import verdict
from cli.changes import changes, tell_change
from cli.findings import CODES
from cli.iam_drift import tell_strange_grants
from cli.options import As, Json, Refresh, Stack, home_of
from cli.prepared_stack import at_work, prepare
from cli.progress import in_words
from cli.refused_edits import require_possible
from cli.terminal import Terminal
from engine.engine_events import Event
from engine.home import LOCAL


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(epilog="Example: ./launch preview --expect-no-changes")(preview)


def preview(
    stack: Stack = LOCAL,
    json: Json = False,
    refresh: Refresh = False,
    as_: As = "",
    expect_no_changes: Annotated[
        bool, typer.Option("--expect-no-changes", help="Fail when something would change.")
    ] = False,
) -> None:
    """Say what `up` would change, without changing it."""
    show, home = Terminal(json), home_of(stack)
    with at_work(home, "preview"):
        stage = prepare(home, show, as_=as_)
        require_possible(home, stage.spec, stage.pulumi)
        with stage.acting():
            found = tell_strange_grants(stage, show) if refresh else []
        seen: list[Event] = []
        try:
            with show.step("Preview"), stage.acting():
                engine = stage.pulumi.also_telling(seen.append)
                wanted = {"--refresh": refresh, "--expect-no-changes": expect_no_changes}
                summary = engine.preview(*(option for option, on in wanted.items() if on))
        finally:  # a preview that fails has something to show too, such as what it did not expect
            for step in changes(seen):
                tell_change(step, show)
    show.result(in_words(summary), changes=dict(summary.changes))
    raise typer.Exit(CODES[verdict(found)] if found else 0)
