"""`./launch reconcile`: where what is kept differs from Stripe, Firebase, the CRM and the helpdesk, and its repair."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Annotated

import typer

from blueprint import spec
from cli import workflow
from cli.options import Json, Stack, home_of
from cli.reachability import ports_of
from cli.terminal import Terminal
from cli.workflow import PATIENCE, PAUSE, Workflow
from engine.errors import FAILED
from engine.home import LOCAL, Home
from handlers.billing.payment_terms import PaymentTerms
from handlers.billing.stripe_api import URL, Stripe
from handlers.outside import google_clients
from handlers.outside.secret_cache import SecretCache
from handlers.reconcile import Difference, differences, look
from handlers.work import inbox, outbox
from handlers.work.documents import Fields
from handlers.work.inbox import EventState
from handlers.work.outbox import EffectState
from infra.payment_plans import plan_table

WELL, PENDING = EffectState.DONE.value, EffectState.PENDING.value
BAD = (EffectState.FAILED.value, EffectState.UNKNOWN.value)
TIMER = "timer"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: ./launch reconcile --dry-run")(reconcile)


def reconcile(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what differs.")] = False,
    stack: Stack = LOCAL,
    json: Json = False,
) -> None:
    """Compare users, billing and tickets with Stripe, Firebase and the helpdesk, and repair what differs.

    A repair is an event like any other: it takes the same way, once, and shows up in `./launch events`. Exits 1 when
    something differs and was not repaired.
    """
    show, home = Terminal(json), home_of(stack)
    flow = workflow.of(home)
    found = flow.ask(lambda: _differences(flow, home))
    states = {} if dry_run else _repaired(flow, found)
    for each in found:
        _tell(show, each, states.get(each, ""))
    left = [each for each in found if states.get(each) != WELL]
    show.note(_summary(found, left, home, dry_run=dry_run))
    raise typer.Exit(FAILED if left else 0)


def _differences(flow: Workflow, home: Home) -> list[Difference]:
    vault = SecretCache(google_clients.secret_manager(flow.environ), flow.outputs.project, time.monotonic)
    accounts = google_clients.accounts(flow.outputs.project, flow.environ)
    payments = spec.load(home.project / f"Pulumi.{home.stack}.yaml").payments
    grace, table = timedelta(days=payments.grace_days), plan_table(payments)
    terms = PaymentTerms("", grace, mode=payments.mode, table=table)
    provider = Stripe(vault, terms.mode, f"http://{ports_of(home).address('stripe')}" if home.is_local else URL)
    now = flow.acceptor.clock()
    return differences(look(flow.acceptor.documents, provider, accounts, terms, now), terms, now)


def _repaired(flow: Workflow, found: list[Difference]) -> Mapping[Difference, str]:
    """Send every repair on its way, wait for all of them, and return what each came to, with all of its effects."""
    sent = {each: each.repair for each in found if each.repair}
    for repair in sent.values():
        flow.ask(partial(flow.acceptor.accept, repair.event, repair.service))
    until, states = time.monotonic() + PATIENCE, dict.fromkeys(sent, PENDING)
    while time.monotonic() < until and PENDING in states.values():
        time.sleep(PAUSE)
        states = {each: came_to(flow.get, sent[each].event.id) for each in sent}
    return states


def came_to(get: Callable[[str], Fields | None], event_id: str) -> str:
    """Return what an event and its effects came to: `done`, the worst of their states, or PENDING.

    A timer that is not due yet is none of what was repaired. `get` returns a document by its path.
    """
    event = get(inbox.path(event_id)) or {"state": EventState.RECEIVED.value}
    if not EventState(event["state"]).is_final:
        return PENDING
    if event["state"] not in {EventState.DONE, EventState.IGNORED}:
        return str(event["state"])
    effects = [get(outbox.path(each)) or {} for each in event.get("effects") or ()]
    states = [str(each["state"]) for each in effects if each.get("kind") not in {None, TIMER}]
    return next((state for state in (PENDING, *BAD) if state in states), WELL)


def _tell(show: Terminal, each: Difference, state: str) -> None:
    event_id = each.repair.event.id if each.repair else ""
    ends = state or ("" if each.repair else "for a person")
    line = f"{each.kind:9} {each.subject:30} {each.kept} | in truth: {each.truth}  {ends}"
    values = {"kind": each.kind, "subject": each.subject, "kept": each.kept, "truth": each.truth}
    show.result(line.rstrip(), "" if state == WELL else "red", **values, repair=event_id, state=state)


def _summary(found: list[Difference], left: list[Difference], home: Home, *, dry_run: bool) -> str:
    if not found:
        return "Nothing differs."
    if dry_run:
        return f"{len(found)} differ. Repair them: ./launch reconcile{home.flag}"
    rest = f" {len(left)} are left: see ./launch events list{home.flag}" if left else ""
    return f"{len(found) - len(left)} of {len(found)} were repaired.{rest}"
