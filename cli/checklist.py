"""`./launch checklist`: the handover document, its sign-offs, its waivers, and what has changed in it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from checklists import record
from checklists.handover import Handover, require_signable, require_waivable
from checklists.items import Level
from checklists.lines import Line
from checklists.signoffs import Signoff, Waiver, named
from cli import endings, handover_accounts, handover_changes, handover_pdf
from cli.options import Json, Stack, given, home_of
from cli.results import document, name_app, store_of, write_handover
from cli.terminal import Terminal
from engine.errors import FAILED, USAGE, LaunchError
from engine.home import LOCAL, Home

EPILOG = """Example: ./launch checklist

Example: ./launch checklist --stack prod --require must"""
app = typer.Typer(
    help="Show the handover's items, sign or waive one, or compare handovers.",
    invoke_without_command=True,
    epilog=EPILOG,
)
handover_accounts.register(app)
handover_changes.register(app)
endings.register(app)

ItemId = Annotated[str, typer.Argument(help="The item's id, as `./launch checklist` lists it.")]


@app.callback()
def checklist(
    context: typer.Context,
    stack: Stack = LOCAL,
    json: Json = False,
    require: Annotated[
        Level | None, typer.Option("--require", help="Exit 0 when all items of this level and above are ready.")
    ] = None,
    pdf: Annotated[
        bool, typer.Option("--pdf/--no-pdf", help="Print the page to HANDOVER.pdf where Chromium is found.")
    ] = True,
    app_folder: Annotated[
        Path | None,
        typer.Option("--app", metavar="PATH", help="The app's folder: lists what comments in it accept; remembered."),
    ] = None,
) -> None:
    """Show every item of the handover with its state, and write it as a page, Markdown, JSON and PDF.

    Exits 1 while something is open; what is waived or does not apply counts as ready.
    """
    if context.invoked_subcommand:
        return
    show, home = Terminal(json), home_of(stack)
    if app_folder:
        name_app(home, given(app_folder))
    made = document(home, is_fresh=True)
    page, _ = write_handover(home, made)
    printed = handover_pdf.write(page) if pdf else None
    for line in made.lines:
        _tell(line, show)
    show.note(f"{made.done} of {len(made.applicable)} items are done. The document: {page}")
    if printed:
        show.note(f"Printed: {printed}")
    if made.record.answers == {}:
        show.note(f"Nobody has said yet who owns the accounts: ./launch checklist accounts{made.flag}")
    raise typer.Exit(FAILED if _unready(made, require, show) else 0)


@app.command(epilog="Example: ./launch checklist sign nameservers --by 'Ada Founder'")
def sign(
    item: ItemId,
    by: Annotated[str, typer.Option(help="Who signs.")],
    note: Annotated[str, typer.Option(help="A remark that is kept with the signature.")] = "",
    stack: Stack = LOCAL,
) -> None:
    """Sign one item of the handover, for this launch and the values that it shows now."""
    show, home = Terminal(), home_of(stack)
    made = document(home, is_fresh=True)
    line = require_signable(made, item)
    signed = Signoff(named(by), _now().isoformat(timespec="seconds"), note, line.shown, made.subject)
    record.sign(store_of(home), item, signed)
    page, _ = write_handover(home, document(home))
    show.note(f"✓ {line.item.title}: signed by {signed.by} at {signed.at}. The document: {page}")
    _tell_place(home, show)


@app.command(epilog="Example: ./launch checklist waive restore --until 2027-01-31 --by Ada --reason 'no data yet'")
def waive(
    item: ItemId,
    until: Annotated[str, typer.Option(metavar="DAY", help="The last day that it counts, like 2027-01-31.")],
    by: Annotated[str, typer.Option(help="Who answers for it.")],
    reason: Annotated[str, typer.Option(help="Why it can wait.")],
    stack: Stack = LOCAL,
) -> None:
    """Let an item be until a day. It stays open in the document, and counts as ready until then."""
    show, home = Terminal(), home_of(stack)
    made = document(home, is_fresh=True)
    line = require_waivable(made, item)
    waived = Waiver(named(by), _day(until), reason, _now(), made.subject)
    record.waive(store_of(home), item, waived)
    page, _ = write_handover(home, document(home))
    show.note(f"✓ {line.item.title}: waived until {waived.until} by {waived.by}. The document: {page}")
    _tell_place(home, show)


def _unready(made: Handover, require: Level | None, show: Terminal) -> bool:
    """Return whether something is not ready; with a level, say what."""
    left = made.unready(require or Level.MAY)
    if require:
        named = ", ".join(line.item.id for line in left)
        show.note(f"Not ready for `--require {require}`: {named}" if left else f"Ready for `--require {require}`.")
    return bool(left)


def _tell(line: Line, show: Terminal) -> None:
    mark = "✓" if line.done else "~" if line.ready else "·"
    why = f" ({line.reason or line.void})" if line.reason or line.void else ""
    waived = f" (waived until {line.waiver.until})" if line.waiver else ""
    text = f"{mark} {line.item.id:18} {line.item.level:6} {line.state:20} {line.item.title}{why}{waived}"
    values = {
        "item": line.item.id,
        "state": line.state,
        "result": line.result,
        "ready": line.ready,
        "level": line.item.level,
        "owner": line.item.owner,
        "by": "human" if line.by_hand else "machine",
        "title": line.item.title,
        "command": line.command,
        "expected": line.expected,
        "reason": line.reason or line.void,
        "valid_until": line.valid_until.isoformat() if line.valid_until else None,
        "waived_until": line.waiver.until.isoformat() if line.waiver else None,
    }
    evidence = line.evidence
    if evidence:
        values |= {"evidence": evidence.file, "sha256": evidence.digest, "commit": evidence.commit}
        values |= {"taken_at": evidence.taken_at.isoformat()}
    show.result(text, "green" if line.done else "", **values)


def _tell_place(home: Home, show: Terminal) -> None:
    where = store_of(home).where
    if Path(where).is_relative_to(home.project) and not home.is_local:
        show.note(f"It is kept in {where}. Commit that folder, so that others and CI find it.")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        cure = "Write it like --until 2027-01-31."
        raise LaunchError(f"--until {text}: this is not a day.", cure=cure, code=USAGE) from error


def _now() -> datetime:
    return datetime.now(UTC).astimezone()
