"""`./launch destroy`: remove everything the stack made."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from cli.options import Json, Stack, home_of
from cli.prepared_stack import at_work, prepare
from cli.progress import in_words
from cli.terminal import Terminal
from engine import servers
from engine.engine_events import title
from engine.errors import USAGE, LaunchError
from engine.home import LOCAL, Home


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(epilog="Example: ./launch destroy --all")(destroy)


def destroy(
    stack: Stack = LOCAL,
    json: Json = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; needed for a stack in the real clouds.")] = False,
    everything: Annotated[
        bool, typer.Option("--all", help="Also end the local cloud and forget its state, logs and results.")
    ] = False,
) -> None:
    """Remove all that the stack made, but for what is protected, what that stands on, and what was there before."""
    show, home = Terminal(json), home_of(stack)
    if not home.is_local:
        _require_consent(home, yes, everything)
    with at_work(home, "destroy"):
        stage = prepare(home, show)
        with show.step("Destroy"):
            kept = kept_by(stage.pulumi.export())
            summary = stage.pulumi.destroy("--exclude-protected")
        home.outputs.unlink(missing_ok=True)
        if everything:
            with show.step("Ending the local cloud"):
                servers.down(home)
            shutil.rmtree(home.path)
    show.result(f"Destroyed: {in_words(summary)}", changes=dict(summary.changes), kept=kept)
    for line in kept:
        show.note(f"  kept: {line}")


def kept_by(exported: Mapping[str, Any]) -> list[str]:
    """Return what a destroy of this state (`pulumi stack export`) leaves behind, each with the reason."""
    resources = exported["deployment"].get("resources") or []
    protected = [f"{title(one['urn'])}, because it is protected" for one in resources if one.get("protect")]
    left = [f"{title(one['urn'])}, because {_why_left(one)}" for one in resources if one.get("retainOnDelete")]
    return [*protected, *left]


def _why_left(resource: Mapping[str, Any]) -> str:
    return "it was there before" if resource.get("importID") else "it cannot be undone"


def _require_consent(home: Home, yes: bool, everything: bool) -> None:
    if everything:
        raise LaunchError(f"--all is for the local cloud; {home.stack} has none.", cure="Leave it out.", code=USAGE)
    if not yes:
        cure = (
            f"First look at what would be removed: pulumi destroy --stack {home.stack} --preview-only. "
            f"Then, to go ahead: ./launch destroy --stack {home.stack} --yes"
        )
        raise LaunchError(f"This removes the real resources of stack {home.stack}.", cure=cure, code=USAGE)
