"""`./launch preview`: what `up` would change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from blueprint.finding import verdict
from cli.changes import changes, tell_change, tell_unseen, unseen
from cli.findings import CODES
from cli.iam_drift import tell_strange_grants
from cli.options import As, Json, Refresh, Stack, home_of
from cli.pinned_traffic import tell_pinned
from cli.prepared_stack import at_work, prepare
from cli.progress import in_words
from cli.refused_edits import require_possible
from cli.terminal import Terminal
from engine.engine_events import Event, Step
from engine.errors import LaunchError
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
            hidden = _tell(seen, show)
    show.result(in_words(summary), changes=dict(summary.changes))
    with stage.acting():
        pinned = tell_pinned(stage, show)
    if (hidden or pinned) and expect_no_changes:
        raise _not_expected([*(step.resource for step in hidden), *(f"the traffic of {name}" for name in pinned)])
    raise typer.Exit(CODES[verdict(found)] if found else 0)


def _tell(seen: Sequence[Event], show: Terminal) -> list[Step]:
    """Tell what changes, and return the steps that change something which the engine does not count."""
    for step in changes(seen):
        tell_change(step, show)
    hidden = unseen(seen)
    for step in hidden:
        tell_unseen(step, show)
    return hidden


def _not_expected(hidden: Sequence[str]) -> LaunchError:
    return LaunchError(
        "No change was expected, but the stack is not as the program says.",
        f"The engine does not count these: {', '.join(hidden)}.",
        "Run ./launch up --refresh for the same stack, or put back what was changed.",
    )
