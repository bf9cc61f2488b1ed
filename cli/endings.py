"""`./launch checklist ends`: what ends soon and needs a person, for a workflow that asks every night."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from checklists.due import due
from cli.options import Json, Stack, home_of
from cli.results import document
from cli.terminal import Terminal
from engine.errors import FAILED
from engine.home import LOCAL

WITHIN = 14  # days


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("ends", epilog="Example: ./launch checklist ends --within 14 --stack prod")(ends)


def ends(
    within: Annotated[int, typer.Option(metavar="DAYS", min=1, help="How far to look ahead.")] = WITHIN,
    stack: Stack = LOCAL,
    json: Json = False,
) -> None:
    """List what ends soon and does not renew itself: registration, secrets, signatures, waivers, vendors' sunsets.

    Certificates and DNSSEC signatures are listed when the last verification did not find them renewed in time.
    Exits 1 when there is anything.
    """
    show = Terminal(json)
    found = due(document(home_of(stack), is_fresh=True), timedelta(days=within))
    for one in found:
        show.result(f"{one.on:%Y-%m-%d} {one.what}: {one.then}", what=one.what, on=f"{one.on:%Y-%m-%d}", then=one.then)
    if not found:
        show.note(f"Nothing that needs a person ends within {within} days.")
    raise typer.Exit(FAILED if found else 0)
