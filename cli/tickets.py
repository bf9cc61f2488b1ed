"""`./launch tickets`: support tickets, seen and moved from the command line."""

from __future__ import annotations

import getpass
import sys
import uuid
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from cli import workflow
from cli.options import Json, Stack, home_of
from cli.piped import piped
from cli.terminal import Terminal
from cli.workflow import Workflow
from engine.errors import USAGE, LaunchError
from engine.home import LOCAL
from handlers import ids
from handlers.failures import Rejected
from handlers.service_manifest import SUPPORT_TICKET
from handlers.support import reply_drafts, team_commands, tickets
from handlers.support.team_commands import Agent
from handlers.support.tickets import TicketState
from handlers.work.inbox import EventState

app = typer.Typer(help="See support tickets and move them on.", no_args_is_help=True)

TicketId = Annotated[str, typer.Argument(help="The ticket's id, as `./launch tickets list` shows it.")]
By = Annotated[str, typer.Option(help="Who does it, for the history; your log-in name when left out.")]
Text = Annotated[str, typer.Option(help="What to say; read from standard input when left out.")]


@app.command("list", epilog="Example: ./launch tickets list --state new")
def list_(
    state: Annotated[TicketState | None, typer.Option(help="Only tickets in this state.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="At most this many.")] = 50,
    stack: Stack = LOCAL,
    json: Json = False,
) -> None:
    """List tickets, the newest first."""
    from google.cloud.firestore import FieldFilter

    def ask(client: Any) -> Any:
        found = client.collection("tickets")
        wanted = found.where(filter=FieldFilter("state", "==", state.value)) if state else found
        return wanted.order_by("createdAt", direction="DESCENDING").limit(limit)

    show = Terminal(json)
    flow = workflow.of(home_of(stack))
    found = flow.query(ask)
    for each in found:
        _tell(flow, each.id, each.to_dict(), show)
    if not found:
        show.note(f"No ticket is {state.value}." if state else "There is no ticket yet.")


@app.command(epilog="Example: ./launch tickets show tkt_0123456789abcdef01234567")
def show(ticket: TicketId, stack: Stack = LOCAL, json: Json = False) -> None:
    """Show a ticket with everything that happened to it."""
    out, flow = Terminal(json), workflow.of(home_of(stack))
    fields = _found(flow, ticket)
    _tell(flow, ticket, fields, out)
    internal = flow.query(lambda client: client.collection(f"tickets/{ticket}/internal"))
    teams = {each.id: each.to_dict() for each in internal}
    if not json:
        out.results.print(f"\n{fields['message']}\n", markup=False)
    for step in flow.query(lambda client: client.collection(f"tickets/{ticket}/history").order_by("__name__")):
        told = {**step.to_dict(), **teams.get(step.id, {})}
        line = f"{told['at']:%Y-%m-%d %H:%M}  {told['act']:8} {told['state']:16} {told['by']}"
        said = f"\n    {told['text']}" if told.get("text") else ""
        values = {name: told.get(name, "") for name in ("act", "state", "by", "to", "text")}
        out.result(line + said, step=step.id, at=told["at"].isoformat(), **values)


@app.command(epilog="Example: ./launch tickets assign tkt_0123456789abcdef01234567 --to cleo@acme.com")
def assign(
    ticket: TicketId,
    to: Annotated[str, typer.Option(help="Who takes it; you, when left out.")] = "",
    by: By = "",
    stack: Stack = LOCAL,
    json: Json = False,
) -> None:
    """Give a ticket to somebody, or take it back from waiting for the user."""
    _command(stack, json, ticket, "assign", by, {"to": to})


@app.command(epilog="Example: ./launch tickets reply tkt_0123456789abcdef01234567 --text 'Which phone is it?'")
def reply(ticket: TicketId, text: Text = "", by: By = "", stack: Stack = LOCAL, json: Json = False) -> None:
    """Reply to the user; the ticket then waits for the answer."""
    _command(stack, json, ticket, "reply", by, {"text": text or _typed("Reply")})


@app.command(epilog="Example: ./launch tickets resolve tkt_0123456789abcdef01234567")
def resolve(ticket: TicketId, by: By = "", stack: Stack = LOCAL, json: Json = False) -> None:
    """Close an assigned ticket; an answer of the user opens it again."""
    _command(stack, json, ticket, "resolve", by, {})


@app.command(epilog="Example: ./launch tickets draft tkt_0123456789abcdef01234567")
def draft(ticket: TicketId, by: By = "", stack: Stack = LOCAL, json: Json = False) -> None:
    """Have a reply proposed. Nothing is sent before somebody approves the very text."""
    out, flow = Terminal(json), workflow.of(home_of(stack))
    play(flow, ticket, team_commands.DRAFT, by, {})
    kept = flow.get(reply_drafts.path(ticket)) or {}
    for words in kept["warnings"] if not json else ():
        out.note(f"! Look twice: it {words}.", style="yellow")
    values = {name: kept[name] for name in ("text", "hash", "warnings")}
    out.result(kept["text"], ticket=ticket, **values)
    out.note(f"Nothing is sent yet. To send exactly this text: ./launch tickets approve {ticket} --hash {kept['hash']}")


@app.command(epilog="Example: ./launch tickets approve tkt_0123456789abcdef01234567 --hash 3a7bd3e2…")
def approve(
    ticket: TicketId,
    hash_: Annotated[str, typer.Option("--hash", help="The hash of the draft, as `./launch tickets draft` shows it.")],
    by: By = "",
    stack: Stack = LOCAL,
    json: Json = False,
) -> None:
    """Send a draft to the user, as a reply of yours."""
    _command(stack, json, ticket, team_commands.APPROVE, by, {"hash": hash_})


@app.command(epilog="Example: ./launch tickets staff cleo@acme.com")
def staff(
    email: Annotated[str, typer.Argument(help="The e-mail address of the person's account in the app.")],
    revoke: Annotated[bool, typer.Option("--revoke", help="Take it away again.")] = False,
    stack: Stack = LOCAL,
) -> None:
    """Let a user of the app move tickets by the team's door, from their next ID token on."""
    words = "is no longer staff" if revoke else "is staff"
    if not workflow.of(home_of(stack)).set_claim(email, "staff", None if revoke else True):
        raise LaunchError(f"The app has no account of {email}.", cure="Have them sign up first.", code=USAGE)
    Terminal().note(f"✓ {email} {words}, from the next ID token on: within an hour, or after signing in again.")


def _command(stack: str, json: bool, ticket_id: str, kind: str, by: str, body: Mapping[str, Any]) -> None:
    """Play one command through the inbox and tell how the ticket stands then."""
    out, flow = Terminal(json), workflow.of(home_of(stack))
    play(flow, ticket_id, kind, by, body)
    _tell(flow, ticket_id, _found(flow, ticket_id), out)


def play(flow: Workflow, ticket_id: str, kind: str, by: str, body: Mapping[str, Any]) -> None:
    """Play one command through the inbox; raises LaunchError when the ticket does not take it."""
    fields, agent = _found(flow, ticket_id), Agent("command-line", by or getpass.getuser())
    try:
        event = team_commands.event(agent, ticket_id, kind, {"id": uuid.uuid4().hex, **body}, uuid.uuid4().hex)
        team_commands.require_possible(tickets.parse(ticket_id, fields), kind)
    except Rejected as refused:
        raise LaunchError(f"This cannot be done: {refused.message}.", code=USAGE) from refused
    record = flow.play(event, SUPPORT_TICKET)
    if record["state"] != EventState.DONE.value:
        raise LaunchError(f"This was not done: {record['reason'] or record['state']}.", code=USAGE)


def _found(flow: Workflow, ticket_id: str) -> Mapping[str, Any]:
    fields = flow.get(tickets.path(ticket_id)) if ids.is_ticket_id(ticket_id) else None
    if fields is None:
        raise LaunchError(f"There is no ticket {ticket_id}.", cure="`./launch tickets list` shows them.", code=USAGE)
    return fields


def _tell(flow: Workflow, ticket_id: str, fields: Mapping[str, Any], out: Terminal) -> None:
    subject = " ".join(fields["subject"].split())
    assignee = (flow.get(tickets.desk_path(ticket_id)) or {}).get("assignee", "")
    line = f"{ticket_id}  {fields['state']:16} {assignee or '-':20} {subject[:60]}"
    out.result(
        line,
        "dim" if fields["state"] == TicketState.RESOLVED else "",
        ticket=ticket_id,
        state=fields["state"],
        assignee=assignee,
        subject=subject,
        user=fields["userId"],
        created=fields["createdAt"].isoformat(),
        updated=fields["updatedAt"].isoformat(),
    )


def _typed(what: str) -> str:
    typed: str = typer.prompt(what) if sys.stdin.isatty() else piped(what)
    if not typed.strip():
        raise LaunchError("The text is empty.", cure="Pass it with --text, or pipe it in: … < file", code=USAGE)
    return typed.strip("\n")
