"""`./launch checklist`: the handover document and its sign-offs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from checklists import signoffs
from checklists.handover import require_signable
from cli.options import Json, Stack, home_of
from cli.results import document, signatures, write_handover
from cli.terminal import Terminal
from engine.errors import FAILED
from engine.home import LOCAL

app = typer.Typer(
    help="Show the handover's items, or sign one.", invoke_without_command=True, epilog="Example: ./launch checklist"
)


@app.callback()
def checklist(context: typer.Context, stack: Stack = LOCAL, json: Json = False) -> None:
    """Show every item of the handover with its state. Exits 1 while something is open."""
    if context.invoked_subcommand:
        return
    show, home = Terminal(json), home_of(stack)
    made = document(home)
    page, _ = write_handover(home, made)
    for line in made.lines:
        sign = "✓" if line.done else "·"
        text = f"{sign} {line.item.id:24} {line.state:22} {line.item.title}"
        values = {"item": line.item.id, "state": line.state, "owner": line.item.owner, "title": line.item.title}
        show.result(text, "green" if line.done else "", **values)
    show.note(f"{made.done} of {len(made.lines)} items are done. The document: {page}")
    raise typer.Exit(0 if made.done == len(made.lines) else FAILED)


@app.command(epilog="Example: ./launch checklist sign nameservers --by 'Ada Founder'")
def sign(
    item: Annotated[str, typer.Argument(help="The item's id, as `./launch checklist` lists it.")],
    by: Annotated[str, typer.Option(help="Who signs.")],
    note: Annotated[str, typer.Option(help="A remark that is kept with the signature.")] = "",
    stack: Stack = LOCAL,
) -> None:
    """Sign one item of the handover."""
    show, home = Terminal(), home_of(stack)
    line = require_signable(document(home), item)
    signed = signoffs.sign(signatures(home), item, by, datetime.now(UTC).astimezone(), note)
    page, _ = write_handover(home, document(home))
    show.note(f"✓ {line.item.title}: signed by {signed.by} at {signed.at}. The document: {page}")
