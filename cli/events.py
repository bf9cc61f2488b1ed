"""`./launch events`: what came in and what it caused, the dead letters, and a second try."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Any

import typer

from cli import workflow
from cli.options import Json, Stack, home_of
from cli.terminal import Terminal
from cli.workflow import PATIENCE, PAUSE, Workflow
from engine.errors import FAILED, UNREACHABLE, USAGE, LaunchError
from engine.home import LOCAL, Home
from handlers.sweeps import service_of
from handlers.work import inbox, outbox
from handlers.work.documents import Found, Query
from handlers.work.inbox import EventState
from handlers.work.outbox import EffectState
from handlers.work.task_queue import Task, effect_task, event_task

app = typer.Typer(help="See the events of the workflow layer, and replay what ended badly.", no_args_is_help=True)

EventId = Annotated[str, typer.Argument(help="The id of an event or an effect, as `./launch events list` shows it.")]
BAD_EVENTS = (EventState.DEAD.value, EventState.FAILED.value)
BAD_EFFECTS = (EffectState.FAILED.value, EffectState.UNKNOWN.value)
SECRETIVE = frozenset({"body", "payload", "email"})  # what may hold personal text


@app.command("list", epilog="Example: ./launch events list --state received")
def list_(
    state: Annotated[str, typer.Option(help="Only those in this state, instead of those that ended badly.")] = "",
    limit: Annotated[
        int, typer.Option(min=1, max=1_000, help="At most this many events, and this many effects.")
    ] = 100,
    stack: Stack = LOCAL,
    json: Json = False,
) -> None:
    """List events and effects that wait for a person. Exits 1 when there are any.

    An event is dead or failed when it could not be processed. An effect has failed when its provider refused it, and is
    unknown when nobody can say whether it happened: look there before you replay it.
    """
    out, home = Terminal(json), home_of(stack)
    _require_known(state)
    flow, count = workflow.of(home), 0
    for collection, states in (("inbox", BAD_EVENTS), ("outbox", BAD_EFFECTS)):
        for found in flow.find(Query(collection, (("state", "in", [state] if state else list(states)),), limit=limit)):
            count += 1
            _tell(out, collection, found)
    if not count:
        out.note(f"Nothing is {state}." if state else "Nothing waits for a person.")
    elif not state:
        out.note(f"See one: ./launch events show ID{home.flag}. After its cause is fixed: ./launch events replay ID")
    raise typer.Exit(FAILED if count and not state else 0)


@app.command(epilog="Example: ./launch events show evt_1QxYz")
def show(
    event: EventId,
    body: Annotated[
        bool, typer.Option("--body", help="Include what was sent, which may contain personal data.")
    ] = False,
    stack: Stack = LOCAL,
    json: Json = False,
) -> None:
    """Show an event with its effects, or an effect."""
    out, home = Terminal(json), home_of(stack)
    flow = workflow.of(home)
    for collection, found in _with_effects(flow, event, home):
        _tell(out, collection, found, whole=True, body=body)


@app.command(epilog="Example: ./launch events replay evt_1QxYz")
def replay(
    event: EventId,
    yes: Annotated[
        bool, typer.Option("--yes", help="You have seen that an effect of unknown outcome did not happen.")
    ] = False,
    stack: Stack = LOCAL,
    json: Json = False,
) -> None:
    """Try an event or an effect that ended badly once more, and wait for how it ends.

    What is done stays done: an event that was processed changes nothing a second time.
    """
    out, home = Terminal(json), home_of(stack)
    flow = workflow.of(home)
    collection, found = next(_with_effects(flow, event, home))
    before = _reopened(flow, collection, found, home, yes=yes)
    if before is None:
        out.result(
            f"{event} is {found.fields['state']}: there is nothing to replay.", id=event, state=found.fields["state"]
        )
        return
    after = _ended(flow, found.path, home)
    well = after in {EventState.DONE.value, EventState.IGNORED.value}
    out.result(f"{event} was {before} and is {after}", "green" if well else "red", id=event, before=before, state=after)
    raise typer.Exit(0 if well else FAILED)


def _reopened(flow: Workflow, collection: str, found: Found, home: Home, *, yes: bool) -> str | None:
    """Open it again and send it on its way; return its state before, or None when there is nothing to do."""
    state = str(found.fields["state"])
    if state == EffectState.UNKNOWN and not yes:
        raise LaunchError(
            f"Nobody can say whether {found.id} happened: {found.fields.get('reason') or 'the answer never came'}.",
            "A retry may do it twice, because its provider cannot recognize a repetition.",
            f"Look at the provider. If it did not happen: ./launch events replay {found.id} --yes{home.flag}",
            USAGE,
        )
    documents, now = flow.acceptor.documents, flow.acceptor.clock()
    correlation_id, again = str(found.fields["correlationId"]), f"replay {now.isoformat()}"
    if collection == "inbox":
        if EventState(state) not in inbox.REOPENED:
            return None
        flow.ask(lambda: inbox.reopen(documents, found.id, now))
        task: Task = event_task(found.id, service_of(found), correlation_id, again)
    else:
        if state not in BAD_EFFECTS:
            return None
        flow.ask(lambda: outbox.reopen(documents, found.id, now))
        effect = replace(outbox.parse(found.id, found.fields), due=None)
        task = effect_task(effect, correlation_id, now, again)
    flow.ask(lambda: flow.acceptor.queue.send(task))
    return state


def _ended(flow: Workflow, path: str, home: Home) -> str:
    until = time.monotonic() + PATIENCE
    open_states = {EventState.RECEIVED.value, EventState.PROCESSING.value, EffectState.PENDING.value}
    while time.monotonic() < until:
        state = str((flow.get(path) or {}).get("state"))
        if state not in open_states:
            return state
        time.sleep(PAUSE)
    raise LaunchError(
        f"{path} has not ended within {PATIENCE:.0f} s.",
        "It is being retried and not lost; a service that it needs is down or slow.",
        f"See ./launch events show {path.rpartition('/')[2]}{home.flag}",
        UNREACHABLE,
    )


def _with_effects(flow: Workflow, id_: str, home: Home) -> Iterator[tuple[str, Found]]:
    event, effect = flow.get(inbox.path(id_)), flow.get(outbox.path(id_))
    if event is not None:
        yield "inbox", Found(inbox.path(id_), event)
        for each in event["effects"]:
            yield "outbox", Found(outbox.path(each), flow.get(outbox.path(each)) or {"state": "missing"})
    elif effect is not None:
        yield "outbox", Found(outbox.path(id_), effect)
    else:
        raise LaunchError(
            f"There is no event and no effect {id_}.",
            cure=f"`./launch events list --state done{home.flag}` shows what there is.",
            code=USAGE,
        )


def _tell(out: Terminal, collection: str, found: Found, *, whole: bool = False, body: bool = False) -> None:
    fields = found.fields
    what = "event" if collection == "inbox" else "effect"
    since = fields.get("receivedAt") or fields.get("createdAt")
    when = f"{since:%Y-%m-%d %H:%M}" if since else ""
    line = (
        f"{what:6} {found.id:44} {fields['state']:10} {fields.get('kind', ''):30} {when}  {fields.get('reason') or ''}"
    )
    shown = {name: _plain(value) for name, value in fields.items() if body or name not in SECRETIVE}
    short = ("state", "kind", "attempts", "reason", "correlationId")
    values = shown if whole else {name: shown[name] for name in short if name in shown}
    bad = fields["state"] in {*BAD_EVENTS, *BAD_EFFECTS}
    out.result(line.rstrip(), "red" if bad else "", type=what, id=found.id, since=when, **values)
    if whole and not out.json:
        for name, value in sorted(shown.items()):
            out.result(f"       {name}: {value}")


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | float | bool | list | dict) or value is None else str(value)


def _require_known(state: str) -> None:
    known = (*EventState, *EffectState)
    if state and state not in known:
        names = ", ".join(dict.fromkeys(each.value for each in known))
        raise LaunchError(f"{state!r} is not a state.", cure=f"States are {names}.", code=USAGE)
