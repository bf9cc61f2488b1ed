"""`./launch up`: the main job, from nothing to a handover."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack, suppress
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from blueprint.finding import verdict
from cli import loading, played_ahead, records_in_the_way, unchanged
from cli.changes import changes, tell_change
from cli.options import As, Json, Refresh, Stack, Weather, home_of, weather_of
from cli.played_ahead import Begun
from cli.prepared_stack import PreparedStack, at_work, prepare
from cli.progress import in_words
from cli.refused_edits import require_possible
from cli.terminal import Terminal
from engine import adopted
from engine.engine_events import Event, Summary
from engine.errors import USAGE, LaunchError
from engine.home import LOCAL
from engine.pulumi import EngineError
from localcloud.base.weather import FAIR

if TYPE_CHECKING:
    from blueprint.outputs import Outputs

LATER = ("cli.playing", "google.cloud.secretmanager", "google.cloud.firestore", "cli.provisioned")
"""What is used when the clouds are made, or before that, in this order, and takes more than a second to load."""


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(epilog="Example: ./launch up")(up)


def up(
    stack: Stack = LOCAL,
    json: Json = False,
    refresh: Refresh = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before changing the real clouds.")] = False,
    weather: Weather = FAIR,
    as_: As = "",
) -> None:
    """Bring the stack up, play what must not break, verify it, and write the handover."""
    show, home = Terminal(json), home_of(stack)
    options = ["--refresh"] if refresh else []
    with at_work(home, "up"):
        stage = prepare(home, show, weather_of(home, weather), as_)
        loading.beside(LATER)
        require_possible(home, stage.spec, stage.pulumi)
        _ = stage.before  # a file that cannot be used is told before anything is made
        if not home.plays_people:
            _ask_first(stage, show, options, yes)
        program = unchanged.state_of(home.project)
        plays_ahead = home.plays_people and not (refresh or as_) and unchanged.seems_so(home, program)
        with played_ahead.begun(partial(_begin, stage) if plays_ahead else lambda _: None) as ahead:
            with stage.acting():
                outputs, summary = provision(stage, show, options)
            unchanged.remember(home, program)

            from cli import provisioned
            from cli.findings import CODES

            strange = provisioned.questions(stage, outputs, show, drift=refresh)
            under_way = ahead.that_count(summary, outputs)
            if under_way is None:
                provisioned.settle_in(stage, outputs, show)
            found = provisioned.check(stage, outputs, show, under_way)
        made = provisioned.hand_over(stage, show)
    provisioned.summarize(stage, outputs, found, made, show)
    raise typer.Exit(CODES[verdict([*found, *strange])])


def _begin(stage: PreparedStack, kept: ExitStack) -> Begun | None:
    from cli import playing  # which takes long to load, beside the engine too

    return playing.begin_ahead(stage, kept)


def provision(stage: PreparedStack, show: Terminal, options: Sequence[str] = ()) -> tuple[Outputs, Summary]:
    """Make the clouds as the program says, keep what it promises, and return that and what was changed.

    `options` are the engine's.

    What was adopted is remembered after a failure too; where that cannot be, as an engine that was killed left its
    lock, the next run does it first.
    """
    with show.step("Provision"):
        adopted.remember(stage.pulumi, stage.spec.adopt)
        try:
            records_in_the_way.clear(stage.pulumi, stage.spec, show)
            summary = stage.pulumi.up(*options)
        except EngineError as error:
            from cli import human_steps, provisioned

            with suppress(EngineError):
                adopted.remember(stage.pulumi, stage.spec.adopt)
            raise human_steps.stop_at(error, provisioned.again(stage)) from error
        adopted.remember(stage.pulumi, stage.spec.adopt)
        from cli import results  # loads all that a handover consists of

        outputs = results.write_outputs(stage.home, stage.pulumi.outputs())
    show.note(f"  {in_words(summary)}")
    return outputs, summary


def _ask_first(stage: PreparedStack, show: Terminal, options: Sequence[str], yes: bool) -> None:
    seen: list[Event] = []
    with show.step("Preview"):
        summary = stage.pulumi.also_telling(seen.append).preview(*options)
    for step in changes(seen):
        tell_change(step, show)
    show.note(f"  {in_words(summary)}")
    if yes or not summary.changed:
        return
    if not show.progress.is_terminal:
        cure = f"Look at ./launch preview --stack {stage.home.stack}, then confirm with --yes."
        raise LaunchError("This would change the real clouds.", cure=cure, code=USAGE)
    typer.confirm("Change the real clouds like this?", abort=True, err=True)
