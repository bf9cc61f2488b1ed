"""`./launch down`: end the local cloud; what it holds is kept."""

from __future__ import annotations

import typer

from cli.options import Stack, home_of
from cli.prepared_stack import at_work
from cli.terminal import Terminal
from engine import servers
from engine.errors import USAGE, LaunchError
from engine.home import LOCAL


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(epilog="Example: ./launch down")(down)


def down(stack: Stack = LOCAL) -> None:
    """End every process of the local cloud. What it holds is kept: `up` goes on from there."""
    show, home = Terminal(), home_of(stack)
    if not home.is_local:
        raise LaunchError(
            f"Stack {stack} has no processes on this machine, so there is nothing to end.",
            "Its services run in the real clouds, where they serve your users.",
            f"To end the rehearsal: ./launch down. To see how {stack} stands: ./launch status --stack {stack}.",
            USAGE,
        )
    with at_work(home, "down"), show.step("Ending the local cloud"):
        ended = servers.down(home)
    show.note(f"Ended {', '.join(ended)}." if ended else "Nothing was running.")
