"""`./launch users`: what is kept of one user: show it, hand it over, erase it."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from cli import user_records, workflow
from cli.options import Json, Stack, home_of
from cli.terminal import Terminal
from engine.errors import FAILED, USAGE, LaunchError
from engine.home import LOCAL
from handlers import ids
from handlers.work import erasures

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
    for other in user_records.elsewhere(flow, user):
        out.result(f"{other.where:32} {', '.join(other.ids)}", elsewhere=other.where, ids=list(other.ids))
    if not found and account is None:
        out.note(f"Nothing is kept of {user}.")


@app.command(epilog="Example: ./launch users export 2tGkq1 > ada.jsonl")
def export(user: UserId, stack: Stack = LOCAL) -> None:
    """Print everything that is kept of a user, a document a line, as JSON."""
    out, flow = Terminal(json=True), workflow.of(home_of(stack))
    for each in _existing(flow, user):
        out.result("", path=each.path, fields=_plain(each.get(retry=None, timeout=20).to_dict() or {}))
    account = flow.ask(lambda: flow.accounts.get(user))
    if account:
        own = {"id": account.id, "email": account.email, "claims": dict(account.claims), "created": account.created}
        out.result("", path="Firebase Authentication", fields=own)
    for other in user_records.elsewhere(flow, user):
        out.result("", path=other.where, fields={"ids": list(other.ids)})


@app.command(epilog="Example: ./launch users erase 2tGkq1 --yes")
def erase(
    user: UserId,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; there is no way back.")] = False,
    stack: Stack = LOCAL,
    json: Json = False,
) -> None:
    """Erase a user from Firestore and Firebase Authentication, and say what others still keep.

    A tombstone without personal data stays, so that nothing which comes late makes the user again. What others keep is
    told first: it is known only until our records are gone. Exits 1 when something is left that a person
    has to delete elsewhere.
    """
    out, flow = Terminal(json), workflow.of(home_of(stack))
    others = user_records.elsewhere(flow, user)
    if not yes:
        typer.confirm(f"Erase {user} for good?", abort=True)
    for other in others:  # before our records of them go
        line = f"○ {other.where}: {', '.join(other.ids)}: {other.step}"
        out.result(line, elsewhere=other.where, ids=list(other.ids), step=other.step)
    flow.ask(lambda: flow.acceptor.documents.transact(lambda _: (None, [erasures.tombstone(user, datetime.now(UTC))])))
    count = 0
    for each in _existing(flow, user):
        each.delete(retry=None, timeout=20)
        count += 1
    flow.ask(lambda: flow.accounts.delete(user))
    out.result(f"✓ {count} documents and the account are gone", erased=count)
    raise typer.Exit(FAILED if any(not other.step.startswith("keep") for other in others) else 0)


def _existing(flow: workflow.Workflow, user_id: str) -> list[Any]:
    if not ids.is_document_id(user_id):
        raise LaunchError(f"{user_id} cannot be a user's id.", cure="Firebase's console shows the ids.", code=USAGE)
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
