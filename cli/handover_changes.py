"""`./launch checklist diff`: what differs between two handovers, and whether an item became worse."""

from __future__ import annotations

import json as text
from pathlib import Path
from typing import Annotated, Any

import typer

from checklists import record
from checklists.differences import SnapshotError, differences, snapshot
from cli.options import Json, Stack, given, home_of
from cli.results import document, store_of
from cli.terminal import Terminal
from engine.errors import FAILED, USAGE, LaunchError
from engine.home import LOCAL, Home

KEPT = "compared"  # in the record: the handover that the next one is compared with

_CURE = "Name a HANDOVER.json that `./launch checklist` wrote."
File = Annotated[Path | None, typer.Argument(metavar="HANDOVER.json", help="As `./launch checklist` writes it.")]


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("diff", epilog="Example: ./launch checklist diff old/HANDOVER.json --stack prod")(diff)


def diff(
    before: File = None,
    after: File = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep the handover as it is now; the next diff compares with it.")
    ] = False,
    stack: Stack = LOCAL,
    json: Json = False,
) -> None:
    """Compare two handovers; without files, that which was kept last and the one of now. Exits 1 when an item is worse.

    An item is worse when it was ready and is not any more: it failed, expired, lost its signature or its waiver.
    """
    show, home = Terminal(json), home_of(stack)
    now = None if after else snapshot(document(home, is_fresh=True))
    was, is_ = _former(before, home), _read(after) if after else now
    try:
        found = differences(was, is_ or {}) if was is not None else ()
    except SnapshotError as error:
        raise LaunchError("These handovers cannot be compared.", str(error), code=USAGE) from error
    for one in found:
        mark = "✕" if one.worse else "·"
        words = f"{mark} {one.what}: {one.before} → {one.after}"
        show.result(
            words, "red" if one.worse else "", what=one.what, before=one.before, after=one.after, worse=one.worse
        )
    if was is None:
        show.note("No handover was kept yet to compare with; `--keep` keeps the one of now.")
    elif not found:
        show.note(f"Nothing differs from the handover of {was.get('made_at', 'before')}.")
    if keep and now is not None:
        record.keep_snapshot(store_of(home), KEPT, now)
        show.note("The handover of now is kept. The next diff compares with it.")
    raise typer.Exit(FAILED if any(one.worse for one in found) else 0)


def _former(before: Path | None, home: Home) -> Any:
    return _read(before) if before else record.snapshot(store_of(home), KEPT)


def _read(path: Path) -> Any:
    try:
        return text.loads(given(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise LaunchError(f"{path} cannot be read: {error.strerror}.", cure=_CURE, code=USAGE) from error
    except ValueError as error:
        raise LaunchError(f"{path} is not JSON ({error}).", cure=_CURE, code=USAGE) from error
