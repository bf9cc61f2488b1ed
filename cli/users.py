"""`./launch users`: what is kept of one user: show it, hand it over, erase it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer

from cli import erased_users, user_erasure, user_export, user_records, user_vendors, workflow
from cli.options import Json, Stack, home_of
from cli.terminal import Terminal
from cli.user_erasure import Told
from engine.errors import FAILED, USAGE, LaunchError
from engine.home import LOCAL, Home
from handlers import ids

app = typer.Typer(help="Show what is kept of a user, export it, or erase it.", no_args_is_help=True)
UserId = Annotated[str, typer.Argument(metavar="ID", help="The user's id in Firebase Authentication.")]


@app.command(epilog="Example: ./launch users show 2tGkq1")
def show(user: UserId, stack: Stack = LOCAL, json: Json = False) -> None:
    """Show where something of a user is kept, and how much."""
    out, flow = Terminal(json), workflow.of(home_of(stack))
    found = Counter(_collection(each.path) for each in _existing(flow, user))
    for name, count in sorted(found.items()):
        out.result(f"{name:32} {count}", collection=name, documents=count)
    account = flow.ask(lambda: flow.accounts.get(user))
    if account:
        out.result(f"{'Firebase Authentication':32} {account.email or 'no e-mail'}", account=account.id)
    others = user_records.elsewhere(flow, user)
    for other in others:
        out.result(f"{other.where:32} {', '.join(other.ids)}", elsewhere=other.where, ids=list(other.ids))
    if not found and account is None and not others:
        out.note(f"Nothing is kept of {user}.")


@app.command(epilog="Example: ./launch users export 2tGkq1 > ada.jsonl")
def export(user: UserId, stack: Stack = LOCAL) -> None:
    """Print everything that is kept of a user, here and at CRM, helpdesk and Stripe, a document a line, as JSON.

    Exits 1 when a vendor could not be asked.
    """
    out, home = Terminal(json=True), home_of(stack)
    flow = workflow.of(home)
    for each in _existing(flow, user):
        out.result("", path=each.path, fields=_plain(each.get(retry=None, timeout=20).to_dict() or {}))
    account = flow.ask(lambda: flow.accounts.get(user))
    if account:
        own = {"id": account.id, "email": account.email, "claims": dict(account.claims), "created": account.created}
        out.result("", path="Firebase Authentication", fields=own)
    for other in user_records.elsewhere(flow, user):
        out.result("", path=other.where, fields={"ids": list(other.ids)})
    is_whole = True
    for each in user_export.at_vendors(flow, user_vendors.of(home, flow), user):
        is_whole &= not each.why
        if each.why:
            out.note(f"{each.where} could not be asked: {each.why}")
        else:
            out.result("", path=f"{each.where} {each.id}", fields=_plain(dict(each.fields)))
    raise typer.Exit(0 if is_whole else FAILED)


@app.command(epilog="Example: ./launch users erase 2tGkq1 --yes")
def erase(
    user: UserId,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; there is no way back.")] = False,
    stack: Stack = LOCAL,
    json: Json = False,
) -> None:
    """Erase a user from Firestore, Firebase Authentication, CRM, helpdesk and Stripe, and say what the law has kept.

    Subscriptions end at once. A tombstone without personal data stays, so that nothing which comes late makes the user
    again. Run it again when a vendor could not be asked. Exits 1 when something is left elsewhere.
    """
    out, home = Terminal(json), home_of(stack)
    flow = workflow.of(home)
    _require_id(user)
    for other in user_records.elsewhere(flow, user):
        out.note(f"{other.where}: {', '.join(other.ids)}")
    if not yes:
        typer.confirm(f"Erase {user} for good, there too?", abort=True)
    is_left = _erased(out, home, flow, user)
    raise typer.Exit(FAILED if is_left else 0)


@app.command(epilog="Example: ./launch users erased --stack prod > erased.jsonl")
def erased(stack: Stack = LOCAL) -> None:
    """Print who was erased, as hashes, a line each: keep it before a backup is restored."""
    out, flow = Terminal(json=True), workflow.of(home_of(stack))
    for stone in erased_users.stones(flow):
        out.result("", path=stone.path, erasedAt=stone.fields["erasedAt"].isoformat())


@app.command(epilog="Example: ./launch users reapply erased.jsonl --stack prod")
def reapply(
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help="What `users erased` printed.")] = None,
    stack: Stack = LOCAL,
    json: Json = False,
) -> None:
    """Erase again, after a backup was restored, everybody who was erased before.

    Exits 1 when something is left elsewhere.
    """
    out, home = Terminal(json), home_of(stack)
    flow = workflow.of(home)
    if file:
        erased_users.put_back(flow, erased_users.parse(file))
    back = erased_users.who_are_back(flow)
    left = [user for user in back if _erased(out, home, flow, user)]
    out.note(f"Erased again: {', '.join(back)}" if back else "Nobody who was erased before is back.")
    raise typer.Exit(FAILED if left else 0)


def _erased(out: Terminal, home: Home, flow: workflow.Workflow, user_id: str) -> bool:
    """Erase one user, tell of it, and return whether something is left elsewhere."""
    told: list[Told] = []

    def tell(each: Told) -> None:
        told.append(each)
        line = f"{'○' if each.wrong else '✓'} {each.where}: {each.id} {each.wrong and each.wrong + ': '}{each.words}"
        out.result(
            line,
            "yellow" if each.wrong else "green",
            elsewhere=each.where,
            id=each.id,
            done=not each.wrong,
            step=each.words,
            why=each.wrong,
        )

    def wait(seconds: float) -> None:
        out.note(f"Work of {user_id} is on its way to a vendor; waiting {seconds:.0f} s for its end.")

    count = user_erasure.erase(flow, user_vendors.of(home, flow), user_id, tell, wait)
    out.result(f"✓ {count} documents and the account are gone", erased=count)
    return any(each.wrong for each in told)


def _require_id(user_id: str) -> None:
    if not ids.is_document_id(user_id):
        raise LaunchError(f"{user_id} cannot be a user's id.", cure="Firebase's console shows the ids.", code=USAGE)


def _existing(flow: workflow.Workflow, user_id: str) -> list[Any]:
    _require_id(user_id)
    return [each for each in user_records.references(flow, user_id) if each.get(retry=None, timeout=20).exists]


def _collection(path: str) -> str:
    parts = path.split("/")
    return "/".join(part if number % 2 == 0 else "…" for number, part in enumerate(parts[:-1]))


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {str(name): _plain(child) for name, child in value.items()}
    if isinstance(value, list):
        return [_plain(child) for child in value]
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)
